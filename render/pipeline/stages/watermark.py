"""The mark on whatever is shown before it is paid for: words around the face, and nothing left beneath them.

A mark that is blended in can be taken off again: whoever knows its pattern solves for what lies below. So
the picture is erased first, where the words go, and filled from what lies around. No pixel of the mark
depends on what the portrait has there, and all that is left to an attacker is to guess.

The erased places are anchored to the face and are the same in every preview of it: what one preview hides, no
other style, second try or second account shows (docs/decisions/0047). Within them the words are moved, bent,
tinted and drawn more or less strongly, as a secret says. Brows, eyes, nose and mouth stay as they are.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from render.pipeline.contract import Code, Double, Float
from render.pipeline.faces.topology import (
    FACE_OVAL,
    LEFT_BROW,
    LEFT_EYE,
    LIPS_OUTER,
    RIGHT_BROW,
    RIGHT_EYE,
)

FEATURES = np.concatenate([RIGHT_BROW, LEFT_BROW, RIGHT_EYE, LEFT_EYE, LIPS_OUTER])
"""Landmarks whose hull stays free: the nose lies inside it."""

FREE = 0.06
"""Around that hull, half widths of the face."""

ROOM = 0.3
"""Beside the features at the least, half widths of the face: the oval of a turned head ends at the brow."""


@dataclass(frozen=True)
class Ring:
    """A ring of words around the face. Lengths are half widths of the face, or capitals where it says so."""

    above: str
    below: str
    out: float  # half its width
    capital: float  # height of a capital
    tracking: float  # between letters, capitals
    bold: float  # added to each side of a stroke, capitals


RINGS = (
    Ring("PortraitOS", "preview", 1.0, 0.37, 0.25, 0.06),
    Ring("PortraitOS preview", "preview PortraitOS", 1.95, 0.36, 0.28, 0.02),
)
"""The first one lies on the outline of cheeks, jaw and hairline, where what surrounds a stroke does not tell
what was beneath it; its strokes are wide for that."""

CAPITAL = 32
"""Pixels of a capital where the words are drawn, before they are bent."""

GAP = 0.5
"""At both ends of a half ring, capitals."""

REACH = 0.08
"""How far the secret moves a letter at most, and how far around it the picture is erased, capitals."""

STRENGTH = 0.46, 0.6
"""Weakest and strongest ink."""

TINT = 6.0
"""Largest change of a channel by the secret, code values: half of it over the whole mark, half in patches."""

SHADE = 0.1, 0.3
"""How much darker the fill is around a letter, on dark and on bright ground: so light words show on white."""

BRIGHT = 130.0, 230.0
"""Luminance, code values, between which one turns into the other."""


@dataclass(frozen=True)
class _Frame:
    """The face: its middle, half its width and height in pixels, and its own right and down."""

    middle: Double
    wide: float
    high: float
    right: Double
    down: Double

    @classmethod
    def of(cls, points: Double) -> _Frame:
        flat = np.asarray(points, np.float64)[:, :2]
        right = flat[LEFT_EYE].mean(axis=0) - flat[RIGHT_EYE].mean(axis=0)
        right = right / np.linalg.norm(right)
        axes = np.stack([right, (-right[1], right[0])])
        oval = flat[FACE_OVAL] @ axes.T
        low, high = oval.min(axis=0), oval.max(axis=0)
        features, room = flat[FEATURES] @ axes.T, ROOM * (high[0] - low[0]) / 2
        low = np.minimum(low, features.min(axis=0) - room)
        high = np.maximum(high, features.max(axis=0) + room)
        wide, tall = (high - low) / 2
        return cls((low + high) / 2 @ axes, float(wide), float(tall), axes[0], axes[1])


@dataclass(frozen=True)
class _Placed:
    """A ring in a picture: the part that holds it, and where each pixel of that looks on the ring's sheet."""

    ring: Ring
    part: tuple[slice, slice]
    angle: Float  # half turns, clockwise, 0 where the ring is furthest to the right
    column: Float
    row: Float

    def read(self, wider: float, moved: tuple[Float, Float] | None = None) -> Float:
        """Coverage of each pixel by strokes that are ``wider`` by so many capitals, 0..1."""
        sheet, at = _sheet(self.ring, wider), (self.column, self.row)
        if moved is not None:
            at = self.column + moved[0], self.row + moved[1]
        covered = cv2.remap(sheet, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        return covered * np.float32(1 / 255)


def watermark(picture: Code, points: Double, secret: bytes) -> Code:
    """Mark a picture.

    Parameters
    ----------
    picture : (h, w, 3) uint8
        sRGB code values, as they are shown.
    points : (478, 2 or 3) float64
        Landmarks of the face in pixels of ``picture``. Of them the oval, brows, eyes and lips are used.
    secret : bytes
        Where within the erased places the words stand, how they are bent and tinted, and how strong they are.

    Returns
    -------
    (h, w, 3) uint8
        Equal to ``picture`` outside `erased`; inside, a function of what lies outside and of ``secret``.
    """
    frame = _Frame.of(points)
    rings = _rings(picture.shape, frame)
    random = _random(secret)
    room = _room(picture.shape, rings) * ~free(picture.shape, points)
    ink = _ink(picture.shape, rings, random)
    gone = room > 0
    around = _around(picture, gone, 0.1 * frame.wide)
    marked = picture.copy()
    marked[gone] = _inked(around[gone], room[gone], ink[gone], _tint(gone.shape, random)[gone], random)
    return marked


def erased(shape: tuple[int, ...], points: Double) -> NDArray[np.bool_]:
    """Where a picture of ``shape`` (h, w, ...) is erased, (h, w): the same for every secret.

    Parameters
    ----------
    shape : tuple of int
    points : (478, 2 or 3) float64
        As `watermark`.
    """
    return (_room(shape, _rings(shape, _Frame.of(points))) > 0) & ~free(shape, points)


def free(shape: tuple[int, ...], points: Double) -> NDArray[np.bool_]:
    """What stays as it is whatever the secret, (h, w): brows, eyes, nose and mouth, with a margin."""
    hull = np.round(cv2.convexHull(np.asarray(points, np.float32)[FEATURES, :2])).astype(np.int32)
    found = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(found, hull, 1)
    cv2.polylines(found, [hull], True, 1, thickness=2 * round(FREE * _Frame.of(points).wide) + 1)
    return found > 0


def _random(secret: bytes) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(secret).digest(), "big")))


def _rings(shape: tuple[int, ...], frame: _Frame) -> list[_Placed]:
    height, width = shape[:2]
    x = np.arange(width, dtype=np.float32)[None] + np.float32(0.5 - frame.middle[0])
    y = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5 - frame.middle[1])
    right, down = frame.right.astype(np.float32), frame.down.astype(np.float32)
    u, v = x * right[0] + y * right[1], x * down[0] + y * down[1]
    radius = np.hypot(u, v)
    angle = np.arctan2(v / np.float32(frame.high), u / np.float32(frame.wide)) * np.float32(1 / np.pi)
    upper = angle < 0
    found = []
    for ring in RINGS:
        wide = np.float32(ring.out * frame.wide)
        high = np.float32(frame.high + (ring.out - 1) * frame.wide)
        # From the ellipse to the pixel, along its own radius.
        away = radius - radius / np.maximum(np.hypot(u / wide, v / high), np.float32(1e-3))
        away *= np.float32(CAPITAL / (ring.capital * frame.wide))
        near = np.abs(away) < CAPITAL
        rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
        if len(rows):
            part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            along = np.where(upper[part], 1 + angle[part], 1 - angle[part])
            column = along * np.float32(_sheet(ring, 0).shape[1])
            row = np.where(upper[part], CAPITAL - away[part], 3 * CAPITAL + away[part])
            row = np.where(near[part], row, -CAPITAL).astype(np.float32)
            found.append(_Placed(ring, part, angle[part], column, row))
    return found


def _room(shape: tuple[int, ...], rings: list[_Placed]) -> Float:
    """Coverage by letters that are wider by all that the secret may move them, (h, w) 0..1."""
    room = np.zeros(shape[:2], np.float32)
    for ring in rings:
        room[ring.part] = np.maximum(room[ring.part], ring.read(REACH))
    return room


def _ink(shape: tuple[int, ...], rings: list[_Placed], random: np.random.Generator) -> Float:
    """Coverage by the letters where the secret puts them, (h, w) 0..1."""
    ink = np.zeros(shape[:2], np.float32)
    for ring in rings:
        moved = _bend(ring.angle, random), _bend(ring.angle, random)
        ink[ring.part] = np.maximum(ink[ring.part], ring.read(0, moved))
    return ink


def _bend(angle: Float, random: np.random.Generator) -> Float:
    """A displacement along one axis of the sheet, pixels: a shift and a wave. Both axes stay within REACH."""
    shift, phase = random.uniform(-0.6, 0.6), random.uniform(0, 2)
    wave = 0.4 * np.sin(np.float32(np.pi) * (np.float32(random.integers(2, 6)) * angle + np.float32(phase)))
    return np.asarray((REACH * CAPITAL / np.sqrt(2)) * (shift + wave), np.float32)


@cache
def _sheet(ring: Ring, wider: float) -> Code:
    """The words of the upper half of a ring above those of the lower one, each two capitals high."""
    font = ImageFont.load_default(size=round(1.4 * CAPITAL))
    both, step = (ring.above, ring.below), ring.tracking * CAPITAL
    spaced = [font.getlength(words) + step * len(words) for words in both]
    sheet = Image.new("L", (round(max(spaced) + 2 * GAP * CAPITAL), 4 * CAPITAL))
    draw = ImageDraw.Draw(sheet)
    for words, length, base in zip(both, spaced, (1.5, 3.5), strict=True):
        left = (sheet.width - length + step) / 2
        for letter in words:
            place, stroke = (left, base * CAPITAL), (ring.bold + wider) * CAPITAL
            draw.text(place, letter, fill=255, font=font, anchor="ls", stroke_width=stroke)
            left += font.getlength(letter) + step
    return np.asarray(sheet)


def _around(picture: Code, gone: NDArray[np.bool_], sigma: float) -> Float:
    """What lies around each pixel and is not ``gone``, (h, w, 3): a Gaussian mean of ``sigma`` pixels."""
    kept = np.dstack([picture, np.full(gone.shape, 255, np.uint8)])
    kept[gone] = 0
    height, width = gone.shape
    quarter = cv2.resize(kept.astype(np.float32), (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    # A wide mean, so lightly that it speaks only where the narrow one has nothing to say.
    mean = cv2.GaussianBlur(quarter, (0, 0), sigma / 4) + 1e-3 * cv2.GaussianBlur(quarter, (0, 0), sigma)
    mean = mean[..., :3] * (255 / np.maximum(mean[..., 3:], 1e-6))
    return cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR)


def _tint(shape: tuple[int, ...], random: np.random.Generator) -> Float:
    """What the secret adds to the ink, (h, w, 3) code values: one color over all of it, others in patches."""
    patches = TINT * (random.uniform(-0.5, 0.5, (6, 6, 3)) + random.uniform(-0.5, 0.5, 3))
    return cv2.resize(patches.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)


def _inked(around: Float, room: Float, ink: Float, tint: Float, random: np.random.Generator) -> Code:
    """The mark's pixels, (n, 3) code values: ink and its shade on what is ``around``."""
    strength = np.float32(random.uniform(*STRENGTH))
    luminance = around @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    bright = np.clip((luminance - BRIGHT[0]) / (BRIGHT[1] - BRIGHT[0]), 0, 1)
    shade = np.float32(SHADE[0]) + np.float32(SHADE[1] - SHADE[0]) * bright
    paper = around * (1 - shade * room)[..., None]
    words = around + strength * (255 - around) + tint
    drawn = paper + ink[..., None] * (words - paper)
    return np.round(np.clip(drawn, 0, 255)).astype(np.uint8)
