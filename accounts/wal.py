"""SQLite keeps what was deleted in its write-ahead log until that is cut to nothing."""

import time

from django.db import connection

TRIES = 20
PAUSE = 0.1  # s, for a reader to finish


def truncate() -> bool:
    """Move the log into the database file and cut it; False while a reader holds it.

    With secure_delete the file itself has zeros where deleted rows were. The sweep cuts the log too, so a
    reader that holds it now delays this by a minute only. PostgreSQL has its own ways: docs/privacy.md.
    """
    if connection.vendor != "sqlite":
        return True
    for _ in range(TRIES):
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, *_frames = cursor.fetchone()
        if not busy:
            return True
        time.sleep(PAUSE)
    return False
