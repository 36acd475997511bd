"""The same reader on a kernel that has no seccomp, as far as the server of children can tell."""

from render.pipeline.sandbox import seccomp
from tests.pipeline.hostile import answer

__all__ = ["answer", "rehearse"]


def rehearse() -> None:
    seccomp.missing = lambda: "the kernel has no seccomp"
