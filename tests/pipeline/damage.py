"""Honest and dishonest changes of a photograph, for tests of the likeness measures.

Pictures are (H, W, 3) float32, encoded sRGB, 0..1, unless a name says ``code``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Code, Float, Landmarks
from render.pipeline.faces.mediapipe import shared

IPD = 250.0


def code(picture: Float) -> Code:
    return np.asarray(np.round(np.clip(picture, 0, 1) * 255), np.uint8)


@cache
def sitter(folder: Path, number: int, ipd: float = IPD) -> tuple[Float, Landmarks]:
    """A photograph at the inter-pupil distance wanted, with its landmarks measured there."""
    stored = cv2.imread(str(folder / f"sitter-{number:02d}.jpg"))
    picture = np.asarray(cv2.cvtColor(stored, cv2.COLOR_BGR2RGB), np.float32) / 255
    zoom = ipd / shared().landmarks(code(picture), crops=16).ipd
    how = cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA
    size = round(picture.shape[1] * zoom), round(picture.shape[0] * zoom)
    picture = np.clip(cv2.resize(picture, size, interpolation=how), 0, 1).astype(np.float32)
    return picture, shared().landmarks(code(picture))


def reencoded(picture: Float, quality: int) -> Float:
    """Through a JPEG file of that quality."""
    _, stored = cv2.imencode(".jpg", code(picture)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR), np.float32)[..., ::-1] / 255


def relit(picture: Float, seed: int) -> Float:
    """Another light and another print, no pixel moved.

    Light of 0.4 to 2 times, smooth over the frame; a filmic curve on luminance; four fifths
    of the saturation; blur of 0.5 pixel; grain of 0.01; JPEG of quality 95.
    """
    rng = np.random.default_rng(seed)
    height, width = picture.shape[:2]
    waves = cv2.resize(rng.normal(0, 0.5, (4, 4)), (width, height), interpolation=cv2.INTER_CUBIC)
    waves = waves + np.linspace(-1, 1, width) * rng.choice([-1, 1])
    waves = (waves - waves.min()) / (waves.max() - waves.min())
    linear = srgb.decode(picture) * (0.4 * 5**waves)[..., None]
    light = srgb.luminance(linear)
    linear = linear * (1.25 * (1 + light / 4) / (1 + light))[..., None]
    gray = linear.mean(-1, keepdims=True)
    shown = cv2.GaussianBlur(srgb.encode(gray + 0.8 * (linear - gray)), (0, 0), 0.5)
    return reencoded(np.asarray(shown + rng.normal(0, 0.01, shown.shape), np.float32), 95)
