"""The sitter, under the new light, before the backdrop: one linear picture of a window."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.contract import Float, Window
from render.pipeline.light import catchlights
from render.pipeline.placement import sample
from render.pipeline.scene import Scene


def compose(scene: Scene, window: Window) -> Float:
    """Linear picture of ``window``, (rows, width, 3), before lens and print."""
    sitter = scene.sitter
    x, y = scene.placement.coordinates(window)
    person = sample(sitter.plate, x, y)
    matte = np.clip(sample(sitter.identity.matte, x, y), 0, 1)[..., None]
    scale = np.float32(sitter.relief.scale)
    gain = sample(scene.lighting.gain, x * scale, y * scale)
    sheen = sample(scene.lighting.sheen, x * scale, y * scale)
    person = np.maximum(person, 0) * np.maximum(gain, 0) + sheen * _texture(person)
    catchlights.draw(person, sitter.identity, scene.placement, window, scene.lighting.lamps)
    behind = enlarge(scene.backdrop, window)
    return np.maximum(behind + matte * (person - behind), 0).astype(np.float32)


def _texture(person: Float) -> Float:
    """How strongly a surface shows its sheen: dark pores and gaps between strands show less."""
    luma = np.maximum(person.mean(axis=-1), 0)
    return np.asarray(np.clip(luma / (luma + 0.03), 0, 1)[..., None], np.float32)


def enlarge(field: Float, window: Window) -> Float:
    """Rows of a proof-sized field at the window's scale, bicubic."""
    if window.scale == 1:
        return field[window.top : window.bottom]
    y = (np.arange(window.top, window.bottom, dtype=np.float32) + 0.5) / window.scale
    x = (np.arange(window.width, dtype=np.float32) + 0.5) / window.scale
    return sample(
        field, np.repeat(x[None], len(y), axis=0), np.repeat(y[:, None], len(x), axis=1), cv2.INTER_CUBIC
    )
