"""From a scene to pixels: one picture at two sizes, the same bytes however the work is cut."""

from __future__ import annotations

import dataclasses
import io
from functools import cache

import cv2
import numpy as np
import pytest
from PIL import Image

from render.pipeline import cores as threads
from render.pipeline import develop
from render.pipeline.contract import Canvas, Code, Float, Window
from render.pipeline.recipe import find
from render.pipeline.scene import Scene, seat, set_up
from render.pipeline.stages.compose import compose
from render.pipeline.stages.detail import detail, texture
from render.pipeline.stages.encode import encode

from .selfies import ASTRONAUT, identity, sitter

pytestmark = pytest.mark.slow

SHRINK = 4


@cache
def small(style: str, *, phone: bool = False, soft: bool = False) -> Scene:
    """``style`` around the astronaut on a quarter of its canvas; ``phone``: with the perspective undone;
    ``soft``: from a photograph a little out of focus."""
    person = sitter(ASTRONAUT)
    if soft:
        blurred = cv2.GaussianBlur(identity(ASTRONAUT).pixels, (0, 0), 0.8)
        person = seat(dataclasses.replace(identity(ASTRONAUT), pixels=blurred))
    if phone:
        near = dataclasses.replace(identity(ASTRONAUT).capture, focal_length_35mm=26.0)
        person = seat(dataclasses.replace(identity(ASTRONAUT), capture=near))
    scene = set_up(person, find(style), 1)
    place = scene.placement
    canvas = place.canvas
    canvas = Canvas(canvas.aspect, canvas.width // SHRINK, canvas.height // SHRINK, canvas.enlargement)
    backdrop = cv2.resize(scene.backdrop, (canvas.width, canvas.height), interpolation=cv2.INTER_AREA)
    placement = dataclasses.replace(place, canvas=canvas, zoom=place.zoom * SHRINK)
    assert (placement.shift is not None) == phone
    return dataclasses.replace(scene, placement=placement, backdrop=backdrop)


def averaged(code: Code, enlargement: int) -> Float:
    rows, width = code.shape[0] // enlargement, code.shape[1] // enlargement
    blocks = code.reshape(rows, enlargement, width, enlargement, 3)
    return blocks.mean(axis=(1, 3), dtype=np.float32)


def delivered(code: Code) -> Code:
    """What the sitter gets: the JPEG, opened again."""
    return np.asarray(Image.open(io.BytesIO(encode(code, format="jpeg"))))


@pytest.mark.parametrize(("style", "phone"), [("rembrandt", False), ("pictorialist", True)])
def test_strips_are_cut_from_the_whole(style: str, phone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = small(style, phone=phone)
    approved = develop.proof(scene)
    pictures = []
    for rows in (30, 210, 100_000 // 6 * 6):
        monkeypatch.setattr(develop, "STRIP", rows)
        pictures.append(develop.full(scene, approved))
    assert np.array_equal(pictures[0], pictures[2])
    assert np.array_equal(pictures[1], pictures[2])


def test_one_core_and_two_make_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = []
    before = cv2.getNumThreads()
    for cores in (1, 2):
        monkeypatch.setattr(threads, "cores", lambda cores=cores: cores)
        cv2.setNumThreads(cores)
        scene = small("hollywood")
        approved = develop.proof(scene)
        pictures.append((approved, develop.full(scene, approved)))
    cv2.setNumThreads(before)
    assert np.array_equal(pictures[0][0], pictures[1][0])
    assert np.array_equal(pictures[0][1], pictures[1][1])


@pytest.mark.parametrize("style", ["rembrandt", "pictorialist", "mono_classic"])
def test_the_delivered_portrait_is_the_approved_one(style: str) -> None:
    scene = small(style)
    approved = develop.proof(scene)
    away = np.abs(averaged(delivered(develop.full(scene, approved)), 6) - approved)
    assert away.mean() <= 0.5
    assert np.percentile(away, 99.9) <= 4


def test_a_soft_photographs_proof_is_printed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its delivered portrait is the approved one all the same; a sharp one's is not."""
    soft, sharp = small("executive", soft=True), small("executive")
    assert sharp.source_sigma() < develop.SOFT < soft.source_sigma()
    assert min(soft.placement.zoom, sharp.placement.zoom) > develop.DENSE
    monkeypatch.setattr(develop, "SOFT", 0.0)  # both are printed once
    away = {}
    for scene in (soft, sharp):
        approved = develop.proof(scene)
        difference = np.abs(averaged(delivered(develop.full(scene, approved)), 6) - approved)
        away[scene is soft] = np.percentile(difference, 99.9)
    assert away[True] <= 4 < away[False]


def test_another_styles_proof_is_another_picture() -> None:
    scene = small("rembrandt")
    code = delivered(develop.full(scene, develop.proof(scene)))
    away = np.abs(averaged(code, 6) - develop.proof(small("vermeer")))
    assert away.mean() > 5
    assert np.percentile(away, 99.9) > 40


def test_progress_ends_at_one_and_never_falls() -> None:
    scene, told = small("corporate"), [0.0]
    develop.full(scene, develop.proof(scene), told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_texture_keeps_color_and_mean_and_the_backdrop_smooth() -> None:
    scene = small("rembrandt")
    grid = Window.whole(scene.placement.canvas)
    found = texture(scene, compose(scene, grid))
    window = Window.whole(scene.placement.canvas, 6)
    flat = np.full((*window.shape, 3), (0.4, 0.3, 0.2), np.float32)
    rough = detail(flat.copy(), window, found, 1)
    assert np.allclose(rough / rough[..., :1], flat / flat[..., :1], rtol=1e-5)
    assert rough.mean() == pytest.approx(flat.mean(), rel=1e-3)
    assert 0.001 < (rough[..., 0] / 0.4 - 1).std() < 0.1
    empty = scene.placement.look(scene.sitter.identity.matte, grid) < 0.01
    assert not found.surface[cv2.erode(empty.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0].any()
    assert not found.strands[:, empty].any()


def test_a_proof_gets_no_invented_texture() -> None:
    scene = small("rembrandt")
    grid = Window.whole(scene.placement.canvas)
    picture = compose(scene, grid)
    assert np.array_equal(detail(picture.copy(), grid, texture(scene, picture), 1), picture)
