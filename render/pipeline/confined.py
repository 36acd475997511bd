"""Read what a stranger sent in a process of its own, which may not take much of anything.

Image libraries are large, old and written in C. Here they meet a stranger's bytes in a child that has limits
on memory and time, opens no other file, and is gone afterwards. Its answer is text and bytes, never pickled
objects, so a child that was taken over cannot make its parent run anything.

Children are forked from a server that has the libraries loaded (`multiprocessing`'s forkserver): a tenth of a
second each. The server ends with the process that started it. Whoever asks sees to it that not too many do at
once (`studio.selfies`).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from multiprocessing.forkserver import ensure_running, set_forkserver_preload
from typing import Any

from .errors import Refused, TooHeavy, UnreadableFile, refusal
from .limits import MAX_BYTES

WALL_S = 10.0
"""Longest that a photograph may take: 60 megapixels take three seconds."""

CPU_S = 10
MEMORY_MB = 1600
"""Private memory of the child: 60 megapixels take 0.7 to 1.3 GB, by format."""

ANSWER_BYTES = 4 * MAX_BYTES
FILES_OPEN = 64

READER = "render.pipeline.plain_copy"
"""Loaded by the server and its children, never by a process that serves pages."""

_context = multiprocessing.get_context("forkserver")


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


def warm() -> None:
    """Start the server of children, so that the first photograph need not wait for it."""
    set_forkserver_preload([READER])
    ensure_running()


def copy(data: bytes) -> PlainCopy:
    """A photograph drawn anew by a child (`plain_copy`).

    Raises its refusals, and ``TooHeavy`` where the child met a limit.
    """
    answer = ask(data)
    if answer.copy is None:
        raise answer.refused or UnreadableFile()
    return answer.copy


def ask(data: bytes) -> Answer:
    """What a child makes of a stranger's bytes, and what it took."""
    if len(data) > MAX_BYTES:  # no need to show it to anybody
        return Answer(None, refusal("too_large"), 0.0, 0.0)
    return _asked(data)


def _asked(data: bytes) -> Answer:
    began = time.monotonic()
    warm()
    ours, theirs = _context.Pipe()
    child = _context.Process(target=_work, args=(theirs,), daemon=True)
    child.start()
    theirs.close()
    try:
        ours.send_bytes(data)
        head, body = _heard(ours, began + WALL_S)
    except (EOFError, OSError, ValueError):
        head, body = {"refused": TooHeavy.code}, b""
    finally:
        ours.close()
        child.kill()
        child.join()
    seconds, peak = time.monotonic() - began, float(head.get("peak_mb", 0.0))
    if "refused" in head:
        return Answer(None, refusal(str(head["refused"]), str(head.get("fix") or "")), peak, seconds)
    found = PlainCopy(body, int(head["width"]), int(head["height"]), bool(head["rear_camera"]))
    return Answer(found, None, peak, seconds)


def _heard(ours: Connection, until: float) -> tuple[dict[str, Any], bytes]:
    """The child's answer; EOFError when it is too late or the child is gone."""
    parts = []
    for limit in (10_000, ANSWER_BYTES):
        if not ours.poll(max(until - time.monotonic(), 0)):
            raise EOFError
        parts.append(ours.recv_bytes(limit))
    return json.loads(parts[0]), parts[1]


def _work(theirs: Connection) -> None:
    """The child: limits first, then the bytes."""
    from .plain_copy import plain_copy

    _limit()
    data = theirs.recv_bytes(MAX_BYTES)
    body, head = b"", dict[str, Any]()
    try:
        found = plain_copy(data)
        body = found.data
        head = {name: value for name, value in asdict(found).items() if name != "data"}
    except Refused as refused:
        head = {"refused": refused.code, "fix": refused.fix}
    except MemoryError:
        head = {"refused": TooHeavy.code}
    head["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    theirs.send_bytes(json.dumps(head).encode())
    theirs.send_bytes(body)


def _limit() -> None:
    memory = MEMORY_MB * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_OPEN, FILES_OPEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # whoever waits for a page comes first
