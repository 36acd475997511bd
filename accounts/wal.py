"""SQLite keeps what was deleted in its write-ahead log until that is cut to nothing."""

import time

from django.db import connection

TRIES = 20
PAUSE = 0.1  # s between two tries, for a reader to finish
PATIENCE = 100  # ms of one try, in which nobody else can write


def truncate(tries: int = TRIES) -> bool:
    """Move the log into the database file and cut it; False while a reader or a transaction holds it.

    With secure_delete the file itself has zeros where deleted rows were. The sweep cuts the log too, so a
    reader that holds it now delays this by a minute only. PostgreSQL has its own ways: docs/privacy.md.
    """
    if connection.vendor != "sqlite":
        return True
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (before,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout={PATIENCE}")
        try:
            return any(_cut(last=left == 1) for left in range(tries, 0, -1))
        finally:
            cursor.execute(f"PRAGMA busy_timeout={before}")


def _cut(*, last: bool) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, *_frames = cursor.fetchone()
    if busy and not last:
        time.sleep(PAUSE)
    return not busy
