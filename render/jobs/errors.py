"""How a job ends when it does not end well, and the sentence that its owner reads."""

import errno
import sqlite3


class Stop(BaseException):
    """The work must stop here.

    Not an Exception, for the reason that asyncio.CancelledError is none: a handler's own `except Exception`
    must not swallow it.
    """


class Fenced(Stop):
    """The lease is no longer ours: somebody else has the job, or it has ended."""


class Canceled(Stop):
    """The owner does not want the result any more."""


class TimedOut(Stop):
    """The handler's time is used up."""


class Refused(Exception):
    """Another attempt would end the same way. Carries the code and the sentence for the owner."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class UnknownKind(LookupError):
    """No handler is registered for this kind of work."""


SENTENCES = {
    "error": "Something broke while we worked on this. It is not your picture's fault.",
    "timeout": "This took longer than it may.",
    "memory": "This needed more memory than a worker has.",
    "storage": "There was no room to store the result.",
    "lost": "The worker stopped in the middle of this.",
    "unknown": "No worker here knows this kind of work.",
}

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}
DISK_FULL = "53100"
"""PostgreSQL's code for it."""


def no_room(error: BaseException) -> bool:
    """Whether nothing more can be stored: files of ours, or rows of the database."""
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    of_driver = error.__cause__
    return (
        getattr(of_driver, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(of_driver, "sqlstate", None) == DISK_FULL
    )


def code_of(error: BaseException) -> str:
    """Return the code under which an error is stored."""
    if isinstance(error, Refused):
        return error.code
    if isinstance(error, TimedOut):
        return "timeout"
    if isinstance(error, UnknownKind):
        return "unknown"
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return "memory"
    if no_room(error):
        return "storage"
    return "error"
