import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portraitos_site import address_checks, web


class Command(BaseCommand):
    help = "Serve the site with one process; `serve` starts several, and the workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--socket", type=int, help="The descriptor of a socket that is bound already.")

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        settings.HOST = options["host"]  # the checks look at where it will listen
        return super().get_check_kwargs(options)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["socket"] is not None:
            listening = socket.socket(fileno=options["socket"])
        elif address_checks.is_exposed(options["host"]):
            raise CommandError(f"{address_checks.EXPOSED} {address_checks.MEND}")
        else:
            listening = web.listen(options["host"], options["port"])
        web.serve(listening, threads=settings.WEB_THREADS)
