from typing import Any

from django.core.management.base import BaseCommand

from studio import identities, measured


class Command(BaseCommand):
    help = "Queue every identity that an older engine has measured to be measured again from its selfie."

    def handle(self, *args: Any, **options: Any) -> None:
        engine = measured.engine()
        count = identities.recompute(engine=engine)
        self.stdout.write(f"Engine: {engine}. Queued: {count}.")
