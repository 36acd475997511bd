"""How this project compiles a loop over pixels: once, kept on disk, off the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(loop: Callable[P, R]) -> Callable[P, R]:
    """Compile ``loop`` with numba.

    Every operation stays the IEEE one in the order it is written (no ``fastmath``), so the same
    arrays give the same bytes on any number of cores; dividing by zero gives infinity instead of
    a test in every pixel; threads run side by side.
    """
    function: Callable[P, R] = numba.njit(cache=True, nogil=True, error_model="numpy")(loop)
    return function
