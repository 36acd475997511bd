import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portraitos_site.web import Web


class Command(BaseCommand):
    help = "Serve the site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--workers", type=int, default=1)
        parser.add_argument("--threads", type=int, default=8)

    def handle(self, *args: Any, **options: Any) -> None:
        Web(
            host=options["host"], port=options["port"], workers=options["workers"], threads=options["threads"]
        ).run()
