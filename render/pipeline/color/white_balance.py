"""The lamp that a photograph was taken under, told by what is known to be white or skin in it.

Everything is said in log ratios of linear sRGB, red over green and blue over green: there a lamp moves all
colors by the same step. Each witness (skin, whites of the eyes, teeth, the brightest of the scene) says where
it lies under white light, how far it strays, and how often it is something else altogether. Three hypotheses
are weighed against each other: the camera has balanced the picture, which it mostly has; a lamp is left in
it; or a light of any color, under which nothing can be told. Only the second one changes the picture
(D. Brainard and W. Freeman, Bayesian color constancy, J. Opt. Soc. Am. A 14, 1997).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import ArrayLike

from render.pipeline.contract import Double, Float, WhiteBalance

from . import temperature
from .srgb import luminance
from .xyz import D65, XYZ_TO_SRGB, Chromaticity, white_xyz

FAINTEST = 1e-4
"""Linear: what a ratio is not taken of."""


@dataclass(frozen=True)
class Witness:
    """What one kind of thing shows under white light.

    Attributes
    ----------
    mean, spread : (float, float)
        Of the natural logs of red over green and of blue over green.
    correlation : float
        Of the two.
    stray : float
        Share of the photographs in which it is something else, of any color.
    """

    mean: tuple[float, float]
    spread: tuple[float, float]
    correlation: float
    stray: float

    def likelihood(self, seen: Double) -> Double:
        """Density of ratios ``seen`` (..., 2): (...)."""
        first, second = np.moveaxis((seen - self.mean) / np.array(self.spread), -1, 0)
        rest = 1 - self.correlation**2
        square = (first**2 - 2 * self.correlation * first * second + second**2) / rest
        area = 2 * np.pi * self.spread[0] * self.spread[1] * np.sqrt(rest)
        return np.asarray((1 - self.stray) * np.exp(-square / 2) / area + self.stray / ANYWHERE)


ANYWHERE = 12.0
"""Area over which a stray witness may lie, log ratios squared."""

WITNESSES: dict[str, Witness] = {
    "skin": Witness((0.75, -0.48), (0.30, 0.36), -0.7, 0.02),
    "eyes": Witness((0.18, 0.00), (0.18, 0.16), -0.4, 0.10),
    "teeth": Witness((0.30, -0.22), (0.20, 0.22), -0.2, 0.10),
    "scene": Witness((0.09, -0.05), (0.13, 0.16), -0.4, 0.20),
}
"""Skin of every tone is one wide witness, so that none is taken for a lamp's color; the white of an eye lies
in the shade of lids, and is lit by the skin around it."""

BALANCED, COLORED = 0.70, 0.02
"""How often a camera has balanced its picture, and how often no lamp that is sold explains its color."""

COOLEST, WARMEST, STEP = 70.0, 430.0, 8.0
"""Lamps that are looked for, mired (a million over kelvin): 14,300 K to 2,330 K."""

GREEN, MAGENTA = 0.04, -0.02
"""How far off the locus of black bodies and daylight, Duv (CIE 1960)."""

GREENISH, PINKISH = 0.02, 0.01
"""Scales by which lamps grow rarer with that distance: tubes are green, few lamps are pink."""

CANDLES, FEWER = 400.0, 15.0
"""Mired from which lamps grow rare, and how fast."""

BURNT = np.float32(0.85)
"""Linear level of the weakest channel from which a color is only the sensor's end."""

FULL, GREEN_CHANNEL, BLUE_AND_RED = (0.85, 0.97), 1, 2
"""Linear level from which a channel may be at its end, and surely is; the channel of which the ratios are,
and the sum of the two others' numbers."""

FADING = (0.7, 0.9)
"""Linear level of green, beside a lamp's channel that is at its end, from which a color fades to white, as a
shoulder would have it, and is white."""

COARSE, NEAR = 8, 0.05
"""Pixels that one of the grid holds on which colors near by are averaged, and how near: one sigma, of the
picture's shorter side."""

SURE, WHOLLY = 0.50, 0.90
"""Probability of a lamp from which it is taken out, and at which wholly."""


def ratios(linear: ArrayLike) -> Double:
    """Natural logs of red over green and of blue over green: (..., 3) linear sRGB to (..., 2)."""
    logs = np.log(np.maximum(np.asarray(linear, np.float64), FAINTEST))
    return np.stack([logs[..., 0] - logs[..., 1], logs[..., 2] - logs[..., 1]], axis=-1)


def estimate(seen: Mapping[str, Double]) -> WhiteBalance | None:
    """The lamp that is left in a picture; None where it is balanced, or where nothing can be told.

    Parameters
    ----------
    seen : mapping of str to (2,)
        What the witnesses that could be read show (`ratios`), by their names in ``WITNESSES``. Skin alone
        tells nothing: its tones go the way of lamps.
    """
    if not seen.keys() - {"skin"}:
        return None
    lamps = _lamps()
    balanced = BALANCED * _likelihood(seen, np.zeros((1, 2)))[0]
    each = (1 - BALANCED - COLORED) * lamps.share * _likelihood(seen, lamps.ratios)
    colored = COLORED * float(_likelihood(seen, _anything()).mean())
    lamp = float(each.sum())
    probability = lamp / (lamp + balanced + colored)
    strength = float(np.clip((probability - SURE) / (WHOLLY - SURE), 0, 1))
    if strength == 0:
        return None
    mired, duv, red, blue = each @ np.column_stack([lamps.mired, lamps.duv, lamps.ratios]) / lamp
    return WhiteBalance(1e6 / float(mired), float(duv), strength, (float(red), float(blue)))


def gains(found: WhiteBalance, keep: Float) -> Float:
    """Factors (3,) of linear sRGB that take out the lamp that was found.

    Parameters
    ----------
    found : WhiteBalance
    keep : (3,)
        The color whose luminance stays.

    Notes
    -----
    Von Kries' rule in linear sRGB: one gain a channel. Two cameras' own matrices that were tried stand
    between it and the rule in Bradford's cones, and it drives no channel below black (decision 57).
    """
    red, blue = np.exp(-found.strength * np.array(found.ratios))
    factors = np.array([red, 1.0, blue], np.float32)
    return np.asarray(factors * (luminance(keep) / luminance(keep * factors)), np.float32)


def balanced(pixels: Float, factors: Float) -> Float:
    """``pixels`` (H, W, 3) linear times the ``factors`` (3,), but for what is burnt out: white has no lamp's
    color to take away."""
    burnt = np.clip((pixels.min(axis=-1, keepdims=True) - BURNT) / np.float32(1 - BURNT), 0, 1)
    result = np.asarray(pixels * (factors + burnt * (1 - factors)), np.float32)
    _give_back(result, pixels, factors)
    return result


def _give_back(balanced: Float, pixels: Float, factors: Float) -> None:
    """Where the lamp's own channel was at its end, give it what colors near by have of it, in place.

    A warm lamp burns red out long before green and blue. Of what is left of it the lamp's share is taken away
    all the same, and a forehead would turn blue. The lighter it was, the nearer to white it is. And what
    had so much of the lamp's own color is not of the opposite one: a rim of burnt-out hair would turn lilac.
    """
    channel = int(np.argmin(factors))
    full = _ramp(pixels[..., channel], FULL)
    if channel == GREEN_CHANNEL or not full.any():
        return
    green = balanced[..., GREEN_CHANNEL]
    own, other = (_near(balanced, pixels, channel, of) for of in (channel, BLUE_AND_RED - channel))
    white = _ramp(pixels[..., GREEN_CHANNEL], FADING)
    wanted = (own + white * (1 - own)) * green
    balanced[..., channel] += full * np.maximum(wanted - balanced[..., channel], 0)
    opposite = balanced[..., BLUE_AND_RED - channel]
    opposite -= full * np.maximum(opposite - np.maximum(other, 1) * green, 0)


def _ramp(level: Float, ends: tuple[float, float]) -> Float:
    """0..1 for a ``level`` (H, W) between both ``ends``."""
    return np.asarray(np.clip((level - ends[0]) / np.float32(ends[1] - ends[0]), 0, 1), np.float32)


def _near(balanced: Float, pixels: Float, lamp: int, channel: int) -> Float:
    """What colors near each place have of a ``channel`` for one of green, (H, W): bright ones tell, and those
    that have the ``lamp``'s channel whole."""
    height, width = pixels.shape[:2]
    size = (max(1, round(width / COARSE)), max(1, round(height / COARSE)))
    green = balanced[..., GREEN_CHANNEL]
    weight = np.where(pixels[..., lamp] > FULL[0], np.float32(0), green)
    of, all_ = (
        cv2.GaussianBlur(
            cv2.resize(weight * field, size, interpolation=cv2.INTER_AREA), (0, 0), NEAR * min(size)
        )
        for field in (balanced[..., channel], green)
    )
    ratio = of / np.maximum(all_, np.float32(1e-6))
    return np.asarray(cv2.resize(ratio, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def lost(factors: Float) -> float:
    """Stops that the lamp may have taken from the picture: it weakens channels and strengthens none."""
    return float(-np.log2(factors.min()))


@dataclass(frozen=True)
class _Lamps:
    """Candidates: place off the locus, ratios (N, 2) of a white sheet under each, and each one's share."""

    mired: Double
    duv: Double
    ratios: Double
    share: Double


@cache
def _lamps() -> _Lamps:
    found = []
    for mired in np.arange(COOLEST, WARMEST + 1, STEP):
        before, place, after = (_uv(mired + step) for step in (-2.0, 0.0, 2.0))
        along = (after - before) / np.linalg.norm(after - before)
        across = np.array([along[1], -along[0]]) * np.sign(-along[0])
        for duv in np.arange(MAGENTA, GREEN + 1e-6, 0.0025):
            white = XYZ_TO_SRGB @ white_xyz(_chromaticity(place + duv * across))
            if white.min() > 0:
                found.append((mired, duv, *(ratios(white) - ratios(XYZ_TO_SRGB @ white_xyz(D65)))))
    mired, duv, red, blue = np.array(found).T
    rare = np.where(duv > 0, duv / GREENISH, -duv / PINKISH) + np.logaddexp(0, (mired - CANDLES) / FEWER)
    share = np.exp(-rare)
    return _Lamps(mired, duv, np.column_stack([red, blue]), share / share.sum())


def _uv(mired: float) -> Double:
    """CIE 1960 u, v of the reference illuminant."""
    x, y, z = temperature.illuminant(1e6 / mired)
    return np.array([4 * x, 6 * y]) / (x + 15 * y + 3 * z)


def _chromaticity(uv: Double) -> Chromaticity:
    """CIE 1931 x, y of CIE 1960 u, v."""
    u, v = float(uv[0]), float(uv[1])
    return 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)


@cache
def _anything() -> Double:
    """Ratios (N, 2) of lights of any color."""
    red, blue = np.meshgrid(np.linspace(-1.6, 1.6, 33), np.linspace(-2.2, 1.8, 41))
    return np.column_stack([red.ravel(), blue.ravel()])


def _likelihood(seen: Mapping[str, Double], lights: Double) -> Double:
    """How likely the witnesses show what they do under each of ``lights`` (N, 2): (N,)."""
    likelihood = np.ones(len(lights))
    for name, place in seen.items():
        likelihood *= WITNESSES[name].likelihood(np.asarray(place) - lights)
    return likelihood
