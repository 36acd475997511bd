"""Give up what reading a photograph does not need, and never get it back.

What every Linux has comes first and holds alone: another user where this one is root, no descriptor but the
pipe and none to come, so no file and no socket can be opened; limits on memory, time and what is written. The
filter of system calls (`seccomp`) adds what acts without a descriptor: programs, processes, signals, names
of files.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import resource
import signal

from render.pipeline.sandbox import seccomp

CPU_S = 10
MEMORY_MB = 1600
"""Private memory of the child: 60 megapixels take 0.7 to 1.3 GB, by format."""

USER = "nobody"
"""Who reads for a server that runs as root."""

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38


def drop_root() -> None:
    """Become somebody without rights, where this process is root. There is no way back."""
    if os.geteuid() != 0:
        return
    user = pwd.getpwnam(USER)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def confine(pipe: int, *, filtered: bool) -> None:
    """Keep one descriptor and the right to compute; with ``filtered``, no other system call either."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.nice(5)  # whoever waits for a page comes first
    _close_all_but(pipe)
    memory = MEMORY_MB * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    for nothing in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(nothing, (0, 0))
    if filtered:
        seccomp.enter()


def _close_all_but(pipe: int) -> None:
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.closerange(0, pipe)
    os.closerange(pipe + 1, highest)
