from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio import sitter


class Command(BaseCommand):
    help = "Put the demonstration sitter of the setting DEMO_SITTER in place."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = sitter.place()
        except OSError as error:
            raise CommandError(f"DEMO_SITTER cannot be read: {error}") from error
        self.stdout.write(f"Demonstration sitter: {path}")
