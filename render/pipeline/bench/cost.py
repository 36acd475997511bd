"""Time and memory of a piece of work: medians of several runs, other processes counted in."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUNS = 3
RUNS_OF_A_RATIO = 9
"""Of short work that another is compared with."""


@dataclass(frozen=True)
class Cost:
    """Medians of several runs, seconds; the highest resident memory in them, MB."""

    name: str
    wall: float
    cpu: float
    peak: float

    def row(self) -> str:
        return f"| {self.name} | {self.wall:.2f} | {self.cpu:.2f} | {self.peak:.0f} |"


def measure(
    name: str, work: Callable[[], Any], runs: int = RUNS, others: Sequence[int] = ()
) -> tuple[Cost, Any]:
    """Do ``work`` several times; its cost, with that of the processes ``others``, and its last result."""
    walls, cpus, peaks = [], [], []
    pids = (os.getpid(), *others)
    for _ in range(runs):
        for pid in pids:
            _forget_peak(pid)
        wall, cpu = time.perf_counter(), time.process_time() + sum(map(cpu_of, others))
        result = work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() + sum(map(cpu_of, others)) - cpu)
        peaks.append(sum(_status("VmHWM", pid) for pid in pids))
    return Cost(name, statistics.median(walls), statistics.median(cpus), max(peaks)), result


def cpu_of(pid: int) -> float:
    """CPU seconds of another process (man 5 proc, /proc/pid/stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _forget_peak(pid: int) -> None:
    """Let the kernel's high-water mark of resident memory begin anew (man 5 proc, clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _status(field: str, pid: int) -> float:
    """A size from a process's status, MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024
