"""Where to look in a photograph, how often, and how to average what was seen."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import LEFT_PUPIL, RIGHT_PUPIL, Code, Double

from .detector import FaceBox, Square

CROP = 1.5  # side of the crop over the longer side of the points' box, as MediaPipe takes it
BOX_CROP = 1.5  # the same over a detector's box
SHIFT, SCALE, TURN = 0.03, 0.05, math.radians(4)  # largest jitter: of the crop's side, log, radians
VIEW = 256  # pixels on the longer side of what the box models are shown
EVENED = 0.015  # of the crop's side (0.06 IPD): light that changes over more than this is evened
MIDDLE, DARKEST = 0.5, 0.02  # encoded: the level that it is evened to; added before the logarithm

# Additive recurrence of the generalized golden ratio in four dimensions (M. Roberts,
# "The unreasonable effectiveness of quasirandom sequences", 2018): root of x^5 = x + 1.
_PHI = 1.1673039782614187
_STEPS = np.array([_PHI**-1, _PHI**-2, _PHI**-3, _PHI**-4])


def jittered(square: Square, dx: float, dy: float, ds: float, turn: float) -> Square:
    """The square moved by offsets in -1..1 of the largest jitter."""
    side = square.side * math.exp(SCALE * ds)
    return Square(square.x + SHIFT * side * dx, square.y + SHIFT * side * dy, side, square.turn + TURN * turn)


class View(NamedTuple):
    """A part of a picture, in its pixels; may reach beyond the picture."""

    left: float
    top: float
    width: float
    height: float


def jitter(count: int, sets: int = 2) -> list[Double]:
    """``sets`` sets of (count, 4) offsets in -1..1, always the same: shift x, y, scale, turn.

    ``count`` is even. Within a set, every offset comes with its opposite, so that what
    is linear in the offset cancels; the sets are stretches of one evenly spread sequence.
    """
    each = count // 2
    spread = 2 * ((0.5 + np.arange(1, sets * each + 1)[:, None] * _STEPS) % 1) - 1
    return [np.concatenate([part, -part]) for part in np.split(spread, sets)]


def robust_mean(samples: Double) -> Double:
    """Mean over crops without those that disagree as a whole.

    Parameters
    ----------
    samples : (crops, 478, 3)
        One measurement per crop, in one frame.

    Returns
    -------
    (478, 3)
        Mean over the crops whose rms distance from the point-wise median is at most
        2.5 times the median of such distances.
    """
    distance = np.sqrt(((samples - np.median(samples, axis=0)) ** 2).sum(2).mean(1))
    mean: Double = samples[distance <= 2.5 * np.median(distance) + 1e-9].mean(0)
    return mean


def repeatability(first: Double, second: Double) -> float:
    """Noise of one of two independent measurements, per axis, over the inter-pupil distance.

    ``sqrt(mean((first - second)^2) / 2) / d``: the difference of two measurements has
    twice the variance of one. Both are (478, 3).
    """
    mean = (first + second) / 2
    ipd = float(np.linalg.norm(mean[LEFT_PUPIL] - mean[RIGHT_PUPIL]))
    return float(np.sqrt(((first - second) ** 2).mean() / 2) / ipd)


def square_of_box(box: FaceBox) -> Square:
    """The crop for a detector's box, turned with the eyes."""
    dx, dy = box.left_eye[0] - box.right_eye[0], box.left_eye[1] - box.right_eye[1]
    return Square(*box.center, BOX_CROP * max(box.width, box.height), math.atan2(dy, dx))


def square_of_points(points: Double) -> Square:
    """The crop around measured points (478, 3), turned with the pupils."""
    dx, dy = (points[LEFT_PUPIL] - points[RIGHT_PUPIL])[:2]
    turn = math.atan2(dy, dx)
    axes = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    upright = points[:, :2] @ axes.T
    low, high = upright.min(0), upright.max(0)
    x, y = (low + high) / 2 @ axes
    return Square(float(x), float(y), CROP * float((high - low).max()), turn)


def patch(picture: Code, square: Square, largest: int) -> tuple[Code, Square, Double]:
    """The neighborhood of a square, made smaller where the square's side exceeds ``largest``.

    Returns
    -------
    (pixels, square, back)
        The part, the square in the part's pixels, and (3,) ``x, y, scale`` so that
        ``x_picture = x_part * scale + x``.
    """
    reach = square.side * (math.sqrt(0.5) * math.exp(SCALE) + 2 * SHIFT)
    height, width = picture.shape[:2]
    x0, y0 = max(0, math.floor(square.x - reach)), max(0, math.floor(square.y - reach))
    x1, y1 = min(width, math.ceil(square.x + reach)), min(height, math.ceil(square.y + reach))
    part: Code = picture[y0:y1, x0:x1]
    wanted = min(1.0, largest / square.side)
    size = max(1, round((x1 - x0) * wanted)), max(1, round((y1 - y0) * wanted))
    if wanted < 1:
        # One ratio for both axes: cut what does not divide evenly.
        ratio = min((x1 - x0) / size[0], (y1 - y0) / size[1])
        linear = np.array([[ratio, 0, (ratio - 1) / 2], [0, ratio, (ratio - 1) / 2]])
        blurred = cv2.GaussianBlur(part, (0, 0), 0.4 * ratio) if ratio > 1 else part
        part = np.asarray(
            cv2.warpAffine(blurred, linear, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), np.uint8
        )
    else:
        ratio = 1.0
    inside = Square((square.x - x0) / ratio, (square.y - y0) / ratio, square.side / ratio, square.turn)
    return part, inside, np.array([x0, y0, ratio])


def evened(part: Code, side: float) -> Code:
    """The same pixels in even light: every place as bright as every other at a large scale.

    A mesh model moves its points when a face is lit in another way. Shading changes slowly over a
    face, lids and lips and nostrils change fast, so what is left of log luminance when its local
    mean is taken off (homomorphic filtering: Oppenheim, Schafer & Stockham 1968) hardly knows the
    light. docs/likeness.md has the numbers.

    Parameters
    ----------
    part : (h, w, 3) uint8, encoded
    side : float
        Of the square that will be cut, in pixels of ``part``.
    """
    luma = part.astype(np.float32) @ (srgb.LUMINANCE / np.float32(255)) + np.float32(DARKEST)
    change = np.float32(math.log(MIDDLE)) - cv2.GaussianBlur(np.log(luma), (0, 0), EVENED * side)
    return np.asarray(cv2.multiply(part, cv2.merge([np.exp(change)] * 3), dtype=cv2.CV_8U), np.uint8)


def views(width: int, height: int) -> list[View]:
    """Where to look for faces: the whole, the whole with a border, and overlapping tiles."""
    found = [View(0, 0, width, height), View(-width / 2, -height / 2, 2 * width, 2 * height)]
    for count, share in ((2, 0.6), (3, 0.42)):
        lefts = np.linspace(0, 1 - share, count) * width
        tops = np.linspace(0, 1 - share, count) * height
        found += [View(left, top, share * width, share * height) for top in tops for left in lefts]
    return found


def cut(picture: Code, view: View) -> Code:
    """The view at ``VIEW`` pixels on its longer side; black where it leaves the picture."""
    height, width = picture.shape[:2]
    x0, y0 = max(0, round(view.left)), max(0, round(view.top))
    x1, y1 = min(width, round(view.left + view.width)), min(height, round(view.top + view.height))
    ratio = VIEW / max(view.width, view.height)
    size = max(1, round((x1 - x0) * ratio)), max(1, round((y1 - y0) * ratio))
    part = cv2.resize(picture[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((max(1, round(view.height * ratio)), max(1, round(view.width * ratio)), 3), np.uint8)
    left, top = round((x0 - view.left) * ratio), round((y0 - view.top) * ratio)
    target = canvas[top : top + size[1], left : left + size[0]]
    target[:] = part[: target.shape[0], : target.shape[1]]
    return canvas


def box_of(detection: Any, view: View) -> FaceBox:
    """A MediaPipe ``Detection`` of a view as a box of the picture."""
    place = detection.location_data
    box = place.relative_bounding_box
    right, left = place.relative_keypoints[0], place.relative_keypoints[1]
    return FaceBox(
        left=view.left + box.xmin * view.width,
        top=view.top + box.ymin * view.height,
        width=box.width * view.width,
        height=box.height * view.height,
        right_eye=(view.left + right.x * view.width, view.top + right.y * view.height),
        left_eye=(view.left + left.x * view.width, view.top + left.y * view.height),
        score=float(detection.score[0]),
    )


def distinct(boxes: list[FaceBox]) -> list[FaceBox]:
    """One box per face: the surest, without those that share half of the smaller box with it."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda box: -box.score):
        if all(_overlap(box, other) < 0.5 for other in kept):
            kept.append(box)
    return kept


def _overlap(a: FaceBox, b: FaceBox) -> float:
    """Area in common over the smaller of the two."""
    width = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    height = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    return max(0.0, width) * max(0.0, height) / max(1e-9, min(a.area, b.area))
