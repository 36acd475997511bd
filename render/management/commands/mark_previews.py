from typing import Any

from django.core.management.base import BaseCommand

from render import marking


class Command(BaseCommand):
    help = "Put today's watermark on previews that were made with an earlier one."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Previews marked again: {marking.write_again()}.")
