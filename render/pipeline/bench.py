"""``python -m render.pipeline.bench``: how long each stage takes and how much memory it holds.

Prints a table and writes it to docs/benchmarks.md. Every number is measured in this run, on this machine.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from . import identity_file
from .contract import CANVASES, Code
from .develop import cores, full, proof
from .errors import NotYourLikeness
from .faces.mediapipe import shared
from .pool import Pool
from .recipe import Recipe, find, load_catalogue
from .scene import seat, set_up
from .stages.analyze import analyze
from .stages.decode import decode
from .stages.encode import encode
from .stages.gate import gate

RUNS = 3
PROOFS = 20
STYLE = "rembrandt"
BLUR_PX = 4.0
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
CHILD = "--full-of"


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
        wall, cpu = time.perf_counter(), time.process_time() + sum(map(_cpu, others))
        result = work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() + sum(map(_cpu, others)) - cpu)
        peaks.append(sum(_status("VmHWM", pid) for pid in pids))
    return Cost(name, statistics.median(walls), statistics.median(cpus), max(peaks)), result


def stages(selfie: bytes, recipe: Recipe) -> tuple[list[Cost], bytes, Code]:
    """The cost of every stage in order; the stored identity and the proof."""
    shared()
    costs = []

    def step(name: str, work: Callable[[], Any]) -> Any:
        cost, result = measure(name, work)
        costs.append(cost)
        return result

    photograph = step("decode", lambda: decode(selfie))
    stored = identity_file.dump(step("analyze", lambda: analyze(photograph, shared())))
    sitter = step("load, shape and light", lambda: seat(identity_file.load(stored)))
    scene = step("place, relight, backdrop", lambda: set_up(sitter, recipe, 1))
    approved = step("proof", lambda: proof(scene))
    step("gate", lambda: _passes(lambda: gate(scene, approved, shared())))
    code = step("full size", lambda: full(scene, approved))
    step("encode JPEG", lambda: encode(code, format="jpeg"))
    return costs, stored, approved


def twenty_proofs(stored: bytes) -> tuple[list[Cost], int]:
    """Proofs of the first styles from one stored identity, a process on each core; how many passed.

    Two costs of one run: warm, from the identity's bytes to the last proof, and cold, from before
    the processes were started.
    """
    name = f"{PROOFS} proofs from a stored identity"
    began, cpu = time.perf_counter(), time.process_time()
    with Pool() as pool:
        pool.wait()
        warm, outcomes = measure(
            f"{name}, warm", lambda: list(pool.prove(stored, load_catalogue()[:PROOFS])), 1, pool.pids
        )
        wall = time.perf_counter() - began
        spent = time.process_time() - cpu + sum(map(_cpu, pool.pids))
    if unexpected := [
        one.error for one in outcomes if one.error and not isinstance(one.error, NotYourLikeness)
    ]:
        raise unexpected[0]
    passed = sum(outcome.proved is not None for outcome in outcomes)
    return [warm, Cost(f"{name}, cold", wall, spent, warm.peak)], passed


def full_in_its_own_process(stored: bytes) -> Cost:
    """From the stored identity to the JPEG in a new process: its whole memory, libraries included."""
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        file.write(stored)
        file.flush()
        command = [sys.executable, "-m", "render.pipeline.bench", CHILD, file.name]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return Cost(**json.loads(answer.stdout))


def child(path: Path) -> None:
    """One full portrait with its encoding; the cost as JSON."""
    scene = set_up(seat(identity_file.load(path.read_bytes())), find(STYLE), 1)
    approved = proof(scene)
    cost, _ = measure(
        "one full portrait with its JPEG", lambda: encode(full(scene, approved), format="jpeg"), 1
    )
    print(json.dumps(vars(cost)))


def yardstick(approved: Code, enlargement: int) -> Cost | None:
    """The same size through libvips: bicubic enlargement, a Gaussian blur, the same JPEG."""
    try:
        import pyvips
    except (ImportError, OSError):
        return None

    def work() -> bytes:
        height, width = approved.shape[:2]
        small = pyvips.Image.new_from_memory(approved.tobytes(), width, height, 3, "uchar")
        large = small.resize(enlargement, kernel="cubic").gaussblur(BLUR_PX)
        return bytes(large.jpegsave_buffer(Q=95, subsample_mode="off"))

    return measure("libvips: enlarge, blur, JPEG", work)[0]


def main() -> None:
    if sys.argv[1:2] == [CHILD]:
        child(Path(sys.argv[2]))
        return
    costs, stored, approved = stages(_selfie(), find(STYLE))
    proofs, passed = twenty_proofs(stored)
    alone = full_in_its_own_process(stored)
    vips = yardstick(approved, CANVASES["4:5"].enlargement)
    page = _page(costs, [*proofs, alone], passed, vips)
    print(page)
    PAGE.write_text(page)


HOW = f"""\
## How

- Stages: medians of {RUNS} runs in one process, the models loaded before. The style is `{STYLE}`: a proof
  of 1024 x 1280, a full of 6144 x 7680.
- CPU time is that of all threads. Where wall time is above it, other programs held the cores. The first
  run of a new installation also compiles the loops, once.
- Peak memory is the kernel's high-water mark of resident memory (`VmHWM`, reset before each stage): it
  holds the interpreter, every library and what earlier stages left.
- {PROOFS} proofs: a process on each core, none of which uses more threads for numbers. Each loads the
  identity and finds shape and light once; the styles are then dealt out: place, relight, backdrop, proof
  and gate. Warm leaves out what a worker does once in its life: to start, to load the libraries and the
  landmark model. Cold begins before the processes are started, and is the same run. The memory is the sum
  of the processes' peaks, this one's with what the stages before left in it.
- The full portrait of the second table runs in a process of its own, proof given, JPEG (quality 95,
  4:4:4) included; its memory is all that a worker needs.
- libvips enlarges the same proof to the same size (`resize`, cubic), blurs it (`gaussblur`, {BLUR_PX:g}
  px) and writes the same kind of JPEG: the least that any full-size picture costs.
"""


def _page(costs: list[Cost], jobs: list[Cost], passed: int, vips: Cost | None) -> str:
    said = [f"{passed} of the {PROOFS} proofs passed their gate.", _ratio(jobs[-1], vips)]
    jobs = jobs if vips is None else [*jobs, vips]
    intro = f"Written by `make bench`. Every number is from one run on one machine: {_machine()}. {_load()}"
    return "\n".join(
        ["# Benchmarks\n", intro + "\n", _table("stage", costs), _table("job", jobs), *said, "", HOW]
    )


def _table(first: str, costs: list[Cost]) -> str:
    head = f"| {first} | wall, s | CPU, s | peak memory, MB |\n| --- | ---: | ---: | ---: |\n"
    return head + "\n".join(cost.row() for cost in costs) + "\n"


def _ratio(alone: Cost, vips: Cost | None) -> str:
    if vips is None:
        return "libvips is not installed here (the development lock has it), so nothing stands beside it."
    return (
        f"The full portrait takes {alone.wall / vips.wall:.1f} times libvips's wall time and "
        f"{alone.cpu / vips.cpu:.1f} times its CPU time."
    )


def _load() -> str:
    """How busy the machine was: wall times of a shared one say little."""
    load = os.getloadavg()[1]
    return f"Its load average at the end was {load:.1f}; what lies above {cores()} was other programs."


def _machine() -> str:
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "a processor of unknown name",
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    return f"{cores()} cores of {model}, {memory:.0f} GB of memory, Python {sys.version.split()[0]}"


def _selfie() -> bytes:
    """A test face, or the astronaut that comes with scikit-image."""
    folder = os.environ.get("PORTRAITOS_TEST_FACES")
    faces = sorted(Path(folder).glob("*.jpg")) if folder else []
    if faces:
        return faces[0].read_bytes()
    from skimage import data

    file = io.BytesIO()
    Image.fromarray(np.asarray(data.astronaut(), np.uint8)).save(file, "JPEG", quality=95)
    return file.getvalue()


def _passes(judge: Callable[[], object]) -> bool:
    try:
        judge()
    except NotYourLikeness:
        return False
    return True


def _cpu(pid: int) -> float:
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


if __name__ == "__main__":
    main()
