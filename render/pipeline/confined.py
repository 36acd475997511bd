"""Read what a stranger sent in a process of its own, which may not take much of anything.

Image libraries are large, old and written in C. Here they meet a stranger's bytes in a child that has one
pipe, limits on memory and time, and nothing else: no file, no network, no program, no secret (`sandbox`). It
is gone afterwards. Its answer is text and bytes, never pickled objects, so a child that was taken over
cannot make its parent run anything.

Whoever asks sees to it that not too many do at once (`studio.selfies`).
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, replace
from typing import Any

from .errors import Refused, TooHeavy, UnreadableFile, refusal
from .limits import MAX_BYTES
from .sandbox.zygote import Zygote

log = logging.getLogger(__name__)

LONGEST_S = 30.0
"""For a child to answer, however busy the machine is: 60 megapixels take three seconds, and what computes for
more than `sandbox.confine.CPU_S` is too heavy."""

HEAD_BYTES, ANSWER_BYTES = 10_000, 4 * MAX_BYTES

_zygote = Zygote("render.pipeline.plain_copy")


@dataclass(frozen=True)
class PlainCopy:
    """``data`` is a JPEG; ``rear_camera`` says whether the file named a lens on the phone's back."""

    data: bytes
    width: int
    height: int
    rear_camera: bool


@dataclass(frozen=True)
class Answer:
    """What a child said: a copy or a refusal, and what it took."""

    copy: PlainCopy | None
    refused: Refused | None
    peak_mb: float
    seconds: float


class LateError(Exception):
    """The child had no answer in time, and had not computed for long: nothing is known of the photograph."""


def warm() -> None:
    """Start the server of children, so that the first photograph need not wait for it."""
    _zygote.warm()


def copy(data: bytes) -> PlainCopy:
    """A photograph drawn anew by a child (`plain_copy`).

    Raises its refusals, ``TooHeavy`` where the child met a limit, and ``LateError``.
    """
    answer = ask(data)
    if answer.copy is None:
        raise answer.refused or UnreadableFile()
    return answer.copy


def ask(data: bytes) -> Answer:
    """What a child makes of a stranger's bytes, and what it took, or ``LateError``."""
    if len(data) > MAX_BYTES:  # no need to show it to anybody
        return Answer(None, refusal("too_large"), 0.0, 0.0)
    return _asked(data)


def _asked(data: bytes) -> Answer:
    with _zygote.child(LONGEST_S) as pipe:
        began = time.monotonic()
        try:
            pipe.send_bytes(data)
            found = _read(json.loads(pipe.recv_bytes(HEAD_BYTES)), pipe.recv_bytes(ANSWER_BYTES))
        except (EOFError, OSError, LookupError, TypeError, ValueError):  # it was ended, or talks nonsense
            if pipe.late:
                raise LateError from None
            found = Answer(None, TooHeavy(), 0.0, 0.0)
        return replace(found, seconds=time.monotonic() - began)


def _read(head: dict[str, Any], body: bytes) -> Answer:
    if "failed" in head:
        log.error("A photograph could not be read: %r", head["failed"])
        return Answer(None, TooHeavy(), 0.0, 0.0)
    peak = float(head["peak_mb"])
    if "refused" in head:
        return Answer(None, refusal(str(head["refused"]), str(head.get("fix") or "")), peak, 0.0)
    copy = PlainCopy(body, int(head["width"]), int(head["height"]), bool(head["rear_camera"]))
    return Answer(copy, None, peak, 0.0)
