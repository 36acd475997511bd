"""Slots for slow work in requests: so many on this machine at once, so that some threads always serve pages.

A slot is a byte of a file that is locked for as long as somebody holds it (fcntl(2), open file description
locks). The kernel counts across processes, and frees the slots of a process that dies.
"""

import fcntl
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

LOOK_SECONDS = 0.05
OWNERS = 1 << 32
"""Where the bytes of the owners begin; those of the slots are before."""


class Full(Exception):
    """No slot is free: one ``sentence`` that says so, and one ``fix``."""

    sentence = "We are busy with work for other customers just now."
    fix = "Try again in ten seconds."


class StillRunning(Full):
    """The owner holds a slot already."""

    sentence = "The last one that you sent or asked for is still being worked on."
    fix = "Wait for its answer, then try again."


@dataclass(frozen=True)
class Slots:
    """``count`` slots for one kind of work on this machine; each owner may hold one of them."""

    name: str
    count: int

    @contextmanager
    def taken(self, *, owner: int | None = None, wait: float = 0.0) -> Iterator[None]:
        """Hold a slot.

        Raises StillRunning where the owner holds one already, and Full where none is free within ``wait``
        seconds.
        """
        descriptor = os.open(self._file(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if owner is not None and not _locked(descriptor, OWNERS + owner):
                raise StillRunning
            until = time.monotonic() + wait
            while not any(_locked(descriptor, place) for place in range(self.count)):
                if time.monotonic() >= until:
                    raise Full
                time.sleep(LOOK_SECONDS)
            yield
        finally:
            os.close(descriptor)  # frees what it has locked

    def _file(self) -> Path:
        """One for each machine, because hosts may share DATA_DIR."""
        folder = settings.DATA_DIR / "slots" / socket.gethostname()
        folder.mkdir(parents=True, exist_ok=True)
        return Path(folder / self.name)


UPLOADS = Slots("uploads", 4)
"""From the first look at the body to the answer: parsing one takes three times its size."""

DECODERS = Slots("decoders", 2)
"""Within an upload: a child takes a core, and up to 1.6 GB."""

ARCHIVES = Slots("archives", 2)
"""Until the ZIP is sent: whoever reads it slowly holds the thread that writes it."""

EXPORTS = Slots("exports", 1)
"""While everything that is stored about somebody is packed."""

STRIPE = Slots("stripe", 3)
"""While Stripe is asked something."""

THREADS = sum(kind.count for kind in (UPLOADS, ARCHIVES, EXPORTS, STRIPE))
"""What all slow work together may hold."""


def _locked(descriptor: int, place: int) -> bool:
    """Lock one byte of the file, if nobody else has."""
    wanted = struct.pack("hhqqi0q", fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)  # struct flock, 64 bits
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
    except BlockingIOError:
        return False
    return True
