"""Children on request, each forked from a server that has the image libraries loaded: 10 ms instead of 2 s.

The server (`__main__`) is a program of its own: it has neither the memory nor the environment nor the open
files of the process that serves pages, and so its children have nothing of them either.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

PID = struct.Struct("i")
LONGEST_S = 60.0
"""For the server to start and fork; a machine that is busy takes five."""

ROOT = Path(__file__).resolve().parents[3]

KEPT = ("HOME", "LD_LIBRARY_PATH", "NUMBA_CACHE_DIR", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Of the environment: where libraries lie, and which of their kernels work on this processor."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # who forks may have no threads


class Pipe(Connection):
    """The way to a child; ``late`` says that its time was over before it had answered."""

    late = False


class ReaderGoneError(RuntimeError):
    """The server of children does not start, or ends at once; its own words are in the log."""


class Zygote:
    """The server of children that read with the module ``reader``, started when the first is needed."""

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self._lock = threading.Lock()
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def warm(self) -> None:
        """Start the server, without waiting until it is ready."""
        with self._lock:
            self._running()

    def stop(self) -> None:
        """End the server and its children. Without this they end with the process that started them."""
        with self._lock:
            self._stopped()

    @property
    def pid(self) -> int:
        """The server's number; 0 where it does not run."""
        return self._process.pid if self._process is not None else 0

    @contextmanager
    def child(self, seconds: float) -> Iterator[Pipe]:
        """A child for one file, which it gets and answers through this pipe. It lives no longer than that.

        Whoever waits for it when its time is over meets the end of the pipe.
        """
        ours, theirs = socket.socketpair()
        with ours, theirs:
            control, number = self._ask(theirs.fileno())
            theirs.close()
            with Pipe(ours.detach()) as pipe:
                clock = threading.Timer(seconds, self._late, [pipe, control, number])
                clock.start()
                try:
                    yield pipe
                finally:
                    clock.cancel()
                    self._end(control, number)

    def _ask(self, pipe: int) -> tuple[socket.socket, int]:
        """A new child's server and number. A server that has died meanwhile is started again, once."""
        with self._lock:
            for _ in range(2):
                try:
                    control = self._running()
                    socket.send_fds(control, [PID.pack(0)], [pipe])
                    return control, _heard(control)
                except (OSError, EOFError):
                    self._stopped()
        raise ReaderGoneError("The process that reads photographs does not start: its words are in the log.")

    def _late(self, pipe: Pipe, control: socket.socket, child: int) -> None:
        pipe.late = True
        self._end(control, child)

    def _end(self, control: socket.socket, child: int) -> None:
        with self._lock:
            if control is not self._control:
                return  # its server has ended, and the child with it
            try:
                control.send(PID.pack(child))
                _heard(control)
            except (OSError, EOFError):
                self._stopped()

    def _running(self) -> socket.socket:
        """The way to the server, which is started where there is none. A fork of ours starts its own."""
        if self._control is not None and self._owner == os.getpid():
            return self._control
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "render.pipeline.sandbox", str(theirs.fileno()), self.reader],
                cwd=ROOT,
                env=environment | ONE_THREAD,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        ours.settimeout(LONGEST_S)
        self._control, self._owner = ours, os.getpid()
        return ours

    def _stopped(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._control = self._process = None


def _heard(control: socket.socket) -> int:
    answer = control.recv(PID.size)
    if not answer:
        raise EOFError
    (number,) = PID.unpack(answer)
    return int(number)
