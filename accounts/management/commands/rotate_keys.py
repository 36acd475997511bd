from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import vault


class Command(BaseCommand):
    help = "Wrap every user's key by the first of MASTER_KEYS. The site goes on meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        count = vault.rotate()
        current, *others = settings.MASTER_KEYS
        self.stdout.write(f"{count} key{'' if count == 1 else 's'} wrapped by {current!r}.")
        if others:
            self.stdout.write(f"No key needs {', '.join(map(repr, others))} any more.")
            self.stdout.write("Take it out of MASTER_KEYS once you keep no backup from before this moment.")
