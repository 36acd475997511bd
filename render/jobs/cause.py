"""What stands behind an error: the kind of work, the exception, and the place in our own code.

No message and no local variable is kept, because either may hold what a customer gave us.
"""

import hashlib
import traceback
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FrameType

from django.conf import settings

from render.jobs.errors import code_of

ANYWHERE = {"timeout", "memory", "storage"}
"""Errors that hit whatever runs at the time: the line says nothing, the stage of the work does."""

LONGEST = 200


@dataclass(frozen=True)
class Cause:
    """Errors with the same three words have one cause. `line` is where it was met last, and may move."""

    kind: str
    exception: str
    place: str
    line: int | None = None

    @cached_property
    def fingerprint(self) -> str:
        """The same from release to release, as long as the function keeps its name."""
        return hashlib.sha256(repr((self.kind, self.exception, self.place)).encode()).hexdigest()


def of(error: BaseException, *, kind: str, stage: str = "") -> Cause:
    """Name the cause of an error that was caught."""
    code = code_of(error)
    exception = _name(type(error))
    if code in ANYWHERE:
        return _cut(kind, exception, _stage(stage))
    frame, line = _innermost(error)
    if frame is None:
        return _cut(kind, exception, _stage(stage))
    module = str(frame.f_globals.get("__name__", "?"))
    return _cut(kind, exception, f"{module}.{frame.f_code.co_qualname}", line)


def lost(*, kind: str, stage: str) -> Cause:
    """A worker that stopped without a word."""
    return _cut(kind, "worker lost", _stage(stage))


def named(*, kind: str, what: str, place: str) -> Cause:
    """Something that our own code found wrong without an exception."""
    return _cut(kind, what, place)


def _cut(kind: str, exception: str, place: str, line: int | None = None) -> Cause:
    return Cause(kind[:LONGEST], exception[:LONGEST], place[:LONGEST], line)


def _stage(stage: str) -> str:
    return f"stage {stage}" if stage else "before the first stage"


def _name(kind: type[BaseException]) -> str:
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def _innermost(error: BaseException) -> tuple[FrameType | None, int | None]:
    """The deepest frame of our own code, or of any where there is none of ours."""
    found: tuple[FrameType | None, int | None] = (None, None)
    own = False
    for frame, line in traceback.walk_tb(error.__traceback__):
        if _is_own(frame) or not own:
            found, own = (frame, line), own or _is_own(frame)
    return found


def _is_own(frame: FrameType) -> bool:
    path = Path(frame.f_code.co_filename)
    return path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts
