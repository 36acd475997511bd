from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from portraitos_site.web import Web


class Command(BaseCommand):
    help = "Serve the site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=1)
        parser.add_argument("--threads", type=int, default=8)

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        settings.HOST = options["host"]  # the checks look at where it will listen
        return super().get_check_kwargs(options)

    def handle(self, *args: Any, **options: Any) -> None:
        Web(
            host=options["host"], port=options["port"], workers=options["workers"], threads=options["threads"]
        ).run()
