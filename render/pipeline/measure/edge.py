"""The slanted-edge measurement: the contrast left at every frequency, and what an edge does beside itself.

A slightly tilted edge meets the pixel grid at every phase, so that its rows together sample one edge profile
far more finely than the grid does (the e-SFR of ISO 12233). The profile shows over- and undershoot and halos;
the transform of its slope is the MTF.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_banded
from scipy.signal.windows import tukey

from render.pipeline.contract import Double, Float

BIN = 0.25
"""Pixels between two samples of the profile."""

NYQUIST = 0.5
HIGHEST = 1.0  # cycles per pixel: last frequency that is returned
PASSES = 4
NEAR = 16.0  # px on both sides of the edge that the later passes look at
LEAST_REACH = 6.0  # px: with less room there is no plateau
PLATEAU = 0.2  # of the profile at each end: the two tones
CLEAR = 8.0  # the step over the noise of one pixel's difference from its neighbor, times the root of the rows
STRAIGHT = 1.5  # px: largest median distance of the rows' edges from one line
FILLED = 0.75  # of the bins: with fewer, the edge does not meet the grid at every phase


@dataclass(frozen=True)
class Edge:
    """One slanted edge, measured.

    ``frequencies`` (cycles per pixel along the edge's normal, 0 to 1) and ``mtf`` have one shape,
    ``positions`` (pixels along the normal, from dark to light, 0 on the edge) and ``profile`` (the dark
    plateau 0, the light one 1) another. ``angle`` is the edge's from the columns, or the rows if it lies, in
    degrees, with the sign of `charts.slanted_edge`. ``step`` is the light of the plateaus, dark first.
    """

    frequencies: Double
    mtf: Double
    angle: float
    positions: Double
    profile: Double
    step: tuple[float, float]

    def at(self, cycles_per_px: float) -> float:
        """The MTF at one frequency; for line pairs per millimetre see `presets.cycles_per_px`."""
        return float(np.interp(cycles_per_px, self.frequencies, self.mtf))

    @property
    def peak(self) -> float:
        """The largest MTF below Nyquist; a lens has 1, at 0."""
        return float(self.mtf[self.frequencies <= NYQUIST].max())

    @property
    def overshoot(self) -> float:
        """How far the light side rises over its plateau, as a share of the step."""
        return max(float(self._calm.max()) - 1, 0.0)

    @property
    def undershoot(self) -> float:
        """How far the dark side falls below its plateau, as a share of the step."""
        return max(-float(self._calm.min()), 0.0)

    def halo_px(self, level: float = 0.005) -> float:
        """Width in pixels over which the profile lies more than ``level`` outside its plateau.

        Of the two sides the wider one; several ripples of one side count together.
        """
        fine = np.arange(self.positions[0], self.positions[-1], BIN / 8)
        profile = np.interp(fine, self.positions, self._calm)
        return max(int((profile > 1 + level).sum()), int((profile < -level).sum())) * BIN / 8

    @cached_property
    def _calm(self) -> Double:
        """The profile with the bins' noise halved. The weights are positive: they make no overshoot."""
        weights = np.array([1, 4, 6, 4, 1]) / 16
        return np.asarray(np.convolve(np.pad(self.profile, 2, mode="edge"), weights, mode="valid"))


def edge(picture: Float | Double, reach: float | None = None) -> Edge:
    """Measure the one nearly vertical or nearly horizontal edge of ``picture``.

    Parameters
    ----------
    picture : (H, W), linear light
        One straight edge between two even tones, 1 to 20 degrees from the columns or the rows, at least
        ``LEAST_REACH`` pixels from the borders that it runs along.
    reach : float, optional
        Pixels on both sides of the edge that are looked at; all there are, if None. It must hold the whole
        halo: 5 times the widest blur. The error that noise makes in the MTF grows with its root.

    Raises
    ------
    ValueError
        With one sentence, if there is no such edge.

    Notes
    -----
    The source is ISO 12233, e-SFR. Two things are done better than there: the mean of a bin stands for the
    bin's center whatever the phases of its pixels, and the window is flat over the edge, so that it does not
    sharpen wide ones. Divided out is the response of the central difference, sinc(2 f BIN).
    """
    upright, mirrored = _upright(np.asarray(picture, np.float64))
    middle, slope = _line(upright)
    tilt = np.arctan(slope)
    away = (np.arange(upright.shape[1]) - middle[:, None]) * np.cos(tilt)
    room = min(-away[:, 0].max(), away[:, -1].min())
    reach = room if reach is None else min(reach, room)
    if reach < LEAST_REACH:
        raise ValueError("The edge runs out of the picture, or too near its border.")
    positions, profile = _profile(away, upright, reach)
    ends = max(int(PLATEAU * positions.size), 1)
    dark, light = float(profile[:ends].mean()), float(profile[-ends:].mean())
    profile = (profile - dark) / (light - dark)
    frequencies, mtf = _mtf(profile)
    angle = float(np.degrees(tilt if mirrored else -tilt))
    return Edge(frequencies, mtf, angle, positions, profile, (dark, light))


def _upright(picture: Double) -> tuple[Double, bool]:
    """The picture turned so that the edge runs down and is dark on the left; whether that mirrored it."""
    if picture.ndim != 2 or min(picture.shape) < 2 * LEAST_REACH:
        raise ValueError("An edge is measured in one plane of at least 12 x 12 pixels.")
    if not np.isfinite(picture).all():
        raise ValueError("The picture holds values that are no numbers.")
    across, down = np.diff(picture.mean(axis=0)), np.diff(picture.mean(axis=1))
    if (down**2).sum() > (across**2).sum():
        picture, across = picture.T, down
    return (picture, False) if across.sum() >= 0 else (picture[:, ::-1], True)


def _line(picture: Double) -> tuple[Double, float]:
    """Where the edge crosses each row, in columns, (H,), and by how many columns a row it moves."""
    slopes = np.diff(picture, axis=1)
    columns = np.arange(slopes.shape[1]) + 0.5
    rows = np.arange(slopes.shape[0])
    step = np.abs(slopes.sum(axis=1).mean())
    noise = float(np.median(np.abs(slopes - np.median(slopes)))) / 0.6745
    if step <= CLEAR * noise / np.sqrt(rows.size) or step < 1e-6:
        raise ValueError("There is no edge in the picture: its two sides are equally light.")
    window = np.broadcast_to(np.hamming(columns.size), slopes.shape)
    for _ in range(PASSES):
        seen = slopes * window
        weight = seen.sum(axis=1)
        clear = weight > 0.2 * np.median(weight)
        if clear.sum() < rows.size / 2:
            break
        found = (seen[clear] @ columns) / weight[clear]
        slope, start = np.polyfit(rows[clear], found, 1)
        middle = start + slope * rows
        window = _around(columns - middle[:, None])
    else:
        if np.median(np.abs(found - middle[clear])) <= STRAIGHT:
            return middle, float(slope)
    raise ValueError("There is no straight edge in the picture.")


def _around(away: Double) -> Double:
    """A window over the edge, flat in its inner half."""
    fall = np.clip(2 * np.abs(away) / NEAR - 1, 0, 1)
    return np.asarray((1 + np.cos(np.pi * fall)) / 2)


def _profile(away: Double, picture: Double, reach: float) -> tuple[Double, Double]:
    """The edge in steps of ``BIN`` along its normal: positions and values.

    A bin's mean is v + v' <d> + v'' <d^2>/2, with d the distances of its pixels from its center. With
    differences between neighboring bins for the derivatives that is three unknowns an equation.
    """
    half = int(reach / BIN)
    place = np.round(away / BIN).astype(np.intp)
    near = np.abs(place) <= half
    index, values = place[near] + half, picture[near]
    off = away[near] / BIN - place[near]
    size = 2 * half + 1
    count = np.bincount(index, minlength=size)
    filled = count > 0
    if filled.mean() < FILLED:
        raise ValueError(
            "The edge stands too straight on the pixels to be measured: tilt it by 2 to 10 degrees."
        )
    number = np.maximum(count, 1)
    mean, first, second = (np.bincount(index, part, size) / number for part in (values, off, off * off))
    mean = np.interp(np.arange(size), np.flatnonzero(filled), mean[filled])
    first, second = first * filled, second * filled
    first[[0, -1]] = second[[0, -1]] = 0
    bands = np.zeros((3, size))
    bands[0, 1:] = ((first + second) / 2)[:-1]
    bands[1] = 1 - second
    bands[2, :-1] = ((second - first) / 2)[1:]
    return np.arange(-half, half + 1) * BIN, np.asarray(solve_banded((1, 1), bands, mean))


def _mtf(profile: Double) -> tuple[Double, Double]:
    slope = (profile[2:] - profile[:-2]) / 2
    slope = slope * tukey(slope.size, 0.5)
    size = 4 * slope.size  # zeros around it: a finer grid of frequencies, nothing else
    frequencies = np.fft.rfftfreq(size, BIN)
    kept = frequencies <= HIGHEST
    frequencies = frequencies[kept]
    transform = np.abs(np.fft.rfft(slope, size))[kept]
    return frequencies, np.asarray(transform / transform[0] / np.sinc(2 * BIN * frequencies))
