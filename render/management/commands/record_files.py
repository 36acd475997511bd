from typing import Any

from django.core.management.base import BaseCommand

from render import portrait_files


class Command(BaseCommand):
    help = "Record size and digest of what was delivered before files had rows, at once; sweeps do it slowly."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Folders recorded: {portrait_files.record_older()}.")
