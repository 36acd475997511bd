"""Start processes, keep them running, replace what dies or falls silent, and stop them all."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from render.jobs.processes import die_with_parent

log = logging.getLogger(__name__)
LONGEST_PAUSE = 30.0  # seconds between two starts of a process that dies at once


@dataclass
class Child:
    """A process of ours in a session of its own: one signal to its group reaches all that it forks."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    files: tuple[int, ...] = ()
    """Open files of ours that it gets, under the same numbers."""
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def age(self) -> float:
        """Seconds since the last start."""
        return time.monotonic() - self.started

    def start(self) -> None:
        supervisor = os.getpid()
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environment},
            pass_fds=self.files,
            process_group=0,  # no session of its own: between sessions Linux's autogroups forget who is nice
            preexec_fn=lambda: die_with_parent(supervisor),  # noqa: PLW1509  (no threads in the supervisor)
        )
        self.started = time.monotonic()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.running:
            self.process.terminate()

    def kill(self) -> None:
        """End the whole group: also what a dead leader has left behind."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Supervisor:
    """Keeps children alive until told to stop.

    `tend` runs between two looks and returns the names of children that must be replaced although they run.
    """

    def __init__(
        self, children: Sequence[Child], *, tend: Callable[[], set[str]], stop_seconds: float
    ) -> None:
        self.children = list(children)
        self.tend = tend
        self.stop_seconds = stop_seconds
        self.stopping = False

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop_asked)
        try:
            for child in self.children:
                child.start()
            while not self.stopping:
                self.look()
                time.sleep(0.2)
        finally:
            self.stop()

    def look(self) -> None:
        """Replace the dead and the silent."""
        silent = self.tend()
        for child in self.children:
            if child.running and child.name not in silent:
                continue
            if child.running:
                log.error("%s is silent; starting it again.", child.name)
            elif child.age < child.pause:
                continue
            else:
                status = child.process.returncode if child.process else None
                log.error("%s has ended (%s); starting it again.", child.name, status)
            child.pause = min(child.pause * 2 + 1, LONGEST_PAUSE) if child.age < LONGEST_PAUSE else 0.0
            child.kill()
            child.start()

    def stop(self) -> None:
        """Ask every child, wait, then kill what is left."""
        for child in self.children:
            child.ask_to_stop()
        limit = time.monotonic() + self.stop_seconds
        while any(child.running for child in self.children) and time.monotonic() < limit:
            time.sleep(0.05)
        for child in self.children:
            child.kill()

    def _stop_asked(self, signum: int, frame: object) -> None:
        self.stopping = True
