"""The mark on whatever is shown before it is paid for: plates with words, and nothing left beneath them.

A mark that is blended in can be taken off again: whoever knows its pattern solves for what lies below. So
the picture is erased first, where the plates lie, and filled from what lies around, as frosted glass would
show it. No pixel of a plate depends on what the portrait has there, and all that is left to an attacker is to
guess.

The plates are anchored to the face and are the same in every preview of it: what one preview hides, no other
style, second try or second account shows (docs/decisions/0047). Within them the words are moved, tilted,
tinted and drawn more or less strongly, as a secret says. Brows, eyes, nose and mouth stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
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

WORDS = "PortraitOS preview"

PLATE = 0.74, 0.15
"""Half the width and height of a plate, half widths of the face."""

CORNER = 0.9
"""Radius of a plate's corners, halves of its height."""

FOREHEAD, CHIN = -0.9, 0.97
"""Where the plates on the face lie, half heights of the face: an edge of hair or of the jaw runs under each,
where what surrounds a plate does not tell what was beneath it."""

BESIDE = 1.55
"""Where those on ears and hair lie, half widths of the face."""

APART, PITCH = 3.3, 0.95
"""From one plate to the next along a row and from row to row, half widths of the face; every other row is
moved by half."""

CAPITAL = 32
"""Pixels of a capital where the words are drawn."""

LETTERS = 0.115
"""Height of a capital in the picture, half widths of the face."""

REACH = 0.3
"""How far the secret moves a letter at most, along either axis, capitals."""

STRENGTH = 0.7, 0.85
"""Weakest and strongest ink."""

TINT = 8.0
"""Largest change of a channel by the secret, code values: half of it over the whole mark, half in patches."""

SHADE = 0.14, 0.32
"""How much darker a plate is than what lies around it, on dark and on bright ground: so light words show on
white."""

BRIGHT = 110.0, 210.0
"""Luminance, code values, between which one turns into the other."""

GLASS = 10.0
"""Code values that a plate has on black."""


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

    def places(self, shape: tuple[int, ...]) -> Iterator[tuple[float, float]]:
        """Middles of the plates as far as the picture goes: half widths of the face to the right and down."""
        height, width = shape[:2]
        tall, farthest = self.high / self.wide, float(np.hypot(height, width)) / self.wide
        columns, rows = int(farthest / APART) + 1, int(farthest / PITCH) + 1
        for side in (-1, 1):
            yield from ((side * (BESIDE + column * APART), 0.0) for column in range(columns))
        for row in range(rows):
            for down in (FOREHEAD * tall - row * PITCH, CHIN * tall + row * PITCH):
                yield from (((step + row % 2 / 2) * APART, down) for step in range(-columns, columns))


@dataclass(frozen=True)
class _Plate:
    """The part of a picture that a plate is in, and each pixel's place on it, half widths of the face."""

    part: tuple[slice, slice]
    right: Float
    down: Float

    def covered(self, pixel: float) -> Float:
        """Coverage of each pixel by the plate, 0..1; ``pixel`` is the side of one."""
        corner = CORNER * PLATE[1]
        aside = np.abs(self.right) - np.float32(PLATE[0] - corner)
        above = np.abs(self.down) - np.float32(PLATE[1] - corner)
        beyond = np.hypot(np.maximum(aside, 0), np.maximum(above, 0)) - np.float32(corner)
        return np.asarray(np.clip(0.5 - beyond / pixel, 0, 1), np.float32)

    def read(self, random: np.random.Generator | None) -> Float:
        """Coverage by the letters, 0..1, moved and tilted as ``random`` says."""
        sheet, scale = _sheet(), np.float32(CAPITAL / LETTERS)
        column, row = (self.right + PLATE[0]) * scale, (self.down + PLATE[1]) * scale
        if random is not None:
            column, row = column + _moved(self.right, random), row + _moved(self.right, random)
        found = cv2.remap(sheet, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        return found * np.float32(1 / 255)


def watermark(picture: Code, points: Double, secret: bytes) -> Code:
    """Mark a picture.

    Parameters
    ----------
    picture : (h, w, 3) uint8
        sRGB code values, as they are shown.
    points : (478, 2 or 3) float64
        Landmarks of the face in pixels of ``picture``. Of them the oval, brows, eyes and lips are used.
    secret : bytes
        Where on the plates the words stand, how they are tilted and tinted, and how strong they are.

    Returns
    -------
    (h, w, 3) uint8
        Equal to ``picture`` outside `erased`; inside, a function of what lies outside and of ``secret``.
    """
    frame = _Frame.of(points)
    plates = _plates(picture.shape, frame)
    random = _random(secret)
    room = _room(picture.shape, plates, frame) * ~free(picture.shape, points)
    ink = _ink(picture.shape, plates, random)
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
    frame = _Frame.of(points)
    return (_room(shape, _plates(shape, frame), frame) > 0) & ~free(shape, points)


def free(shape: tuple[int, ...], points: Double) -> NDArray[np.bool_]:
    """What stays as it is whatever the secret, (h, w): brows, eyes, nose and mouth, with a margin."""
    hull = np.round(cv2.convexHull(np.asarray(points, np.float32)[FEATURES, :2])).astype(np.int32)
    found = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(found, hull, 1)
    cv2.polylines(found, [hull], True, 1, thickness=2 * round(FREE * _Frame.of(points).wide) + 1)
    return found > 0


def _random(secret: bytes) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(secret).digest(), "big")))


def _plates(shape: tuple[int, ...], frame: _Frame) -> list[_Plate]:
    """The plates of which something lies in the picture."""
    axes = np.stack([frame.right, frame.down])
    reach = float(np.hypot(*PLATE)) * frame.wide + 1
    found = []
    for place in frame.places(shape):
        x, y = frame.middle + frame.wide * np.asarray(place) @ axes
        left, right = max(int(x - reach), 0), min(int(x + reach) + 1, shape[1])
        top, bottom = max(int(y - reach), 0), min(int(y + reach) + 1, shape[0])
        if left < right and top < bottom:
            across = np.arange(left, right, dtype=np.float32)[None] + np.float32(0.5 - x)
            along = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - y)
            (a, b), (c, d) = (axes / frame.wide).astype(np.float32)
            part = slice(top, bottom), slice(left, right)
            found.append(_Plate(part, across * a + along * b, across * c + along * d))
    return found


def _room(shape: tuple[int, ...], plates: list[_Plate], frame: _Frame) -> Float:
    """Coverage by the plates, (h, w) 0..1."""
    room = np.zeros(shape[:2], np.float32)
    for plate in plates:
        room[plate.part] = np.maximum(room[plate.part], plate.covered(1 / frame.wide))
    return room


def _ink(shape: tuple[int, ...], plates: list[_Plate], random: np.random.Generator | None) -> Float:
    """Coverage by the letters where the secret puts them, or where they stand without one, (h, w) 0..1."""
    ink = np.zeros(shape[:2], np.float32)
    for plate in plates:
        ink[plate.part] = np.maximum(ink[plate.part], plate.read(random))
    return ink


def _moved(right: Float, random: np.random.Generator) -> Float:
    """A displacement along one axis of the sheet, its pixels: a shift and a slope, together within REACH.

    Along the words the slope draws them closer or apart, across them it tilts them.
    """
    shift, slope = random.uniform(-0.6, 0.6), random.uniform(-0.4, 0.4)
    return np.asarray(REACH * CAPITAL * (shift + slope * right / PLATE[0]), np.float32)


@cache
def _sheet() -> Code:
    """The words in the middle of a plate."""
    width, height = (round(2 * side / LETTERS * CAPITAL) for side in PLATE)
    sheet = Image.new("L", (width, height))
    font = ImageFont.load_default(size=round(1.4 * CAPITAL))
    ImageDraw.Draw(sheet).text(
        (width / 2, height / 2), WORDS, fill=255, font=font, anchor="mm", stroke_width=1
    )
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
    """The mark's pixels, (n, 3) code values: a plate on what is ``around``, and ink on it."""
    strength = np.float32(random.uniform(*STRENGTH))
    luminance = around @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    bright = np.clip((luminance - BRIGHT[0]) / (BRIGHT[1] - BRIGHT[0]), 0, 1)
    shade = np.float32(SHADE[0]) + np.float32(SHADE[1] - SHADE[0]) * bright
    plate = around + room[:, None] * (np.float32(GLASS) - shade[:, None] * around)
    words = plate + strength * (255 - plate) + tint
    drawn = plate + ink[:, None] * (words - plate)
    return np.round(np.clip(drawn, 0, 255)).astype(np.uint8)
