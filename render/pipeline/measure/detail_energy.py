"""How much a full portrait holds above the end of its photograph, against what a photograph would.

A line fitted to the octaves that a photograph holds and carried on is a poor reference. A face's power
falls steeply where it shows form and less so where it shows pores and hairs: on photographs whose next
two octaves are known the line is 2 dB wrong in the first and 7 in the second. Scenes, though, have about
as much variance in one octave as in the next, which is power falling as f^-2 (Field, JOSA A 4, 1987).
So the line tells only the level at which the photograph ends, and f^-2 goes on from there: 1 and 3 dB
wrong for skin, without bias (docs/optics.md has all kinds).

0 dB is what a photograph would go on to hold, give or take that much. A portrait is compared with its
own coarser octaves, so its light and its print do not count; its grain would, and is taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double, Float

from .spectrum import BLACK, FEWEST, Mask, Spectrum, corners, kinds, radial

MOST, MOST_PIXELS = 24, 1_000_000
"""Patches of a kind that are looked at, evenly chosen, and pixels in all of them."""

SHARE = 0.75
"""Of the photograph's Nyquist frequency: there bicubic enlarging takes 1.9 dB, and beyond much more."""

OCTAVES = 1.0
"""Below the photograph's end, to which the line is fitted."""

FIRST = 3
"""Ring of a patch's spectrum with which they begin: coarser ones hold the window and the light."""

SCENE = -20 * np.log10(2)
"""Slope of f^-2, dB an octave."""

BANDS = ((1 / 32, 1 / 16), (1 / 16, 1 / 8), (1 / 8, 1 / 4))
"""Octaves that may be told, cycles a full pixel, to half of Nyquist."""

LIT = 0.05
"""Linear luminance below which eight bits are too coarse to tell."""

Film: TypeAlias = Callable[[Float, int, int], Float]
"""What takes the grain out of an encoded patch (n, n, 3), 0..1, at a row and column of the full portrait."""


@dataclass(frozen=True)
class Energy:
    """Of one kind: how far it is ``over`` what is expected in each band, dB, None where eight bits could
    not hold that; and the patches that say so."""

    over: tuple[float | None, ...]
    patches: int


@dataclass(frozen=True)
class DetailEnergy:
    """Of one full portrait: where its photograph ends, cycles a full pixel, the octaves above, and the
    energy in them by kind; a kind that shows too little is left out."""

    end: float
    bands: tuple[tuple[float, float], ...]
    kinds: dict[str, Energy]

    def as_dict(self) -> dict[str, object]:
        """For ``report.json``."""
        names = [f"1/{1 / low:.0f}-1/{1 / high:.0f}" for low, high in self.bands]
        return {
            "photograph_ends_at_cycles_per_px": round(self.end, 4),
            "db_over_a_photograph": {
                kind: dict(zip(names, (db if db is None else round(db, 1) for db in one.over), strict=True))
                for kind, one in self.kinds.items()
            },
            "patches": {kind: one.patches for kind, one in self.kinds.items()},
        }


def end(pixel: float, blur: float) -> float:
    """Finest that a photograph holds, cycles a pixel of its full portrait.

    Parameters
    ----------
    pixel : float
        Pixels of the full portrait that one of the photograph's covers, along a side.
    blur : float
        Sigma of the photograph's own blur, its pixels. It ends where half the power is left,
        exp(-4 pi^2 sigma^2 f^2) = 1/2, if not before at ``SHARE`` of its Nyquist frequency.
    """
    half = np.sqrt(np.log(2)) / (2 * np.pi * max(blur, 1e-3))
    return float(min(0.5 * SHARE, half) / pixel)


def lit_kinds(proof: Code, points: Double, matte: Float) -> dict[str, Mask]:
    """Skin, hair and cloth of a proof (h, w, 3) where there is light to see them by: `kinds` of landmarks
    (478, 2 or 3) in its pixels and the matte (h, w)."""
    lit = np.exp(_logarithm(proof.astype(np.float32) / np.float32(255))) > LIT
    return {name: mask & lit for name, mask in kinds(points, matte).items()}


def read(full: Code, masks: Mapping[str, Mask], ends: float, film: Film | None = None) -> DetailEnergy:
    """Measure a full portrait.

    Parameters
    ----------
    full : (H, W, 3) uint8
    masks : by name (h, w)
        Where each kind lies, on the proof's grid, which is a whole number of times as coarse.
    ends : float
        Where its photograph ends, cycles a pixel of ``full``, see `end`.
    film : Film, optional
        Takes the grain out.

    Returns
    -------
    DetailEnergy
        Without bands and kinds where the photograph itself reaches to the top.
    """
    bands = tuple(band for band in BANDS if band[0] >= ends - 1e-9)
    found = {}
    for kind, mask in masks.items() if bands else ():
        patches = list(_patches(full, mask, ends, film))
        if len(patches) >= FEWEST:
            measured, floor = _mean(patches), _floor(patches)
            usual = expected(measured, ends)
            over = (measured.band(*b) - usual.band(*b) if usual.band(*b) > floor else None for b in bands)
            found[kind] = Energy(tuple(over), len(patches))
    return DetailEnergy(ends, bands, found)


def expected(measured: Spectrum, ends: float) -> Spectrum:
    """What a photograph would go on to hold that ``ends`` there: its own level, then f^-2."""
    octave = np.log2(measured.frequency / ends)
    held = (np.arange(len(octave)) >= FIRST - 1) & (octave <= 0.01)
    # Rings lie ever closer in octaves; every part of the octave shall count alike.
    weight = measured.frequency[held] ** -0.5
    level = np.polyfit(octave[held], measured.power_db[held], 1, w=weight)[1]
    return Spectrum(measured.frequency, level + SCENE * octave, measured.patches)


def _patches(full: Code, mask: Mask, ends: float, film: Film | None) -> Iterator[Double]:
    """Log luminance (n, n) of evenly chosen patches of ``full`` that lie inside ``mask``."""
    cell = len(full) // len(mask)
    side = int(np.ceil(FIRST * 2**OCTAVES / ends / cell))
    size = side * cell
    places = corners(mask, side)
    many = min(len(places), MOST, max(MOST_PIXELS // size**2, FEWEST))
    chosen = np.linspace(0, len(places) - 1, many).round().astype(int)
    for row, column in (places[place] for place in chosen):
        top, left = row * cell, column * cell
        encoded = full[top : top + size, left : left + size].astype(np.float32) / np.float32(255)
        yield _logarithm(encoded if film is None else film(encoded, top, left))


def _mean(patches: Sequence[Double]) -> Spectrum:
    """Spectrum of all patches, their dB averaged as `spectrum` does."""
    found = [radial(_level(patch)) for patch in patches]
    power = np.mean([10 * np.log10(np.maximum(power, 1e-12)) for _, power in found], axis=0)
    return Spectrum(found[0][0], power, len(found))


def _floor(patches: Sequence[Double]) -> float:
    """Power that rounding to eight bits leaves, dB: each channel's 1/12 of a code value squared."""
    encoded = srgb.encode_exactly(np.exp([patch.mean() for patch in patches]))
    per_code = 2.4 / (encoded + 0.055) / 255  # d ln Y / dE of the sRGB curve
    return float(np.mean(10 * np.log10(per_code**2 / 12 * float((srgb.LUMINANCE**2).sum()))))


def _logarithm(encoded: Float) -> Double:
    """Natural-log luminance of (n, n, 3) encoded; summed in double precision, always in one order."""
    red, green, blue = np.moveaxis(srgb.decode(encoded).astype(np.float64), -1, 0)
    weight = [float(share) for share in srgb.LUMINANCE]
    return np.log(np.maximum(weight[0] * red + weight[1] * green + weight[2] * blue, BLACK))


def _level(patch: Double) -> Double:
    """A patch (n, n) without its slope: what a lamp does across it."""
    along = np.arange(len(patch)) - (len(patch) - 1) / 2
    spread = (along * along).sum() * len(patch)
    across, down = (patch * along).sum() / spread, (patch * along[:, None]).sum() / spread
    return patch - across * along - down * along[:, None]
