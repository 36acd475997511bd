from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import User


class Command(BaseCommand):
    help = "Print the numbers of erased accounts, one a line. Keep the list apart from the backups."

    def handle(self, *args: Any, **options: Any) -> None:
        for pk in User.objects.filter(erased_at__isnull=False).order_by("pk").values_list("pk", flat=True):
            self.stdout.write(str(pk))
