import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import User
from portraitos_site import privacy


class Command(BaseCommand):
    help = "After a restore, before the site opens: erase again the accounts whose numbers stand on stdin."

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = [int(line) for line in sys.stdin if line.strip()]
        again = User.objects.filter(pk__in=wanted, erased_at__isnull=True)
        for user in again:
            privacy.erase_account(user=user, address="")
        self.stdout.write(f"{len(wanted)} on the list, {len(again)} erased again.")
