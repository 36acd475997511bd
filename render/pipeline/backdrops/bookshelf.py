"""A wall of books: boards, uprights, and books one by one, in meters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.pipeline.contract import Float

from .layers import paint_rect
from .scene import Scene, pool, rgb

SHELF_M = 0.33
BAY_M = 0.86
BOARD_M = 0.024

BINDINGS = np.array(
    [
        [0.16, 0.075, 0.035],  # calf
        [0.10, 0.045, 0.022],
        [0.24, 0.14, 0.07],
        [0.13, 0.022, 0.018],  # oxblood
        [0.025, 0.04, 0.075],  # navy
        [0.03, 0.055, 0.035],  # bottle green
        [0.42, 0.36, 0.26],  # vellum
        [0.50, 0.47, 0.41],  # paper
        [0.035, 0.033, 0.033],
        [0.20, 0.19, 0.17],
    ],
    np.float32,
)
WEIGHTS = np.array([0.2, 0.16, 0.11, 0.11, 0.09, 0.09, 0.08, 0.05, 0.06, 0.05])


@dataclass(frozen=True)
class Shelf:
    """One shelf of one bay, short sides: floor of the books, left and right, short sides per meter."""

    left: float
    right: float
    floor: float
    scale: float


def bookshelf(scene: Scene) -> Float:
    """Bookshelf: wood of ``color``, bindings drawn toward ``accent``, a pool of ``light`` at ``center``.

    ``texture`` is how far the bindings differ; ``falloff`` the pool's; ``distance_m``
    sets size and blur alike.
    """
    spec = scene.spec
    scale = scene.scale(spec.distance_m)
    back = 0.35 * rgb(spec.color)
    image = np.empty((scene.height, scene.width, 3), np.float32)
    image[:] = back
    rng = scene.rng("shelves")
    start_x, start_y = -1.4 - rng.uniform(0, BAY_M) * scale, -1.4 - rng.uniform(0, SHELF_M) * scale
    bays = range(int(2.8 / (BAY_M * scale)) + 2)
    rows = range(int(2.8 / (SHELF_M * scale)) + 2)
    for row in rows:
        floor = start_y + (row + 1) * SHELF_M * scale
        for bay in bays:
            left = start_x + bay * BAY_M * scale
            shelf = Shelf(left + BOARD_M * scale, left + BAY_M * scale, floor, scale)
            _fill(scene, image, shelf, np.random.default_rng([scene.seed, row, bay]))
        _board(scene, image, floor)
    for bay in bays:
        left = start_x + bay * BAY_M * scale
        paint_rect(scene, image, (left, -2, left + BOARD_M * scale, 2), 0.8 * rgb(spec.color))
    grain = 1 + 0.08 * spec.texture * scene.noise("grain", (30, 90))
    return scene.blur(image * grain[..., None]) * (rgb(spec.light) * pool(scene)[..., None])


def _board(scene: Scene, image: Float, floor: float) -> None:
    """A board's lit front edge and the shadow it throws on the books below."""
    wood = rgb(scene.spec.color)
    thick = BOARD_M * scene.scale(scene.spec.distance_m)
    for k in range(5):
        paint_rect(
            scene,
            image,
            (-2, floor + thick * (1 + k), 2, floor + thick * (2 + k)),
            0.12 * wood,
            0.75 - 0.14 * k,
        )
    paint_rect(scene, image, (-2, floor, 2, floor + thick), wood)
    paint_rect(scene, image, (-2, floor, 2, floor + 0.25 * thick), 1.4 * wood)


def _fill(scene: Scene, image: Float, shelf: Shelf, rng: np.random.Generator) -> None:
    """Books in runs: sets of one binding, odd ones between, a gap, a lying pile."""
    at, scale = shelf.left, shelf.scale
    if shelf.right < -scene.span[0] / 2 or at > scene.span[0] / 2:
        return
    if abs(shelf.floor) > scene.span[1] / 2 + SHELF_M * scale:
        return
    piled = False
    while at < shelf.right - 0.02 * scale:
        chance = rng.random()
        if chance < 0.05:
            at += rng.uniform(0.02, 0.09) * scale
        elif chance < 0.105 and not piled:
            piled = True
            at = _pile(scene, image, shelf, at, rng)
        else:
            run = int(rng.integers(3, 9)) if chance < 0.35 else 1
            at = _run(scene, image, shelf, at, run, rng)


def _run(scene: Scene, image: Float, shelf: Shelf, at: float, run: int, rng: np.random.Generator) -> float:
    color, wide, tall = _binding(scene, rng), rng.gamma(5, 0.006), rng.uniform(0.185, 0.28)
    bands = rng.choice([0, 0, 1, 2, 3])
    for _ in range(run):
        right = min(at + wide * shelf.scale * rng.uniform(0.94, 1.06), shelf.right)
        top = shelf.floor - tall * shelf.scale * rng.uniform(0.985, 1.0)
        _spine(scene, image, (at, top, right, shelf.floor), color * rng.uniform(0.85, 1.15), int(bands))
        at = right + 0.001 * shelf.scale
    return at


def _spine(
    scene: Scene, image: Float, box: tuple[float, float, float, float], color: Float, bands: int
) -> None:
    """A rounded back: brighter in its middle, dark in the joints, gilt bands across."""
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    paint_rect(scene, image, box, 0.45 * color)
    paint_rect(scene, image, (left + 0.12 * wide, top, right - 0.14 * wide, bottom), color)
    paint_rect(scene, image, (left + 0.3 * wide, top, left + 0.55 * wide, bottom), 1.25 * color)
    for k in range(bands):
        at = top + tall * (0.14 + 0.22 * k)
        gilt = np.array([0.42, 0.29, 0.11], np.float32)
        paint_rect(scene, image, (left + 0.1 * wide, at, right - 0.1 * wide, at + 0.02 * tall), gilt, 0.8)
    if bands == 1:
        label = color * 0.3 + np.float32(0.02)
        paint_rect(
            scene, image, (left + 0.1 * wide, top + 0.2 * tall, right - 0.1 * wide, top + 0.36 * tall), label
        )


def _pile(scene: Scene, image: Float, shelf: Shelf, at: float, rng: np.random.Generator) -> float:
    long, level = rng.uniform(0.18, 0.26) * shelf.scale, shelf.floor
    right = min(at + long, shelf.right)
    for _ in range(int(rng.integers(3, 7))):
        thick = rng.uniform(0.02, 0.045) * shelf.scale
        inset = rng.uniform(0, 0.12) * (right - at)
        paint_rect(scene, image, (at + inset, level - thick, right, level), _binding(scene, rng))
        level -= thick * 1.04
    return right + 0.01 * shelf.scale


def _binding(scene: Scene, rng: np.random.Generator) -> Float:
    """A leather or cloth, drawn toward the accent so that the wall holds together."""
    leather = BINDINGS[rng.choice(len(BINDINGS), p=WEIGHTS)]
    accent, vary = rgb(scene.spec.accent), scene.spec.texture
    keep = 0.35 + 0.65 * vary
    blend = np.exp(keep * np.log(leather) + (1 - keep) * np.log(np.maximum(accent, 1e-4)))
    return np.asarray(blend * rng.lognormal(0, 0.2), np.float32)
