"""How well sitters are cut out, where the truth is known: ``python -m render.pipeline.evaluation.mattes``.

A sitter is cut out once and set before other backgrounds. Whatever that first matte was, it is exactly what
the new picture was made with, so a second cut can be held against it.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from render.pipeline.backdrops import render_backdrop
from render.pipeline.color import lab, srgb
from render.pipeline.contract import Float, Landmarks
from render.pipeline.errors import Refused
from render.pipeline.faces import topology
from render.pipeline.faces.detector import FaceDetector
from render.pipeline.faces.matte import cut_out
from render.pipeline.faces.mediapipe import shared
from render.pipeline.networks import matting
from render.pipeline.recipe import find
from render.pipeline.stages.decode import decode
from render.pipeline.stages.inspect import inspect

from . import command_line

Cut = Callable[[Float, Sequence[Float], Landmarks, Sequence[Float], Sequence[float]], tuple[Float, Float]]
"""As `faces.matte.cut_out`."""


def alone(
    pixels: Float,
    masks: Sequence[Float],
    landmarks: Landmarks,
    mattes: Sequence[Float],
    finer: Sequence[float],
) -> tuple[Float, Float]:
    """`faces.matte.cut_out` without the matting networks."""
    return cut_out(pixels, masks, landmarks)


CUTS: dict[str, Cut] = {"with networks": cut_out, "without": alone}

BACKGROUNDS = {
    "white paper": "studio_white",
    "dark wall": "noir",
    "bookshelf": "library",
    "leaves": "open_shade",
    "office": "boardroom",
}
"""Each with the style whose backdrop it is."""

LONG_SIDE = 1280
"""Pixels: what the photograph is reduced to, so that the numbers of two photographs compare."""

GRADIENT_SIGMA = 1.4
"""Pixels; Rhemann et al. (2009) read a matte's gradient at this scale."""

BAND = (0.1, 0.9)
"""Coverage between which the background's color is looked for."""


@dataclass(frozen=True)
class MatteError:
    """One sitter before one background.

    ``absolute`` is the sum of the differences, as a share of the face's area; ``gradient`` that of the
    squared differences of the gradients; ``spill`` the median CIEDE2000 between the sitter's own color and
    the one that was found, where the edge covers a part of a pixel.
    """

    sitter: str
    background: str
    cut: str
    absolute: float
    gradient: float
    spill: float


def errors(
    name: str, photograph: Float, face: Landmarks, cuts: dict[str, Cut], detector: FaceDetector
) -> list[MatteError]:
    """Each background's error, of each cut.

    Parameters
    ----------
    name : str
        What the sitter is called.
    photograph : (H, W, 3) float32
        Linear.
    face : Landmarks
        In its pixels.
    cuts : dict
        What is tried, by name; the truth is made by `faces.matte.cut_out`.
    detector : FaceDetector
        For the rough mask of the person.
    """
    matte, color = cut_out(photograph, *_opinions(photograph, face, detector))
    found = []
    for background, style in BACKGROUNDS.items():
        behind = _backdrop(style, matte.shape)
        picture = srgb.decode(_encoded(matte[..., None] * (color - behind) + behind).astype(np.float32) / 255)
        opinions = _opinions(picture, face, detector)
        for cut, tried in cuts.items():
            again = tried(picture, *opinions)
            found.append(compared(name, background, cut, (matte, color), again, face))
    return found


def _opinions(
    photograph: Float, face: Landmarks, detector: FaceDetector
) -> tuple[Sequence[Float], Landmarks, Sequence[Float], Sequence[float]]:
    code = _encoded(photograph)
    seen = matting.mattes(code)
    return detector.person_masks(code), face, list(seen.values()), matting.finer(seen)


def compared(
    sitter: str,
    background: str,
    cut: str,
    truth: tuple[Float, Float],
    found: tuple[Float, Float],
    face: Landmarks,
) -> MatteError:
    """Hold one matte and its colors, (H, W) and (H, W, 3) linear, against the true ones.

    References
    ----------
    Rhemann et al., A perceptually motivated online benchmark for image matting, CVPR 2009 (both sums).
    """
    (matte, color), (again, colors) = truth, found
    area = float(cv2.contourArea(np.asarray(face.points[topology.FACE_OVAL, :2], np.float32)))
    edge = (matte > BAND[0]) & (matte < BAND[1]) & (again > BAND[0])
    apart = lab.difference(lab.from_linear(color[edge]), lab.from_linear(colors[edge]))
    return MatteError(
        sitter=sitter,
        background=background,
        cut=cut,
        absolute=float(np.abs(again - matte).sum()) / area,
        gradient=float(((_gradient(again) - _gradient(matte)) ** 2).sum()) / area,
        spill=float(np.median(apart)) if edge.any() else 0.0,
    )


def _gradient(matte: Float) -> Float:
    smooth = cv2.GaussianBlur(matte, (0, 0), GRADIENT_SIGMA)
    return np.hypot(cv2.Sobel(smooth, -1, 1, 0, scale=1 / 8), cv2.Sobel(smooth, -1, 0, 1, scale=1 / 8))


def _backdrop(style: str, shape: tuple[int, ...]) -> Float:
    recipe = find(style)
    return render_backdrop(
        recipe.backdrop,
        recipe.lens,
        width=shape[1],
        height=shape[0],
        seed=1,
        subject_distance_m=recipe.place.distance_m,
    )


def _encoded(linear: Float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(np.rint(srgb.encode(np.clip(linear, 0, 1)) * 255), np.uint8)


def table(rows: list[MatteError]) -> str:
    """By cut and background, and for all, as Markdown: medians and the worst."""
    lines = [
        "| cut | background | sitters | absolute, % of the face | worst | gradient, % | spill, dE00 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    behind = [*dict.fromkeys(row.background for row in rows), "all"]
    for cut, name in itertools.product(dict.fromkeys(row.cut for row in rows), behind):
        of = [row for row in rows if row.cut == cut and name in (row.background, "all")]
        absolute, gradient = [row.absolute for row in of], [row.gradient for row in of]
        spill = statistics.median(row.spill for row in of)
        lines.append(
            f"| {cut} | {name} | {len(of)} | {statistics.median(absolute):.2%} | {max(absolute):.2%} "
            f"| {statistics.median(gradient):.3%} | {spill:.1f} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    options = command_line.parser("mattes", __doc__, "mattes.json and mattes.md", processes=False).parse_args(
        arguments
    )
    rows = [row for path in command_line.wanted(options) for row in _of(path)]
    if not rows:
        print(command_line.NO_PICTURE, file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "mattes.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    (options.out / "mattes.md").write_text(table(rows))
    print(table(rows))
    return 0


def _of(path: Path) -> Iterator[MatteError]:
    detector = shared()
    try:
        seen = inspect(decode(path.read_bytes()), detector, mirrored=False)
    except Refused as refusal:
        print(f"{path.stem}: {refusal.sentence}", file=sys.stderr)
        return
    scale = min(1.0, LONG_SIDE / max(seen.pixels.shape[:2]))
    small = np.asarray(cv2.resize(seen.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    face = Landmarks(seen.landmarks.first * scale, seen.landmarks.second * scale, seen.landmarks.noise)
    yield from errors(path.stem, small, face, CUTS, detector)


if __name__ == "__main__":
    sys.exit(main())
