"""What a process may still ask of the kernel, by libseccomp: whatever is not named here is refused."""

from __future__ import annotations

import ctypes
import errno

LIBRARY = "libseccomp.so.2"

ALLOWED = (
    # What it has: one pipe, memory, and the end.
    "read", "readv", "write", "writev", "close", "lseek",
    "brk", "madvise", "mremap", "munmap", "exit", "exit_group",
    # Threads of its own.
    "futex", "get_robust_list", "gettid", "membarrier", "rseq", "sched_yield", "set_robust_list",
    # Signals that the kernel sends it.
    "restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    # Questions about itself, the clock and chance.
    "clock_getres", "clock_gettime", "clock_nanosleep", "getcpu", "getpid", "getrandom", "getrlimit",
    "getrusage", "gettimeofday", "nanosleep", "sched_getaffinity", "sysinfo", "time", "times",
)  # fmt: skip

ALLOW = 0x7FFF0000
REFUSE = 0x00050000  # with an error of the lower bits
MASKED = 7  # libseccomp's name for: the argument under the first mask is the second
PROT_EXEC = 0x4
CLONE_VM, CLONE_THREAD = 0x100, 0x10000
PR_GET_SECCOMP, PR_SET_NAME = 21, 15
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
WHOLE = 2**64 - 1


class Compare(ctypes.Structure):
    """libseccomp's ``scmp_arg_cmp``."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


CONDITIONS = {
    "mmap": (Compare(2, MASKED, PROT_EXEC, 0),),  # no memory that could be run
    "mprotect": (Compare(2, MASKED, PROT_EXEC, 0),),
    "clone": (Compare(0, MASKED, CLONE_VM | CLONE_THREAD, CLONE_VM | CLONE_THREAD),),  # a thread, no process
    "prlimit64": (Compare(0, MASKED, WHOLE, 0), Compare(2, MASKED, WHOLE, 0)),  # ask about its own, set none
    "prctl": (Compare(0, MASKED, WHOLE, PR_SET_NAME),),
}


class SeccompError(OSError):
    """The kernel did not take the filter although it has seccomp."""


def missing() -> str:
    """Return why no filter can be had here, or nothing where one can."""
    if _library() is None:
        return f"{LIBRARY} is not installed"
    # Without a filter the kernel that has seccomp finds its address wrong, any other the question.
    ctypes.set_errno(0)
    _libc().prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, None, 0, 0)
    return "" if ctypes.get_errno() == errno.EFAULT else "the kernel has no seccomp"


def enter() -> None:
    """Refuse this process and its threads every other call, for good. Raises SeccompError."""
    library = _library()
    if library is None:
        raise SeccompError(f"{LIBRARY} is not installed.")
    made = library.seccomp_init(REFUSE | errno.EPERM)
    if not made:
        raise SeccompError("seccomp_init failed.")
    try:
        for name in ALLOWED:
            _rule(library, made, ALLOW, name)
        for name, conditions in CONDITIONS.items():
            _rule(library, made, ALLOW, name, *conditions)
        # Its flags lie where a filter cannot look; told that there is none, the C library takes `clone`.
        _rule(library, made, REFUSE | errno.ENOSYS, "clone3")
        _held(library.seccomp_load(made), "seccomp_load")
    finally:
        library.seccomp_release(made)


def _rule(library: ctypes.CDLL, made: int, act: int, name: str, *conditions: Compare) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number < 0:
        return  # a call that this architecture does not have
    compared = (Compare * len(conditions))(*conditions)
    _held(library.seccomp_rule_add_array(made, act, number, len(conditions), compared), name)


def _held(status: int, what: str) -> None:
    if status < 0:
        raise SeccompError(-status, f"{what} failed")


def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    context = ctypes.c_void_p
    library.seccomp_init.argtypes, library.seccomp_init.restype = (ctypes.c_uint32,), context
    library.seccomp_release.argtypes, library.seccomp_release.restype = (context,), None
    library.seccomp_load.argtypes = (context,)
    library.seccomp_syscall_resolve_name.argtypes = (ctypes.c_char_p,)
    library.seccomp_rule_add_array.argtypes = (
        context,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(Compare),
    )
    return library


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
