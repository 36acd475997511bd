"""What a lamp does to the sitter: direction, color, wrapped diffuse light, cast shadow, sheen."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.color.temperature import white
from render.pipeline.compiled import compiled
from render.pipeline.contract import Code, Double, Float
from render.pipeline.recipe import Lamp

from .relief import Relief

SOFTBOX, DISTANCES = 14.3, (19.0, 40.0)
"""Width of what a photographer hangs up, and how near and far it is hung, IPD (0.9 m; 1.2 to 2.5 m): its
light falls off down the body."""

DEEPEST_SHADE = 0.2
"""Share of the key that still reaches its own cast shadow, scattered by the skin around it."""

SHEEN = 0.12
"""Share of a smooth dielectric's reflection that matt skin keeps in its broad lobe."""

BACK_SHEEN = 0.8
"""The same for a lamp behind the sitter: at grazing angles every strand and hair of the skin glints."""

NOTHING = -1e4
"""Depth of what stands in nobody's light, grid pixels."""

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
    fall = falloff(relief, lamp)
    channels = []
    for scatter in SKIN_SCATTER:
        wrap = 0.5 * radius + scatter
        lit = np.clip((cosine + wrap) / (1 + wrap), 0, 1)
        channels.append(cv2.pow(lit, float(1 + wrap)) * fall)
    skin = np.stack(channels, axis=-1)
    # Hair and cloth have no red in their shadow's edge.
    plain = srgb.luminance(skin)[..., None]
    return np.asarray(plain + relief.face[..., None] * (skin - plain), np.float32)


def visibility(relief: Relief, lamp: Lamp) -> Float:
    """Share of the lamp that each place sees past the sitter's own nose, brow, chin and hair.

    Rays are marched over the depth map toward the lamp's center; the smallest clearance
    over distance, against the lamp's angular radius, gives the penumbra. A lamp behind the
    sitter reaches only what no other part stands before.
    """
    to = direction(lamp)
    if lamp.size >= 120:
        return np.ones_like(relief.depth)
    ground = np.where(relief.matte > 0.35, relief.depth, NOTHING).astype(np.float32)
    around = cv2.copyMakeBorder(ground, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=[NOTHING])
    radius = np.tan(np.radians(max(lamp.size, 10.0) / 2))
    flat = float(np.hypot(to[0], to[1]))
    clear = np.ones_like(relief.depth)
    if flat > 1e-3:
        count = int(np.ceil(np.log(2.6 * relief.ipd / 1.5) / np.log(1.08)))
        away = (1.5 * 1.08 ** np.arange(count) / flat).astype(np.float32)
        # What lies farther outside than the blur below reaches is never looked at.
        near = cv2.dilate((relief.matte > 0.35).astype(np.uint8), np.ones((17, 17), np.uint8))
        lid = _highest_ahead(around, to)
        steps = np.stack([away, 1 / (2 * away * radius)], axis=-1).astype(np.float32)
        _march(relief.depth, near, around, lid, to.astype(np.float32), steps, clear)
    smooth = np.clip(clear, 0, 1)
    smooth = smooth * smooth * (3 - 2 * smooth)
    return np.asarray(DEEPEST_SHADE + (1 - DEEPEST_SHADE) * cv2.GaussianBlur(smooth, (0, 0), 2.0))


def _highest_ahead(around: Float, to: Double) -> Float:
    """The most that ``around`` has of each place and of all that lies from it toward the lamp, its shape."""
    toward = np.s_[:: 1 if to[1] > 0 else -1, :: -1 if to[0] > 0 else 1]
    most = np.maximum.accumulate(np.maximum.accumulate(around[toward], axis=0), axis=1)
    return np.ascontiguousarray(most[toward])


@compiled
def _march(
    depth: Float, near: Code, around: Float, lid: Float, to: Float, steps: Float, clear: Float
) -> None:
    """Lower ``clear`` (h, w) where it is ``near`` to the least clearance of each place's ray at the
    distances ``steps[:, 0]``, down to 0, over the lamp's width there (its reciprocal ``steps[:, 1]``);
    ``around`` is what stands in the way, (h + 2, w + 2), and ``lid``
    is never below what stands farther on: no ray is followed that can only become clearer."""
    height, width = depth.shape
    right, down = int(to[0] <= 0), int(to[1] > 0)
    for row in range(height):
        for column in range(width):
            if near[row, column] == 0:
                continue
            least = np.float32(1)
            for step in range(steps.shape[0]):
                t, narrow = steps[step, 0], steps[step, 1]
                x, y = np.float32(column) + to[0] * t, np.float32(row) - to[1] * t
                if x <= -1 or y <= -1 or x >= width or y >= height:
                    break  # beyond the picture stands nothing
                left, top = np.uint32(x + np.float32(1)), np.uint32(y + np.float32(1))
                rise = depth[row, column] - np.float32(0.4) - lid[top + down, left + right]
                # What is the least that it can be from here on?
                lowest = np.float32(0.5) + (to[2] * t + min(rise, np.float32(0))) * narrow
                if to[2] >= 0 and lowest >= least:
                    break
                u, v = x + np.float32(1) - np.float32(left), y + np.float32(1) - np.float32(top)
                above = around[top, left] + u * (around[top, left + 1] - around[top, left])
                below = around[top + 1, left] + u * (around[top + 1, left + 1] - around[top + 1, left])
                gap = depth[row, column] + to[2] * t - (above + v * (below - above))
                least = min(least, np.float32(0.5) + (gap - np.float32(0.4)) * narrow)
                if least <= 0:
                    break
            clear[row, column] = least


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


@compiled
def add(total: Float, light: Float, share: Float, color: Float) -> None:
    """Add to ``total`` (h, w, 3) a share (h, w) of the ``light`` (h, w, 3) of a lamp of one color (3,)."""
    for y in range(total.shape[0]):
        for x in range(total.shape[1]):
            for c in range(3):
                total[y, x, c] += light[y, x, c] * share[y, x] * color[c]


@compiled
def tint(total: Float, share: Float, color: Float) -> None:
    """Add to ``total`` (h, w, 3) a share (h, w) of one color (3,)."""
    for y in range(total.shape[0]):
        for x in range(total.shape[1]):
            for c in range(3):
                total[y, x, c] += share[y, x] * color[c]


def falloff(relief: Relief, lamp: Lamp) -> Float:
    """Inverse-square fall of the light with distance, 1 at the face, (h, w)."""
    away = relief.ipd * float(np.clip(SOFTBOX / 2 / np.tan(np.radians(lamp.size / 2)), *DISTANCES))
    to = direction(lamp) * away
    center = relief.vertices[[468, 473], :2].mean(axis=0)
    height, width = relief.depth.shape
    x = np.arange(width, dtype=np.float32)[None, :] + 0.5 - center[0]
    y = center[1] - (np.arange(height, dtype=np.float32)[:, None] + 0.5)
    square = (x - to[0]) ** 2 + (y - to[1]) ** 2 + (relief.depth - to[2]) ** 2
    return np.asarray(away**2 / square, np.float32)
