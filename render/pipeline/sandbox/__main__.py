"""The server of children: loads the image libraries once and forks a confined child for each file.

`python -m render.pipeline.sandbox DESCRIPTOR READER` is started by `zygote`, with an environment that holds
nothing. READER is a module: `rehearse()` is called once, before anything is given up, and `answer(data)` in
each child, which can load nothing any more. Ends when the other end of its socket is closed.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import traceback
from importlib import import_module
from multiprocessing.connection import Connection
from types import ModuleType

from render.pipeline.limits import MAX_BYTES
from render.pipeline.sandbox import seccomp
from render.pipeline.sandbox.confine import confine, drop_root
from render.pipeline.sandbox.zygote import PID

LONGEST_WORDS = 2000


def main(descriptor: int, name: str) -> None:
    reader = import_module(name)
    reader.rehearse()
    filtered = not seccomp.missing()
    drop_root()
    os.chdir("/")
    gc.freeze()  # what is loaded is shared by the children as long as nobody counts it
    children: set[int] = set()
    with socket.socket(fileno=descriptor) as control:
        while True:
            wish, pipes, _, _ = socket.recv_fds(control, PID.size, 1)
            if not wish:
                return
            (child,) = PID.unpack(wish)
            if pipes:
                child = _fork(pipes[0], reader, filtered)
                children.add(child)
            elif child in children:
                _end(child)
                children.remove(child)
            control.send(PID.pack(child))


def _fork(descriptor: int, reader: ModuleType, filtered: bool) -> int:
    child = os.fork()
    if child == 0:
        try:
            _read(descriptor, reader, filtered)
        finally:
            os._exit(0)
    os.close(descriptor)
    return child


def _read(descriptor: int, reader: ModuleType, filtered: bool) -> None:
    """The child: give everything up, then read. What fails of ours is told, not met in silence."""
    pipe, body = Connection(descriptor), b""
    try:
        confine(descriptor, filtered=filtered)
        head, body = reader.answer(pipe.recv_bytes(MAX_BYTES))
    except Exception:  # noqa: BLE001  (whatever it is, the parent writes it down)
        head = {"failed": traceback.format_exc()[-LONGEST_WORDS:]}
    pipe.send_bytes(json.dumps(head).encode())
    pipe.send_bytes(body)


def _end(child: int) -> None:
    """End a child. Nobody else has its number until it is waited for here."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; this one ends by its socket
    main(int(sys.argv[1]), sys.argv[2])
