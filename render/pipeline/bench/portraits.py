"""The engine's own work: every stage, twenty proofs, one full portrait in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from render.pipeline import identity_file
from render.pipeline.contract import Code, Identity
from render.pipeline.develop import full, proof
from render.pipeline.errors import NotYourLikeness
from render.pipeline.faces.mediapipe import shared
from render.pipeline.pool import Pool
from render.pipeline.recipe import Recipe, find, load_catalogue
from render.pipeline.scene import seat, set_up
from render.pipeline.stages.analyze import analyze
from render.pipeline.stages.decode import decode
from render.pipeline.stages.encode import encode
from render.pipeline.stages.gate import gate

from .cost import Cost, cpu_of, measure
from .originals import original

PROOFS = 20
STYLE = "rembrandt"
CHILD = "--full-of"


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


def twenty_proofs(stored: bytes, of: str = "a stored identity") -> tuple[list[Cost], int]:
    """Proofs of the first styles from one stored identity, a process on each core; how many passed.

    Two costs of one run: warm, from the identity's bytes to the last proof, and cold, from before
    the processes were started.
    """
    name = f"{PROOFS} proofs from {of}"
    began, cpu = time.perf_counter(), time.process_time()
    with Pool() as pool:
        pool.wait()
        warm, outcomes = measure(
            f"{name}, warm", lambda: list(pool.prove(stored, load_catalogue()[:PROOFS])), 1, pool.pids
        )
        wall = time.perf_counter() - began
        spent = time.process_time() - cpu + sum(map(cpu_of, pool.pids))
    if unexpected := [
        one.error for one in outcomes if one.error and not isinstance(one.error, NotYourLikeness)
    ]:
        raise unexpected[0]
    passed = sum(outcome.proved is not None for outcome in outcomes)
    return [warm, Cost(f"{name}, cold", wall, spent, warm.peak)], passed


def phone_proofs(selfie: bytes) -> tuple[list[Cost], list[int]]:
    """A phone's original of ``selfie`` to its identity, and that to twenty proofs, warm: as soft as most are,
    and with detail in every pixel; how many proofs of each passed."""
    costs, passed = [], []
    for sharp in (False, True):
        data = original(selfie, sharp=sharp)
        name = f"a {'sharp ' if sharp else ''}phone's original"
        cost, found = measure(f"{name} to its identity", partial(_identity, data))
        (warm, _), count = twenty_proofs(identity_file.dump(found), name)
        costs += [cost, warm]
        passed.append(count)
    return costs, passed


def _identity(selfie: bytes) -> Identity:
    return analyze(decode(selfie), shared())


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


def _passes(judge: Callable[[], object]) -> bool:
    try:
        judge()
    except NotYourLikeness:
        return False
    return True
