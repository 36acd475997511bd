"""The same selfie, style and seed give the same bytes, on one core or two, in any process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from render.pipeline import run
from render.pipeline.contract import CANVASES
from render.pipeline.develop import proof
from render.pipeline.faces.mediapipe import shared
from render.pipeline.identity_file import dump
from render.pipeline.recipe import find
from render.pipeline.scene import set_up

from . import selfies
from .files import save
from .selfies import CLOSE

ONE_PORTRAIT = """
import hashlib, json, os, sys
os.sched_setaffinity(0, json.loads(sys.argv[2]))
from render.pipeline import contract, run
contract.CANVASES["4:5"] = contract.Canvas("4:5", 512, 640, 3)
from render.pipeline.faces.mediapipe import shared
from render.pipeline.identity_file import dump
from render.pipeline.recipe import find
from render.pipeline.stages.encode import encode, encode_proof
identity = run.identify(open(sys.argv[1], "rb").read(), shared())
proof = run.prove(run.sit(identity), find("rembrandt"), shared(), seed=5)
code = run.enlarge(proof)
full = encode(code, format="jpeg")
digest = lambda data: hashlib.sha256(data).hexdigest()
print(json.dumps({
    "identity": digest(dump(identity)),
    "proof": digest(encode_proof(proof.code)),
    "report": digest(json.dumps(proof.report(code), sort_keys=True).encode()),
    "full": digest(full),
}))
"""

CORES = sorted(os.sched_getaffinity(0))


def portrait(selfie: Path, cores: list[int]) -> dict[str, str]:
    """Digests of one portrait made by a process of its own on ``cores``."""
    done = subprocess.run(
        [sys.executable, "-c", ONE_PORTRAIT, str(selfie), json.dumps(cores)],
        check=True,
        capture_output=True,
        text=True,
        timeout=400,
    )
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.skipif(len(CORES) < 2, reason="this machine has one core")
def test_one_core_or_two_give_the_same_bytes(tmp_path: Path) -> None:
    selfie = tmp_path / "selfie.png"
    selfie.write_bytes(save(selfies.picture(CLOSE), "PNG"))
    assert portrait(selfie, CORES[:1]) == portrait(selfie, CORES[:2])


def test_sums_are_not_cut_by_the_number_of_cores() -> None:
    """On any machine, also one whose BLAS would happen to round the same."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert len(pools) >= 2  # numpy's and scipy's
    assert {pool["num_threads"] for pool in pools} == {1}
    with threadpool_limits(limits=2, user_api="blas"):  # the negative control
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} != {1}


def test_a_selfie_gives_the_same_identity_again() -> None:
    again = run.identify(save(selfies.picture(CLOSE), "PNG"), shared())
    assert dump(again) == dump(selfies.identity(CLOSE))


@pytest.fixture
def _small_canvases(monkeypatch: pytest.MonkeyPatch) -> None:
    for aspect, canvas in list(CANVASES.items()):
        small = replace(canvas, width=canvas.width // 4, height=canvas.height // 4)
        monkeypatch.setitem(CANVASES, aspect, small)


@pytest.mark.usefixtures("_small_canvases")
def test_the_order_of_the_styles_does_not_matter() -> None:
    """What one style leaves behind in caches changes nothing of the next."""
    sitter = selfies.sitter(CLOSE)
    first = proof(set_up(sitter, find("rembrandt"), 1))
    proof(set_up(sitter, find("noir"), 9))
    assert np.array_equal(proof(set_up(sitter, find("rembrandt"), 1)), first)


@pytest.mark.usefixtures("_small_canvases")
@pytest.mark.parametrize("style", ["rembrandt", "neon"])
def test_another_seed_is_another_backdrop_and_the_same_sitter(style: str) -> None:
    sitter = selfies.sitter(CLOSE)
    one, same, other = (set_up(sitter, find(style), seed) for seed in (1, 1, 2))
    assert np.array_equal(one.backdrop, same.backdrop)
    assert np.abs(one.backdrop - other.backdrop).max() > 0.01
    assert one.placement.origin == other.placement.origin
    assert one.placement.zoom == other.placement.zoom
