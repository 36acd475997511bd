"""Proofs of many styles from one identity, a process on each core.

Threads would take turns at Python's lock and at the landmark model; processes share nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import cv2
import numpy as np

from . import identity_file, run
from .contract import Code
from .cores import cores
from .errors import NoFace
from .faces.detector import FaceBox
from .faces.mediapipe import shared
from .recipe import Recipe
from .scene import Sitter

Tell = Callable[[str, float], None]
"""Told the name of the style that is waited for and the share of the styles that came."""

ANYWHERE = FaceBox(64, 64, 128, 128, (96, 112), (160, 112), 1.0)

STARTING_S = 120.0
"""Longest that one process waits for the others to have their models."""


def _silent(style: str, share: float) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Proved:
    """What goes back from a process: the proof, (h, w, 3), and its report, without the scene."""

    code: Code
    report: dict[str, object]


@dataclass(frozen=True)
class Outcome:
    """What came of one style: ``proved``, or the ``error`` that it ended in."""

    recipe: Recipe
    proved: Proved | None = None
    error: Exception | None = None


class Pool:
    """Processes that prove styles: started on entering the ``with``, ended on leaving it.

    Each loads the libraries and the models once and seats a sitter once. With one process all is
    done in this one.

    Parameters
    ----------
    processes : int, optional
        One for each core by default.
    """

    def __init__(self, processes: int | None = None) -> None:
        self._processes = processes or cores()
        self._executor: ProcessPoolExecutor | None = None
        self._started: list[Future[None]] = []
        self._children: list[BaseProcess] = []

    def __enter__(self) -> Self:
        if self._processes > 1:
            context = multiprocessing.get_context("spawn")
            together = context.Barrier(self._processes, timeout=STARTING_S)
            self._executor = ProcessPoolExecutor(self._processes, context, _start, (together,))
            others = multiprocessing.active_children()
            with _no_interrupts():
                self._started = [self._executor.submit(_stand_by) for _ in range(self._processes)]
            self._children = [child for child in multiprocessing.active_children() if child not in others]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error:  # above all when interrupted: nobody wants what they are at
            for child in self._children:
                child.terminate()
        if self._executor:
            self._executor.shutdown(cancel_futures=True)

    @property
    def pids(self) -> list[int]:
        """Of the processes that were started."""
        return [child.pid for child in self._children if child.pid]

    def wait(self) -> None:
        """Return when every process has its models: only who measures time needs it."""
        for future in self._started:
            future.result()

    def prove(
        self, stored: bytes, recipes: Sequence[Recipe], *, seed: int = run.SEED, tell: Tell = _silent
    ) -> Iterator[Outcome]:
        """One outcome for each recipe, in their order; proofs have the bytes that one process gives.

        Parameters
        ----------
        stored : bytes
            The identity as ``identity_file.dump`` writes it.
        recipes : sequence of Recipe
        seed : int
        tell : callable
            Told as ``Tell`` says.

        Notes
        -----
        An error is part of its style's outcome and costs no other style. A process that dies
        takes the others with it: every style not yet done then has ``BrokenProcessPool``.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "identity.npz"
            path.write_bytes(stored)
            orders = [partial(_prove, path, recipe, seed) for recipe in recipes]
            futures = [self._executor.submit(order) for order in orders] if self._executor else []
            results: Sequence[Callable[[], Proved]] = [future.result for future in futures] or orders
            try:
                for number, recipe in enumerate(recipes):
                    tell(recipe.name, number / len(recipes))
                    yield _outcome(recipe, results[number])
            finally:
                for future in futures:
                    future.cancel()


def _outcome(recipe: Recipe, result: Callable[[], Proved]) -> Outcome:
    try:
        return Outcome(recipe, proved=result())
    except Exception as error:  # noqa: BLE001 (handed on under its style's name)
        error.add_note(f"while proving the style {recipe.slug!r}")
        return Outcome(recipe, error=error)


# In the processes


class _Gate(Protocol):
    def wait(self) -> int: ...


def _start(together: _Gate) -> None:
    """Load the models; go on when all processes have, so that none of them measures another's start."""
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    cv2.setNumThreads(1)
    with suppress(NoFace):  # whatever it looks at, its models are loaded after it
        shared().landmarks(np.zeros((256, 256, 3), np.uint8), crops=16, box=ANYWHERE)
    together.wait()


def _stand_by() -> None:
    """The first order, which starts a process."""


def _prove(path: Path, recipe: Recipe, seed: int) -> Proved:
    proof = run.prove(_sitter(path), recipe, shared(), seed=seed)
    return Proved(proof.code, proof.report())


@lru_cache(maxsize=1)
def _sitter(path: Path) -> Sitter:
    """The sitter of a stored identity, seated when the first style asks."""
    return run.sit(identity_file.load(path.read_bytes()))


def _end_with_the_parent() -> None:
    """However the parent died: an orphan would wait for orders for ever."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Processes started in this block get no Ctrl-C of their own: a terminal sends it to all of them, and
    the parent ends them."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
