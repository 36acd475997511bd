"""Memory of finished strips is kept: the kernel need not clear it again."""

from __future__ import annotations

import subprocess
import sys

STRIPS = """
import resource
import numpy as np
{first}
def strip():
    for layer in [np.full((240, 6144, 3), 1, np.float32) for _ in range(6)]:
        del layer
strip()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    strip()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(first: str) -> int:
    """Pages that the kernel had to find for twenty strips after the first."""
    done = subprocess.run(
        [sys.executable, "-c", STRIPS.format(first=first)], check=True, capture_output=True, text=True
    )
    return int(done.stdout)


def test_the_next_strip_finds_the_memory_of_the_last() -> None:
    kept = faults("import render.pipeline")
    assert kept < 100
    assert faults("") > 5 * max(kept, 20)  # the negative control: the allocator left alone
