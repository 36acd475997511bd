"""An original carried to its portrait and copies as the workers carry it, without rows and queues."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from render.copies import KINDS
from render.pipeline import crops, run
from render.pipeline.color import srgb
from render.pipeline.contract import Float, Photograph
from render.pipeline.faces.mediapipe import shared
from render.pipeline.recipe import find
from render.pipeline.scene import Sitter
from render.pipeline.stages.analyze import model
from render.pipeline.stages.decode import decode
from render.pipeline.stages.encode import PIXELS_PER_INCH, encode
from render.pipeline.stages.gate import placed_landmarks
from render.pipeline.stages.inspect import inspect
from tests.phone import HEIC, JPEG, MPO, WEBP, Original

from . import checks

UPRIGHT = 6.0
"""Code values that a small picture of the file may lie from what it shows: what JPEG and HEIC lose."""


@dataclass(frozen=True)
class Delivered:
    """What arrived, and the names of the crops that the head does not fit into."""

    files: tuple[str, ...]
    too_tight: tuple[str, ...]


def carry(original: Original, style: str, copies: tuple[str, ...]) -> Delivered:
    """Decode, analyze, prove, enlarge, encode and copy; everything on the way is checked."""
    proof = run.prove(seated(original), find(style), shared())
    full = run.enlarge(proof)
    aspect = proof.scene.recipe.place.aspect
    jpeg = checks.read(encode(full, format="jpeg"))
    checks.averages_to(checks.whole(jpeg, aspect), proof.code)
    assert round(checks.density(jpeg)) == PIXELS_PER_INCH
    head = crops.face(placed_landmarks(proof.scene).points).times(proof.scene.placement.canvas.enlargement)
    made, tight = [style], []
    for name in copies:
        kind = KINDS[name]
        code, dots = full, PIXELS_PER_INCH
        if kind.crop:
            crop = crops.CROPS[kind.crop]
            try:
                code = crops.cut(full, crop, head)
            except crops.CropTooTight:
                tight.append(name)
                continue
            dots = crops.dots_per_inch(crop, code)
        checks.copied(name, encode(code, format=kind.format, dots_per_inch=dots), full)
        made.append(name)
    return Delivered(tuple(made), tuple(tight))


@lru_cache(maxsize=1)
def seated(original: Original) -> Sitter:
    """The sitter of an original; the last one is kept."""
    return run.sit(model(inspect(opened(original), shared()), shared()))


def opened(original: Original) -> Photograph:
    """An original's photograph, which is read upright and says what it should: turned pictures are others."""
    photograph = decode(original.file())
    found = photograph.capture
    assert (found.width, found.height) == original.size
    # A decoder of HEIC turns the picture itself.
    assert found.orientation == (1 if original.container == HEIC else original.orientation)
    assert found.focal_length_35mm == original.focal_length_35mm
    assert found.format == {MPO: JPEG, WEBP: "WebP"}.get(original.container, original.container)
    step = max(1, min(original.size) // 384)  # every few pixels tell which way up it is
    seen = srgb.encode(np.clip(photograph.pixels[::step, ::step], 0, 1)) * 255
    meant = original.picture()[::step, ::step].astype(np.float32)
    assert np.abs(_small(seen) - _small(meant)).mean() < UPRIGHT, "It is not read upright."
    return photograph


def _small(picture: Float) -> Float:
    return np.asarray(cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA), np.float32)
