"""What somebody would do who has taken over the child that reads photographs: a reader for `sandbox`.

Each act returns what it got, or raises. In a test's own process the same acts succeed.
"""

import ctypes
import errno
import json
import mmap
import os
import resource
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PTRACE_ATTACH = 16
libc = ctypes.CDLL(None, use_errno=True)


def rehearse() -> None:
    """Nothing has to be loaded."""


def answer(data: bytes) -> tuple[dict[str, Any], bytes]:
    act, *given = json.loads(data)
    try:
        return {"got": ACTS[act](*given)}, b""
    except OSError as error:
        return {"refused": type(error).__name__, "errno": error.errno}, b""
    except ValueError as error:
        return {"refused": str(error)}, b""


def read(path: str) -> str:
    return Path(path).read_bytes()[:64].decode(errors="replace")


def environment() -> dict[str, str]:
    return dict(os.environ)


def write(path: str) -> int:
    return Path(path).write_text("taken over")


def delete(path: str) -> bool:
    Path(path).unlink()
    return True


def rename(path: str) -> bool:
    Path(path).rename(f"{path}.gone")
    return True


def empty(path: str) -> bool:
    os.truncate(path, 0)
    return True


def make_folder(path: str) -> bool:
    Path(path).mkdir()
    return True


def open_up(path: str) -> bool:
    Path(path).chmod(0o666)
    return True


def call_tcp(port: int) -> bool:
    with socket.socket() as caller:  # by its number: a name would need a file first
        caller.connect(("127.0.0.1", port))
        return True


def call_udp(port: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        return caller.sendto(b"secret", ("127.0.0.1", port))


def call_unix(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(path)
        return True


def execute(program: str) -> None:
    os.execv(program, [program])  # returns where it is refused


def fork() -> bool:
    child = os.fork()
    if child == 0:
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def signal(pid: int) -> bool:
    os.kill(pid, 0)
    return True


def trace(pid: int) -> bool:
    if libc.ptrace(PTRACE_ATTACH, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    return True


def run_memory() -> bool:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    return True


def in_memory_file() -> bool:
    os.close(os.memfd_create("program"))
    return True


def raise_limit() -> bool:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, 64), max(hard, 64)))
    return True


def take_memory(megabytes: int) -> str:
    try:
        bytearray(megabytes << 20)
    except MemoryError:
        return "MemoryError"
    return "taken"


def descriptors() -> list[int]:
    found = []
    for number in range(4096):
        try:
            os.lseek(number, 0, os.SEEK_CUR)
        except OSError as error:
            if error.errno == errno.EBADF:
                continue
        found.append(number)
    return found


def stall() -> None:
    """Promise a long answer, send its first byte, and wait."""
    (pipe,) = descriptors()
    os.write(pipe, struct.pack("!i", 1000) + b"{")
    time.sleep(60)


def compute() -> None:
    """Take a core for as long as it is given."""
    while True:
        pass


def user() -> list[int]:
    return [*os.getresuid(), *os.getresgid(), *os.getgroups()]


ACTS: dict[str, Callable[..., Any]] = {
    act.__name__: act
    for act in (
        read, environment, write, delete, rename, empty, make_folder, open_up, call_tcp, call_udp, call_unix,
        execute, fork, signal, trace, run_memory, in_memory_file, raise_limit, take_memory, descriptors,
        stall, compute, user,
    )
}  # fmt: skip
