"""A time limit on a block of Python, beneath the one that django-q2 has set on the whole task."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from render.jobs.errors import TimedOut


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise TimedOut in the main thread when the block takes longer than `seconds`.

    A process has one SIGALRM clock, and django-q2 has wound it already: its remaining time is put back
    afterwards. Native code is not interrupted; there django-q2's sentinel ends the process, and the lease
    runs out.
    """

    def ring(signum: int, frame: FrameType | None) -> None:
        raise TimedOut

    began = time.monotonic()
    outer = signal.signal(signal.SIGALRM, ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, outer)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), 0.001))
