"""What a picture's style looks like in twenty-two numbers, and the nearest of known ones.

Colors and light only: nothing of the sitter's shape. Backdrop, whole frame and face are summed
up in Lab; the format, the fall of light to the corners, the grain and how much lighter the cheek at the key
is than the other complete it. Which of them it is does not count: lamps may hang mirrored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.color import lab, srgb
from render.pipeline.contract import Code, Double, Float
from render.pipeline.faces import topology as mesh

SMALL = 256  # px of the long side that colors are read at
CLEAR = 0.02  # of the matte: what is backdrop alone


@dataclass(frozen=True)
class Guess:
    """For one picture: the style it has, the one that was named, and the ratio of both distances."""

    face: str
    truth: str
    named: str
    margin: float  # distance to the nearest other style over that to the nearest own one


def read(portrait: Code, points: Double, matte: Float | None = None) -> Double:
    """The features of ``portrait``, (H, W, 3) uint8, whose face is ``points`` (478, 2 or 3); (F,).

    ``matte``, (H, W) 0..1, tells backdrop from sitter. Without it all is backdrop that lies as far from the
    face as hair seldom reaches: in a tight frame ears and hair are among it.
    """
    height, width = portrait.shape[:2]
    scale = SMALL / max(height, width)
    small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    colors = lab.from_linear(srgb.decode(small.astype(np.float32) / 255))
    face = np.zeros(colors.shape[:2], np.uint8)
    cv2.fillPoly(face, [np.round(points[mesh.FACE_OVAL, :2] * scale).astype(np.int32)], [1])
    skin, frame = colors[face > 0], colors.reshape(-1, 3)
    if matte is not None:
        matte = np.asarray(cv2.resize(matte, colors.shape[1::-1], interpolation=cv2.INTER_AREA), np.float32)
    behind = _backdrop(colors, points * scale, matte)
    parts = [
        *_summary(behind),
        *_summary(frame)[:5],
        *skin[:, 1:].mean(axis=0) / 12,
        *skin[:, 1:].std(axis=0) / 6,
        float(np.hypot(frame[:, 1], frame[:, 2]).mean()) / 10,
        (np.percentile(skin[:, 0], 90) - np.percentile(skin[:, 0], 10)) / 15,
        2 * abs(_side(colors[..., 0], points * scale)),
        2 * np.log(width / height),
        _grain(portrait),
    ]
    return np.array(parts, np.float64)


def name_each(features: Sequence[tuple[str, str, Double]]) -> list[Guess]:
    """Leave one face out: name every picture's style by its nearest neighbor among other faces.

    ``features`` holds (face, style, vector). Each feature is divided by its spread within styles,
    averaged over them, so that what varies with the sitter counts less.
    """
    vectors = np.array([vector for _, _, vector in features])
    faces = np.array([face for face, _, _ in features])
    styles = np.array([style for _, style, _ in features])
    guesses = []
    for face in sorted(set(faces.tolist())):
        train = faces != face
        scale = _within(vectors[train], styles[train])
        for index in np.flatnonzero(~train):
            distance = np.linalg.norm((vectors[train] - vectors[index]) / scale, axis=1)
            own = styles[train] == styles[index]
            margin = distance[~own].min() / max(float(distance[own].min()), 1e-9) if own.any() else 0.0
            named = str(styles[train][int(np.argmin(distance))])
            guesses.append(Guess(face, str(styles[index]), named, float(margin)))
    return guesses


def _within(vectors: Double, styles: np.ndarray[tuple[int], np.dtype[np.str_]]) -> Double:
    """Root mean variance of every feature inside the styles, (F,), floored."""
    groups = [vectors[styles == style] for style in sorted(set(styles.tolist()))]
    spread = np.sqrt(np.mean([group.var(axis=0) for group in groups], axis=0))
    return np.asarray(spread + 0.15 * vectors.std(axis=0) + 1e-3)


def _backdrop(colors: Double, points: Double, matte: Float | None) -> Double:
    """Lab of what lies beside and above the head, (N, 3)."""
    y, x = np.mgrid[0 : colors.shape[0], 0 : colors.shape[1]]
    if matte is None:
        ipd = float(np.linalg.norm(points[mesh.LEFT_PUPIL, :2] - points[mesh.RIGHT_PUPIL, :2]))
        center = points[mesh.FACE_OVAL, :2].mean(axis=0)
        clear = (np.abs(x - center[0]) > 2.0 * ipd) | (y < center[1] - 2.7 * ipd)
    else:
        clear = matte < CLEAR
    chosen = clear & (y < points[mesh.CHIN, 1])
    return colors[chosen] if chosen.sum() > 50 else colors[: max(4, colors.shape[0] // 12)].reshape(-1, 3)


def _summary(colors: Double) -> list[float]:
    """Means, deep, middle and bright tones and spreads of Lab colors (N, 3), about one unit each."""
    low, high = np.percentile(colors[:, 0], [10, 90])
    mean, spread = colors.mean(axis=0), colors.std(axis=0)
    return [*(mean / [15, 8, 8]), low / 15, high / 15, *(spread / [8, 5, 5])]


def _side(lightness: Double, points: Double) -> float:
    """Where the light comes from: lightness of the right cheek against the left one's, -1..1."""
    sides = [
        np.mean([lightness[_pixel(points[i], lightness.shape)] for i in cheek])
        for cheek in (mesh.RIGHT_CHEEK, mesh.LEFT_CHEEK)
    ]
    return float((sides[1] - sides[0]) / max(sum(sides), 1.0))


def _pixel(point: Double, shape: tuple[int, ...]) -> tuple[int, int]:
    return min(max(int(point[1]), 0), shape[0] - 1), min(max(int(point[0]), 0), shape[1] - 1)


def _grain(portrait: Code) -> float:
    """Log of the picture's finest noise: the lower quartile of local deviations, code values."""
    gray = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY).astype(np.float32)
    high = gray - cv2.GaussianBlur(gray, (0, 0), 1.5)
    local = np.sqrt(cv2.resize(high * high, None, fx=1 / 32, fy=1 / 32, interpolation=cv2.INTER_AREA))
    return float(np.log(np.percentile(local, 25) + 0.3))
