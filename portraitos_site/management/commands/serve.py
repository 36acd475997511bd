import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portraitos_site import address_checks, web
from render.jobs import registry
from render.jobs.supervise import Child, Supervisor
from render.jobs.watch import Watch

MANAGE = Path(settings.BASE_DIR) / "manage.py"


class Command(BaseCommand):
    help = "Run site and workers, watch over them, and stop them all together."

    def add_arguments(self, parser: CommandParser) -> None:
        names = [queue.name for queue in settings.JOB_QUEUES]
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--no-web", action="store_true", help="Workers only: a host for CPU or GPU.")
        parser.add_argument(
            "--queues", nargs="*", choices=names, default=names, help="Which queues to work on."
        )

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        settings.HOST = options["host"]  # the checks look at where it will listen
        return super().get_check_kwargs(options)

    def handle(self, *args: Any, **options: Any) -> None:
        registry.load()
        clusters = {queue: _command(queue, "work", queue) for queue in options["queues"]}
        for queue, child in clusters.items():
            child.environment["Q_CLUSTER_NAME"] = queue
        children = list(clusters.values())
        if not options["no_web"]:
            host, port = options["host"], options["port"]
            listening = _listen(host, port)
            children[:0] = [_web(number + 1, listening) for number in range(settings.WEB_PROCESSES)]
            if settings.STRIPE_IS_DEV:
                site = f"http://{host}:{port}"
                stripe = _command("stripe", "stripe_dev", "--site", site)
                children.append(stripe)
                self.stdout.write(
                    f"No Stripe key: customers pay at {settings.STRIPE_API}/ on this machine; no money moves."
                )
            self.stdout.write(
                f"PortraitOS: {address(host, port)}  (health: /healthz; Ctrl-C stops everything)"
            )
        self.stdout.flush()
        Supervisor(children, tend=Watch(clusters).round, stop_seconds=settings.JOB_STOP_SECONDS).run()
        self.stdout.write("Stopped.")


def address(host: str, port: int) -> str:
    """What to open. This machine goes by its name, because browsers refuse passkeys at a bare number."""
    return f"http://{'localhost' if host == '127.0.0.1' else host}:{port}/"


def _listen(host: str, port: int) -> socket.socket:
    """Here and not in the processes of the site: one that is replaced loses nobody who waits at the door."""
    if address_checks.is_exposed(host):
        raise CommandError(f"{address_checks.EXPOSED} {address_checks.MEND}")
    try:
        return web.listen(host, port)
    except OSError as error:
        raise CommandError(
            f"Nothing can listen on {host}:{port}: {error.strerror}. Set PORT to a free one."
        ) from error


def _web(number: int, listening: socket.socket) -> Child:
    child = _command(f"web {number}", "web", "--socket", str(listening.fileno()))
    child.files = (listening.fileno(),)
    return child


def _command(name: str, *arguments: str) -> Child:
    return Child(name, [sys.executable, str(MANAGE), *arguments])
