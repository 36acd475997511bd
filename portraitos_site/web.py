"""One process of the site; `manage.py serve` starts several on one socket."""

import resource
import signal
import socket
import sys
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created

from portraitos_site.server import CONNECTIONS, server

STATEMENT_SECONDS = 30
"""Longest that a page waits for one answer of PostgreSQL; a worker may wait longer."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that all processes take connections from."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def serve(listening: socket.socket, *, threads: int) -> None:
    """Serve the site until told to stop."""
    _allow_files(2 * CONNECTIONS)
    connection_created.connect(_limit_statements, dispatch_uid="web")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    application = get_wsgi_application()
    import_module(
        settings.ROOT_URLCONF
    )  # and with it every view: the first customer should not wait for that
    server(application, listening, threads=threads).run()


def _allow_files(count: int) -> None:
    """A connection is an open file, and many systems allow 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (count if hard == resource.RLIM_INFINITY else min(count, hard), hard)
    )


def _limit_statements(connection: Any, **sent: Any) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
