"""What the C library's allocator does with the memory of finished strips: it keeps it.

By default every array above a threshold is mapped from the kernel and given back, page by page, to be
cleared again for the next strip: a quarter of the time that a full portrait takes. GNU C Library manual,
"Malloc Tunable Parameters".
"""

from __future__ import annotations

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENAS = -1, -3, -8
"""mallopt's numbers for how much unused memory is kept at the end of the heap, for the size from which an
array has a mapping of its own, and for the number of heaps: those of threads are always given back."""

KEPT, MAPPED = 512 << 20, 32 << 20
"""Bytes: more than a strip's arrays take; the largest threshold that is allowed."""


def keep_memory() -> bool:
    """Tell this process's allocator; False where the C library is another one."""
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(tell and tell(MMAP_THRESHOLD, MAPPED) and tell(TRIM_THRESHOLD, KEPT) and tell(ARENAS, 1))
