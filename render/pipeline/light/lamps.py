"""What a lamp does to the sitter: direction, color, wrapped diffuse light, cast shadow, sheen."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color.temperature import white
from render.pipeline.contract import Double, Float
from render.pipeline.recipe import Lamp

from .relief import Relief

LAMP_DISTANCE = 19.0
"""Lamps stand this many IPD (about 1.2 m) from the face, so light falls off down the body."""

DEEPEST_SHADE = 0.1
"""Share of the key that still reaches its own cast shadow, scattered by the skin around it."""

SHEEN = 0.5
"""Share of a smooth dielectric's reflection that matt skin keeps in its broad lobe."""

BACK_SHEEN = 0.8
"""The same for a lamp behind the sitter: at grazing angles every strand and hair of the skin glints."""

SKIN_SCATTER = np.array([0.16, 0.07, 0.045], np.float32)
"""How far light wraps past the terminator inside skin, per channel: red travels farthest."""


def direction(lamp: Lamp) -> Double:
    """Unit vector from the sitter to the lamp, x right, y up, z toward the camera."""
    azimuth, elevation = np.radians([lamp.azimuth, lamp.elevation])
    return np.array(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)]
    )


def color(lamp: Lamp) -> Float:
    """Linear RGB of the lamp: its temperature through its gel, luminance as its power says."""
    return np.asarray(lamp.power * white(lamp.kelvin) * np.array(lamp.gel), np.float32)


def diffuse(relief: Relief, lamp: Lamp) -> Float:
    """Irradiance factor of a Lambertian surface under an extended lamp, (h, w, 3).

    The cosine is wrapped by the lamp's angular radius (a disc lamp lights until its last
    point has set) and, per channel, by the scatter of skin.
    """
    cosine = relief.normals @ direction(lamp).astype(np.float32)
    radius = np.sin(np.radians(min(lamp.size, 170.0) / 2))
    result = np.empty((*cosine.shape, 3), np.float32)
    for channel in range(3):
        wrap = 0.5 * radius + SKIN_SCATTER[channel]
        lit = np.clip((cosine + wrap) / (1 + wrap), 0, 1)
        result[..., channel] = lit ** (1 + wrap)
    return result * _falloff(relief, lamp)[..., None]


def visibility(relief: Relief, lamp: Lamp) -> Float:
    """Share of the lamp that each place sees past the sitter's own nose, brow, chin and hair.

    Rays are marched over the depth map toward the lamp's center; the smallest clearance
    over distance, against the lamp's angular radius, gives the penumbra. A lamp behind the
    sitter reaches only what no other part stands before.
    """
    to = direction(lamp)
    if lamp.size >= 120:
        return np.ones_like(relief.depth)
    height, width = relief.depth.shape
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    ground = np.where(relief.matte > 0.35, relief.depth, -1e4).astype(np.float32)
    radius = np.tan(np.radians(max(lamp.size, 10.0) / 2))
    flat = float(np.hypot(to[0], to[1]))
    clear = np.ones_like(relief.depth)
    step = 1.5
    while step < 2.6 * relief.ipd and flat > 1e-3:
        t = step / flat
        over = cv2.remap(ground, columns + to[0] * t, rows - to[1] * t, cv2.INTER_LINEAR, borderValue=-1e4)
        gap = relief.depth + to[2] * t - over
        clear = np.minimum(clear, 0.5 + (gap - 0.4) / (2 * t * radius))
        step *= 1.08
    smooth = np.clip(clear, 0, 1)
    smooth = smooth * smooth * (3 - 2 * smooth)
    return np.asarray(DEEPEST_SHADE + (1 - DEEPEST_SHADE) * cv2.GaussianBlur(smooth, (0, 0), 2.0))


def sheen(relief: Relief, lamp: Lamp) -> Float:
    """Surface reflection of skin and hair: Blinn's lobe, widened by the lamp, with Fresnel, (h, w)."""
    to = direction(lamp)
    half = to + np.array([0, 0, 1.0])
    length = float(np.linalg.norm(half))
    if length < 1e-6:
        return np.zeros_like(relief.depth)
    half /= length
    spread = 0.28 + 0.35 * np.radians(lamp.size) / 2
    cosine = np.clip(relief.normals @ half.astype(np.float32), 0, 1)
    lobe = np.exp(-((np.arccos(np.clip(cosine, 0, 1)) / spread) ** 2))
    fresnel = 0.028 + 0.972 * (1 - float(to @ half)) ** 5
    share = SHEEN if to[2] > 0 else BACK_SHEEN
    return np.asarray(share * lobe * fresnel / (spread * spread * 4), np.float32)


def _falloff(relief: Relief, lamp: Lamp) -> Float:
    """Inverse-square fall of the light with distance, 1 at the face."""
    to = direction(lamp) * LAMP_DISTANCE * relief.ipd
    center = relief.vertices[[468, 473], :2].mean(axis=0)
    height, width = relief.depth.shape
    x = np.arange(width, dtype=np.float32)[None, :] + 0.5 - center[0]
    y = center[1] - (np.arange(height, dtype=np.float32)[:, None] + 0.5)
    square = (x - to[0]) ** 2 + (y - to[1]) ** 2 + (relief.depth - to[2]) ** 2
    return np.asarray((LAMP_DISTANCE * relief.ipd) ** 2 / square, np.float32)
