from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Bring database, catalogue, demonstration sitter and static files up to date; order its renders."
    requires_system_checks = ()  # the last step runs them all

    def handle(self, *args: Any, **options: Any) -> None:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        self.stdout.write(f"Data: {settings.DATA_DIR}")
        call_command("migrate", verbosity=0)
        self.stdout.write("Database: migrated.")
        call_command("load_catalogue", stdout=self.stdout)
        call_command("place_sitter", stdout=self.stdout)
        call_command("render_demonstration", later=True, stdout=self.stdout)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
            self.stdout.write("Static files: collected.")
        call_command("check", stdout=self.stdout)
