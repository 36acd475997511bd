"""Light in which phones photograph: windows behind, lamps of every color, windows beside, the sun.

Pictures are (H, W, 3) uint8, sRGB; light is changed in linear light, and seeds are fixed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator

from render.pipeline.color import srgb
from render.pipeline.color.xyz import XYZ_TO_SRGB, white_xyz
from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.faces import topology


def in_linear_light(code: Code, change: Callable[[Float], Float]) -> Code:
    """``code`` with its linear light (H, W, 3) changed, held to 0..1 and rounded."""
    linear = change(srgb.decode(code.astype(np.float32) / 255))
    return srgb.codes(linear)


def exposed(code: Code, gain: float) -> Code:
    """``gain`` times the light; what is brighter than white is lost."""
    return in_linear_light(code, lambda light: light * np.float32(gain))


def tinted(code: Code, gains: tuple[float, float, float]) -> Code:
    """Each channel of the light times its own gain."""
    return in_linear_light(code, lambda light: light * np.array(gains, np.float32))


def extent(face: Landmarks) -> tuple[Double, Double]:
    """The two corners, (2,) each, of the box around the face's outline."""
    oval = face.points[topology.FACE_OVAL, :2]
    return oval.min(axis=0), oval.max(axis=0)


def along_the_eyes(code: Code, face: Landmarks) -> tuple[Double, Double]:
    """Every pixel's place beside and below the pupils' middle, in IPD; the sitter's left is positive."""
    right, left = face.points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], :2]
    across = (left - right) / np.linalg.norm(left - right)
    y, x = np.mgrid[0 : code.shape[0], 0 : code.shape[1]] + 0.5
    x, y = ((axis - middle) / face.ipd for axis, middle in zip((x, y), (left + right) / 2, strict=True))
    return x * across[0] + y * across[1], y * across[0] - x * across[1]


def sensor(light: Float, electrons: float, seed: int = 7) -> Float:
    """Photon noise and three electrons of reading: the darker, the more of it relative to the light."""
    draw = np.random.Generator(np.random.PCG64(seed))
    seen = draw.poisson(np.clip(light, 0, 1) * electrons) + draw.normal(0, 3, light.shape)
    return np.asarray(seen / electrons, np.float32)


def backlit(code: Code, matte: Float, stops: float, electrons: float | None = 2500) -> Code:
    """The person ``stops`` darker before a window: the phone exposes for what is bright."""

    def change(light: Float) -> Float:
        behind, cover = np.minimum(0.4 + 1.2 * light, 1), matte[..., None]
        seen = cover * light * np.float32(2**-stops) + (1 - cover) * behind
        return seen if electrons is None else sensor(seen, electrons)

    return in_linear_light(code, change)


def lamp(kelvin: float, green: float = 0.0) -> tuple[float, float]:
    """CIE 1931 x, y of a black body, ``green`` above it in the uv of 1960 (the Duv of lamp makers).

    Krystek, An algorithm to calculate correlated colour temperature, Color Res. Appl. 10, 1985.
    """
    t, at = kelvin, np.polyval
    u = at([1.28641212e-7, 1.54118254e-4, 0.860117757], t) / at([7.08145163e-7, 8.42420235e-4, 1], t)
    v = at([4.20481691e-8, 4.22806245e-5, 0.317398726], t) / at([1.61456053e-7, -2.89741816e-5, 1], t)
    v += green
    return float(3 * u / (2 * u - 8 * v + 4)), float(2 * v / (2 * u - 8 * v + 4))


def gains(kelvin: float, green: float = 0.0) -> Double:
    """What a camera balanced for 6500 K makes of that lamp, per linear sRGB channel, the strongest 1."""
    lit, white = (XYZ_TO_SRGB @ white_xyz(one) for one in (lamp(kelvin, green), lamp(6500)))
    return np.asarray(lit / white / (lit / white).max())


def cast(code: Code, kelvin: float, green: float = 0.0) -> Code:
    """The light of a lamp, with no white balance. No channel is raised, so nothing clips."""
    return tinted(code, tuple(gains(kelvin, green)))


def tube_light(code: Code) -> Code:
    """A cheap fluorescent tube: of daylight's temperature, and as green as lamps are sold."""
    return cast(code, 6000, green=0.025)


def window_light(code: Code, face: Landmarks, side: Literal["left", "right"], stops: float = 3.0) -> Code:
    """A window on the sitter's ``side``: half a stop more there, ``stops`` less than that away from it."""
    across, _ = along_the_eyes(code, face)
    toward = np.clip((across if side == "left" else -across) / 2.4 + 0.5, 0, 1)
    fall = 0.5 - stops * (1 - (3 * toward**2 - 2 * toward**3))
    return in_linear_light(code, lambda light: light * np.exp2(fall)[..., None].astype(np.float32))


def sun_patch(code: Code, face: Landmarks, stops: float = 2.5) -> Code:
    """Sun through a window on the sitter's left half of the face: brighter, warmer, with a hard edge.

    The shade is lit by the sky, which the camera takes for white; the sun beside it is yellow. What is
    brighter than white is lost, so the picture must be as dark as a phone takes it in such light.
    """
    across, down = along_the_eyes(code, face)
    width, height = 1.1, 1.45  # a third of a face
    z = (face.points[:, 2] - face.points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], 2].mean()) / face.ipd
    y, x = np.mgrid[0 : code.shape[0], 0 : code.shape[1]] + 0.5
    depth = LinearNDInterpolator(face.points[:, :2], z, fill_value=0.0)(x, y)
    across = across + 0.5 * depth  # it falls in from the side: what stands out bends its edge
    x, y = across - 0.3 - 0.25 * (down - 0.55), down - 0.55 + 0.2 * across
    away = np.maximum(np.abs(x) - width / 2, np.abs(y) - height / 2)  # in IPD
    sun = np.clip(0.5 - away / 0.025, 0, 1)
    hull = cv2.convexHull(np.rint(face.points[topology.FACE_OVAL, :2]).astype(np.int32))
    sun *= cv2.fillConvexPoly(np.zeros(code.shape[:2], np.float64), hull, 1.0)
    color = gains(4800)
    color *= 2**stops / (color @ srgb.LUMINANCE)
    rise = (1 + sun[..., None] * (color - 1)).astype(np.float32)
    return in_linear_light(code, lambda light: light * rise)
