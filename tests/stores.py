"""Everything that the house keeps, as bytes to search in: database, data folder, cache, queue.

What is stored in another form (sessions, packed tasks) is here in the form that a person could read, too.
"""

import os
import pickle
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection
from django_q.models import OrmQ, Task


def holds(needle: str | bytes) -> list[str]:
    """The names of the stores in which the needle is found, in any case of its letters."""
    wanted = needle.encode() if isinstance(needle, str) else needle
    return [name for name, content in stores() if wanted.lower() in content.lower()]


def stores() -> Iterator[tuple[str, bytes]]:
    yield from _database()
    yield from _folder(Path(django_settings.DATA_DIR))
    yield "cache", pickle.dumps(getattr(caches["computed"], "_cache", {}))
    yield "sessions", b"\n".join(_text(one.get_decoded()) for one in Session.objects.all())
    yield "queue", b"\n".join(_text(one.task) for one in OrmQ.objects.all())
    yield "results", b"\n".join(_text((one.args, one.kwargs, one.result)) for one in Task.objects.all())


def _text(value: object) -> bytes:
    return repr(value() if callable(value) else value).encode()


def _folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield f"file {path.relative_to(folder)}", path.read_bytes()


def _database() -> Iterator[tuple[str, bytes]]:
    if connection.vendor == "sqlite":
        for end in ("", "-wal", "-shm", "-journal"):
            path = Path(f"{connection.settings_dict['NAME']}{end}")
            if path.exists():
                yield f"database{end}", _from_outside(path)
    elif shutil.which("pg_dump"):
        yield "database", _dumped()
    else:
        yield "database", b"\n".join(_rows())


def _from_outside(path: Path) -> bytes:
    """Read by another process: closing a file gives up every lock that this process has on it (POSIX), and
    SQLite's log is then cut under an open connection (sqlite.org/howtocorrupt.html, 2.2)."""
    return subprocess.run(["cat", str(path)], check=True, capture_output=True).stdout


def _dumped() -> bytes:
    given = connection.settings_dict
    command = ["pg_dump", "-h", given["HOST"], "-p", given["PORT"] or "5432", "-U", given["USER"]]
    environment = {**os.environ, "PGPASSWORD": given["PASSWORD"]}
    return subprocess.run([*command, given["NAME"]], env=environment, capture_output=True, check=True).stdout


def _rows() -> Iterator[bytes]:
    """A logical dump in SQL's own words, for machines without pg_dump."""
    quote = connection.ops.quote_name
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT whole::text FROM {quote(table)} AS whole")
            for (row,) in cursor.fetchall():
                yield str(row).encode()
