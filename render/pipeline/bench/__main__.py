"""``python -m render.pipeline.bench``: how long each stage takes and how much memory it holds.

Prints a table and writes it to docs/benchmarks.md. Every number is measured in this run, on this machine.
"""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from render.pipeline.contract import CANVASES
from render.pipeline.cores import cores
from render.pipeline.recipe import find

from .cost import RUNS, RUNS_OF_A_RATIO, Cost
from .lens import LIMIT_RATIO, LIMIT_S, PRESET, LensCost, lens_cost
from .originals import FOCAL_LENGTH_35MM, MEGAPIXELS
from .portraits import (
    CHILD,
    PROOFS,
    STYLE,
    child,
    full_in_its_own_process,
    phone_proofs,
    stages,
    twenty_proofs,
)
from .yardsticks import BLUR_PX, LENS_PX, enlarged_jpeg

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks.md"
PROOFS_S, FULL_S, FULL_MB = 15.0, 8.0, 1500.0


@dataclass(frozen=True)
class Goal:
    """A limit and what was measured, in ``unit``."""

    name: str
    limit: float
    measured: float
    unit: str

    @property
    def met(self) -> bool:
        return self.measured <= self.limit

    def row(self) -> str:
        met = "yes" if self.met else "**no**"
        return f"| {self.name} | {self.limit:g} {self.unit} | {self.measured:.2f} {self.unit} | {met} |"


def main() -> int:
    if sys.argv[1:2] == [CHILD]:
        child(Path(sys.argv[2]))
        return 0
    selfie = _selfie()
    costs, stored, approved = stages(selfie, find(STYLE))
    proofs, passed = twenty_proofs(stored)
    phone, of_phones = phone_proofs(selfie)
    alone = full_in_its_own_process(stored)
    optics = lens_cost(approved)
    vips = enlarged_jpeg(approved, CANVASES["4:5"].enlargement)
    yardsticks = (vips, optics.vips, optics.vips_linear)
    jobs = [*proofs, *phone, alone, optics.stage, optics.delivered, *(one for one in yardsticks if one)]
    goals = _goals([proofs[0], phone[1]], alone, optics)
    gates = f"{passed} of the {PROOFS} proofs passed their gate"
    phones = f"{of_phones[0]} and {of_phones[1]} of those from a phone's original and a sharp one"
    said = [f"{gates}, {phones}.", _ratio(alone, vips)]
    page = _page(costs, jobs, goals, said)
    print(page)
    PAGE.write_text(page)
    return 0 if all(goal.met for goal in goals) else 1


def _goals(proofs: list[Cost], alone: Cost, optics: LensCost) -> list[Goal]:
    goals = [
        *(Goal(twenty.name, PROOFS_S, twenty.wall, "s") for twenty in proofs),
        Goal(alone.name, FULL_S, alone.wall, "s"),
        Goal(f"{alone.name}, memory", FULL_MB, alone.peak, "MB"),
        Goal(optics.stage.name, LIMIT_S, optics.stage.wall, "s"),
    ]
    if optics.ratio is not None:
        goals.append(Goal(f"{optics.delivered.name}, over libvips", LIMIT_RATIO, optics.ratio, "times"))
    return goals


HOW = f"""\
## How

- Stages: medians of {RUNS} runs in one process, the models loaded before; {RUNS_OF_A_RATIO} where libvips
  stands beside. The style is `{STYLE}`: a proof of 1024 x 1280, a full of 6144 x 7680.
- CPU time is that of all threads. Where wall time is above it, other programs held the cores. The first
  run of a new installation also compiles the loops, once.
- Peak memory is the kernel's high-water mark of resident memory (`VmHWM`, reset before each stage): it
  holds the interpreter, every library and what earlier stages left.
- {PROOFS} proofs: a process on each core, none of which uses more threads for numbers. Each loads the
  identity and finds shape and light once; the styles are then dealt out: place, relight, backdrop, proof
  and gate. Warm leaves out what a worker does once in its life: to start, to load the libraries and the
  landmark model. Cold begins before the processes are started, and is the same run. The memory is the sum
  of the processes' peaks, this one's with what the stages before left in it.
- A phone's original: the same selfie enlarged to {MEGAPIXELS} megapixels, soft as that makes it and as most
  phones' pictures are, with {FOCAL_LENGTH_35MM} mm in EXIF, so that its perspective is undone. Sharp: every
  edge made a pixel or two wide, so that none of it can be spared (`analyze.resolved`); no goal is set for it.
- The full portrait of the second table runs in a process of its own, proof given, JPEG (quality 95,
  4:4:4) included; its memory is all that a worker needs.
- libvips enlarges the same proof to the same size (`resize`, cubic), blurs it (`gaussblur`, {BLUR_PX:g}
  px) and writes the same kind of JPEG: the least that any full-size picture costs.
- The lens (`{PRESET}`) acts at full size, on every core, in strips: once from linear light to linear
  light, once from 8 bits to a JPEG. Beside the latter libvips blurs the same picture (`gaussblur`,
  {LENS_PX:g} px, the widest Gaussian of the fit) and writes the same kind of JPEG: in 8-bit integers, its
  fastest way, which is the goal's measure, and in floats and linear light, which is what a lens needs.
"""


def _page(costs: list[Cost], jobs: list[Cost], goals: list[Goal], said: list[str]) -> str:
    intro = f"Written by `make bench`. Every number is from one run on one machine: {_machine()}. {_load()}"
    head = "| goal | limit | measured | met |\n| --- | ---: | ---: | --- |\n"
    kept = head + "\n".join(goal.row() for goal in goals) + "\n"
    return "\n".join(
        ["# Benchmarks\n", intro + "\n", kept, _table("stage", costs), _table("job", jobs), *said, "", HOW]
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


if __name__ == "__main__":
    raise SystemExit(main())
