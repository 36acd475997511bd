from typing import Any

from django.core.management.base import BaseCommand

from render.pipeline.recipe import load_catalogue
from studio.catalogue import load


class Command(BaseCommand):
    help = "Bring the style rows up to the catalogue's files."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load(recipes=load_catalogue())
        self.stdout.write(
            f"Catalogue: {loaded.added} added, {loaded.changed} changed, {loaded.same} as they were, "
            f"{loaded.kept} kept as staff left them, {loaded.withdrawn} withdrawn."
        )
