"""What this installation keeps, kept from other users of the machine.

New files and folders are their owner's alone (the umask in manage.py and wsgi.py); what is looser from
before is closed when Django starts (`settle`). DATA_GROUP lets a front server of another user read what
X_ACCEL names: it may pass through DATA_DIR and read files below, but not the database and not the secrets.
"""

import grp
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

UMASK_OF_GROUP = 0o027

CLOSED, PASSABLE, SHARED, SECRET = 0o700, 0o2710, 0o2750, 0o600
BESIDE = ("", "-wal", "-shm", "-journal")


def settle() -> None:
    """Close what is open from before, as far as this user may; `open_to_others` finds what is left."""
    shared = group()
    if shared is not None:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)  # before anything in it belongs to another group
    if not settings.DATA_DIR.is_dir():
        return
    for path, mode in _wanted(shared):
        with suppress(OSError):
            if shared is not None and mode != SECRET:
                os.chown(path, -1, shared)
            if stat.S_IMODE(path.stat().st_mode) != mode:
                path.chmod(mode)
    if shared is not None:
        os.umask(UMASK_OF_GROUP)
        _make_database()


def open_to_others() -> Iterator[tuple[Path, int]]:
    """Every path of ours that somebody may read who should not, and the mode that it should have."""
    if not settings.DATA_DIR.is_dir():
        return
    for path, mode in _wanted(group()):
        with suppress(FileNotFoundError):  # SQLite's log comes and goes
            if path.stat().st_mode & 0o777 & ~mode:
                yield path, mode


def group() -> int | None:
    """The number of DATA_GROUP; None where there is none of that name."""
    try:
        return grp.getgrnam(settings.DATA_GROUP).gr_gid
    except KeyError:
        return None


def is_shared() -> bool:
    """Whether DATA_DIR, where there is one, belongs to the group that may read in it."""
    return not settings.DATA_DIR.is_dir() or settings.DATA_DIR.stat().st_gid == group()


def _wanted(shared: int | None) -> Iterator[tuple[Path, int]]:
    """What there is, and the mode of each. Below a closed DATA_DIR the modes of folders do not matter."""
    yield settings.DATA_DIR, CLOSED if shared is None else PASSABLE
    if shared is not None:
        for pattern in ("*/", "*/*/"):
            yield from ((folder, SHARED) for folder in settings.DATA_DIR.glob(pattern) if folder.is_dir())
    if (database := _database()) is not None:
        files = (database.with_name(database.name + end) for end in BESIDE)
        yield from ((file, SECRET) for file in files if file.exists())


def _make_database() -> None:
    """Before SQLite makes it, with the umask of files that a group may read."""
    database = _database()
    if database is not None and database.parent.is_dir():
        os.close(os.open(database, os.O_RDWR | os.O_CREAT, SECRET))


def _database() -> Path | None:
    default = settings.DATABASES["default"]
    if not default["ENGINE"].endswith("sqlite3") or default["NAME"] == ":memory:":
        return None
    return Path(default["NAME"])
