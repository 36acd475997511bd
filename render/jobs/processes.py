"""No process outlives the one that started it, however that died, and none takes more memory than it may."""

import ctypes
import os
import resource
import signal

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_parent = 0


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies, even by SIGKILL (Linux; elsewhere a no-op).

    The request does not survive a fork, so each child asks for itself; and the parent may be dead already.
    """
    if not hasattr(_libc, "prctl"):
        return
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def bind_children() -> None:
    """Make every later fork of this process, and their forks, die with its parent."""
    os.register_at_fork(before=_remember, after_in_child=_bind)


def limit_memory(megabytes: int) -> None:
    """Let a greedy job meet MemoryError here before the whole machine runs out. 0: no limit.

    RLIMIT_DATA counts what a process writes to; RLIMIT_AS would also count the large empty mappings of
    numeric libraries and of CUDA.
    """
    if megabytes:
        limit = megabytes * 1024 * 1024
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _remember() -> None:
    global _parent  # noqa: PLW0603  (the child reads here what its parent wrote before the fork)
    _parent = os.getpid()


def _bind() -> None:
    die_with_parent(_parent)
