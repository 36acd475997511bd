import sys
from typing import Any

from django.core.management.base import BaseCommand

from billing.audit import audit


class Command(BaseCommand):
    help = "Recompute every balance and rule from the entries; exit 1 and print a table when anything is off."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = audit()
        if not findings:
            self.stdout.write("The ledger adds up.")
            return
        self.stdout.write(f"{'what':28} {'row':40} {'stored':>8} {'by entries':>11}")
        for found in findings:
            self.stdout.write(f"{found.what:28} {found.row:40} {found.stored:8} {found.recomputed:11}")
        sys.exit(1)
