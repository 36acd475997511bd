"""Selfies, made here: one face in every condition in which people send one.

Pictures are (H, W, 3) uint8, sRGB. What light does is done in linear light. Sitters are
analyzed once a process and shared, so tests must not write into them.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image
from skimage import data

from render.pipeline import run
from render.pipeline.contract import Code, Identity, Landmarks
from render.pipeline.evaluation import conditions, light_conditions, surroundings
from render.pipeline.faces.mediapipe import shared
from render.pipeline.recipe import find
from render.pipeline.scene import Sitter

from .files import save

ASTRONAUT, ENLARGED, CLOSE = "astronaut", "astronaut, enlarged", "astronaut, from nearer"
SITTER = "sitter-01"
FIT = tuple(f"sitter-{number:02}" for number in range(1, 12))
THREE_QUARTERS, PROFILE = TURNED = ("sitter-12", "sitter-13")
"""By 32 degrees, which is taken, and by 44, which is not."""
FEW = (6, 9)
"""The numbers of the sitters of every run; the soak takes all eleven."""

UPRIGHT = {  # EXIF orientation: how the stored picture was made from the upright one
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def name_of(number: int) -> str:
    return f"sitter-{number:02}"


def numbers() -> list[Any]:
    """The sitters' numbers as parameters, those beyond the few marked `wide`."""
    return [pytest.param(n, marks=() if n in FEW else pytest.mark.wide) for n in range(1, 12)]


def names() -> list[Any]:
    """The same by name, each marked `faces` too."""
    few = {name_of(number) for number in FEW}
    face, wide = pytest.mark.faces, pytest.mark.wide
    return [pytest.param(name, marks=[face] if name in few else [face, wide]) for name in FIT]


# Sitters


@cache
def picture(name: str) -> Code:
    """The photograph called ``name``; the astronaut comes with scikit-image."""
    if name == ASTRONAUT:
        return np.asarray(data.astronaut(), np.uint8)
    if name == ENLARGED:
        return enlarged(picture(ASTRONAUT), 2)
    if name == CLOSE:  # head and shoulders, as a selfie shows them: four times less to light
        return np.ascontiguousarray(picture(ENLARGED)[:600, 150:750])
    path = Path(os.environ["PORTRAITOS_TEST_FACES"]) / f"{name}.jpg"
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


@cache
def landmarks(name: str) -> Landmarks:
    """Where the face lies in the photograph (an identity may be wider than its photograph)."""
    return shared().landmarks(picture(name))


@cache
def identity(name: str) -> Identity:
    return run.identify(save(picture(name), "PNG"), shared())


@cache
def sitter(name: str) -> Sitter:
    return run.sit(identity(name))


@cache
def proof(name: str, style: str) -> run.Proof:
    """A proof that passed its gate."""
    return run.prove(sitter(name), find(style), shared())


# Files


def note(*, orientation: int = 1, focal_length_35mm: int | None = None) -> Image.Exif:
    """EXIF as a camera writes it."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    if focal_length_35mm is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLengthIn35mmFilm] = focal_length_35mm
    return exif


def turned(code: Code, orientation: int, format: str = "PNG", **options: Any) -> bytes:  # noqa: A002
    """A file whose EXIF says how to turn it upright, where it is ``code``."""
    image = Image.fromarray(code)
    how = UPRIGHT[orientation]
    stored = image if how is None else image.transpose(how)
    return save(stored, format, exif=note(orientation=orientation).tobytes(), **options)


# Conditions

exposed, tinted, in_linear_light = (
    light_conditions.exposed,
    light_conditions.tinted,
    light_conditions.in_linear_light,
)
jpeg_again, with_hand = conditions.jpeg_again, surroundings.with_hand


def enlarged(code: Code, factor: float) -> Code:
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(code, None, fx=factor, fy=factor, interpolation=how), np.uint8)


def out_of_focus(code: Code, sigma: float) -> Code:
    return in_linear_light(code, lambda light: cv2.GaussianBlur(light, (0, 0), sigma))


def shaken(code: Code, length: float, degrees: float) -> Code:
    """The camera moved by ``length`` pixels along ``degrees`` while the shutter was open."""
    side = 2 * int(np.ceil(length / 2)) + 3
    kernel = np.zeros((side, side), np.float32)
    reach = length / 2 * np.array([np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))])
    for share in np.linspace(-1, 1, 8 * side):
        x, y = side / 2 + share * reach
        kernel[int(y), int(x)] += 1
    return in_linear_light(code, lambda light: cv2.filter2D(light, -1, kernel / kernel.sum()))


def noisy(code: Code, electrons: float, seed: int = 3) -> Code:
    """Photon noise of a sensor whose white is ``electrons``."""
    draw = np.random.Generator(np.random.PCG64(seed))
    return in_linear_light(
        code, lambda light: (draw.poisson(light * electrons) / electrons).astype(np.float32)
    )


def gray(code: Code) -> Code:
    return np.asarray(Image.fromarray(code).convert("L").convert("RGB"), np.uint8)


def far_away(code: Code, factor: float, side: int = 1024) -> Code:
    """The picture ``factor`` times as large, its rim carried on: a wall of one color would be a border."""
    small = enlarged(code, factor)
    height, width = small.shape[:2]
    top, left = (side - height) // 2, (side - width) // 2
    sides = (top, side - height - top, left, side - width - left)
    return np.asarray(cv2.copyMakeBorder(small, *sides, cv2.BORDER_REPLICATE), np.uint8)


def beside(first: Code, second: Code) -> Code:
    return np.hstack([first, cv2.resize(second, first.shape[1::-1], interpolation=cv2.INTER_AREA)])


def nobody(side: int = 768, seed: int = 5) -> Code:
    """Bark, gravel or cloth: noise of every size, and no face."""
    draw = np.random.Generator(np.random.PCG64(seed))
    total = np.zeros((side, side, 3), np.float32)
    for size in (6, 24, 96, 384):
        coarse = draw.normal(0, 1, (size, size, 3)).astype(np.float32)
        total += cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(120 + 28 * total, 0, 255), np.uint8)
