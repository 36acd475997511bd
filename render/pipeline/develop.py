"""From a scene to pixels: the proof at once, the full portrait in strips on every core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from .color import srgb
from .contract import Canvas, Code, Float, Window
from .cores import on_all_cores
from .faces.topology import LEFT_EYE, RIGHT_EYE
from .scene import Scene
from .stages import reconcile
from .stages.compose import Placed, compose, placed
from .stages.detail import Texture, detail, texture
from .stages.grain import grain
from .stages.lens import Blur, Glass, glass, lens, margin
from .stages.tone import tone

STRIP = 240
"""Rows of the full portrait that one core holds at a time: about 90 MB."""

DENSE, SOFT = 0.9, 0.4
"""A proof is printed twice as large and averaged where more pixels of the photograph than this fall on one of
its own, along a side, and the photograph's blur is narrower than this sigma, proof pixels: decision 0043."""

EYE_ROOM = 0.25
"""IPD above and below the lids' corners that surely hold both irises."""

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Exposure:
    """What is read from the whole frame once, at proof size, and used by every strip."""

    on: Placed
    glass: Glass
    texture: Texture


def expose(scene: Scene) -> Exposure:
    """Compose the frame at proof size and read from it what the strips need."""
    on = placed(scene)
    composed = compose(scene, Window.whole(scene.placement.canvas), on)
    return Exposure(on, _glass(scene, composed, on), texture(scene, composed))


def proof(scene: Scene) -> Code:
    """The picture the customer approves, (h, w, 3) uint8."""
    return photograph(scene)[0]


def sharp(scene: Scene) -> Code:
    """The proof without lens and film, (h, w, 3) uint8: everything else stands where it does in `proof`."""
    recipe = scene.recipe
    plain = replace(
        recipe, lens=replace(recipe.lens, strength=0.0, veil=0.0), grain=replace(recipe.grain, amount=0.0)
    )
    return proof(replace(scene, recipe=plain))


def photograph(scene: Scene) -> tuple[Code, Glass]:
    """The proof, and the lens that it was taken through.

    Where detail of the photograph is finer than the proof's pixels, it is printed twice as large and
    averaged as a print: the eye approves encoded values, and so the full portrait is compared.
    """
    canvas, on = scene.placement.canvas, placed(scene)
    window = Window.whole(canvas)
    composed = compose(scene, window, on)
    fitted = _glass(scene, composed, on)
    larger = scene.placement.zoom > DENSE and scene.source_sigma() < SOFT
    if larger:
        window = Window.whole(canvas, 2)
        composed = compose(scene, window, on)
    encoded = srgb.encode(tone(lens(composed, window, fitted), scene.recipe.tone))
    if larger:
        encoded = cv2.resize(encoded, (canvas.width, canvas.height), interpolation=cv2.INTER_AREA)
    return to_code(grain(encoded, Window.whole(canvas), scene.recipe.grain, scene.seed)), fitted


def _glass(scene: Scene, composed: Float, on: Placed) -> Glass:
    """The style's lens before ``composed``, the whole frame at proof size."""
    canvas = scene.placement.canvas
    plain, eyes = composed.copy(), _eye_rows(scene)
    plain[eyes.top : eyes.bottom] = compose(scene, eyes, on, eyes=False)
    pixel = canvas.enlargement / scene.placement.zoom
    blur = Blur(scene.source_sigma(), scene.source_sigma(canvas.enlargement), pixel)
    return glass(composed, plain, scene.matte, scene.recipe.lens, blur, canvas)


def _eye_rows(scene: Scene) -> Window:
    """The rows of the proof that hold the eyes, and with them every catchlight."""
    canvas, marks = scene.placement.canvas, scene.sitter.identity.landmarks
    y = scene.placement.to_canvas(marks.points[[*RIGHT_EYE, *LEFT_EYE], :2])[:, 1]
    above = EYE_ROOM * marks.ipd / scene.placement.zoom
    top, bottom = np.clip([np.floor(y.min() - above), np.ceil(y.max() + above)], 0, canvas.height).astype(int)
    return Window(canvas, 1, int(top), max(int(bottom), int(top) + 1))


def full(scene: Scene, approved: Code, progress: Progress = lambda share: None) -> Code:
    """The same picture at full size, (H, W, 3) uint8, averaging back to ``approved``.

    Parameters
    ----------
    scene : Scene
        The one that ``approved`` was made from.
    approved : (h, w, 3) uint8
    progress : callable
        Called with the share done, 0..1.

    Notes
    -----
    Holds one 16-bit and one 8-bit picture of full size and one strip per core.
    """
    canvas = scene.placement.canvas
    scale = canvas.enlargement
    exposure = expose(scene)
    height, width = canvas.height * scale, canvas.width * scale
    printed = np.empty((height, width, 3), np.uint16)
    averaged = np.empty((canvas.height, canvas.width, 3), np.float32)
    windows = list(strips(canvas))

    def first(window: Window) -> None:
        rows = printed[window.top : window.bottom]
        reconcile.keep(_strip(scene, window, exposure), rows)
        averaged[window.top // scale : window.bottom // scale] = reconcile.average(rows, scale)

    for done, _ in enumerate(on_all_cores(first, windows), 1):
        progress(0.9 * done / len(windows))
    change = reconcile.correction(approved.astype(np.float32) / 255, averaged, scale)
    code = np.empty((height, width, 3), np.uint8)

    def second(window: Window) -> None:
        rows = slice(window.top, window.bottom)
        code[rows] = reconcile.apply(printed[rows], change, window)

    for done, _ in enumerate(on_all_cores(second, windows), 1):
        progress(0.9 + 0.1 * done / len(windows))
    return code


def to_code(encoded: Float, into: Code | None = None) -> Code:
    """Encoded 0..1 to uint8, rounded; written ``into`` rows that are given."""
    return np.asarray(cv2.convertScaleAbs(encoded, into, alpha=255.0), np.uint8)


def strips(canvas: Canvas) -> Iterator[Window]:
    """The windows that a full portrait is made in, from the top."""
    height = canvas.height * canvas.enlargement
    for top in range(0, height, STRIP):
        yield Window(canvas, canvas.enlargement, top, min(top + STRIP, height))


def _strip(scene: Scene, window: Window, exposure: Exposure) -> Float:
    """One strip, rendered with the margin its lens needs and cut back."""
    extra = margin(exposure.glass, window)
    height = window.canvas.height * window.scale
    wide = Window(window.canvas, window.scale, max(window.top - extra, 0), min(window.bottom + extra, height))
    composed = detail(compose(scene, wide, exposure.on), wide, exposure.texture, scene.seed)
    return _print(scene, window, lens(composed, wide, exposure.glass, window))


def _print(scene: Scene, window: Window, seen: Float) -> Float:
    encoded = srgb.encode(tone(seen, scene.recipe.tone))
    return grain(encoded, window, scene.recipe.grain, scene.seed)
