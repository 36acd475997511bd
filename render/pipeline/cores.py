"""Work on every core that this process may use: threads, for loops that leave the interpreter's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import cv2

Part = TypeVar("Part")
Result = TypeVar("Result")


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))


def on_all_cores(work: Callable[[Part], Result], parts: Sequence[Part]) -> Iterator[Result]:
    """Do every part, in any order, and yield the results in theirs. OpenCV's own threads stay out of it."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with ThreadPoolExecutor(cores()) as pool:
            yield from pool.map(work, parts)
    finally:
        cv2.setNumThreads(threads)
