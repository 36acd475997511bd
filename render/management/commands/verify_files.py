import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from render.verification import Verification


class Command(BaseCommand):
    help = (
        "Read every file of every portrait and compare it with its row; list what is missing, damaged or "
        "strange. Changes nothing. Ends with 1 when something is found."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object a line, the sum in the last")

    def handle(self, *args: Any, **options: Any) -> None:
        verification, count = Verification(), 0
        for finding in verification.findings():
            count += 1
            if options["json"]:
                self.stdout.write(json.dumps(asdict(finding), default=str))
            else:
                whose = f" Portrait {finding.portrait}." if finding.portrait else ""
                self.stdout.write(f"{finding.what:<10} {finding.path}: {finding.words}{whose}")
        if options["json"]:
            total = {"files": verification.files, "bytes": verification.bytes, "findings": count}
            self.stdout.write(json.dumps(total))
        else:
            self.stdout.write(
                f"{verification.files:,} files, {verification.bytes:,} bytes read. "
                f"{f'Found: {count}.' if count else 'All are as they were delivered.'}"
            )
        if count:
            sys.exit(1)
