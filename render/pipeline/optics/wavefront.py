"""Wave optics of a round lens: from its wavefront error to its point spread and its MTF.

The pupil is P = A exp(i 2 pi W / lambda) over the unit disc, with W = W020 r^2 + W040 r^4 + W060 r^6 (defocus
and spherical aberration of two orders); the point spread is |FT P|^2, which is never negative; the OTF is its
transform, the pupil's autocorrelation. Source: Goodman, Introduction to Fourier Optics, chapters 6 and 7.

No portrait needs this: it derives presets (`fit`), draws lens pages and holds the tests to physics.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from render.pipeline.contract import Double

GREEN_UM = 0.55
"""The wavelength to which the eye is most sensitive, micrometres."""

WHITE = ((0.47, 0.040), (0.51, 0.209), (0.55, 0.398), (0.59, 0.258), (0.63, 0.085), (0.67, 0.010))
"""Daylight as luminance counts it: wavelength in micrometres, share. CIE V(lambda) times CIE D65."""

SAMPLES = 256  # across the pupil's diameter
PADDING = 4  # grid over pupil: 2 is the least that holds the autocorrelation; more draws finer spreads

SIGMAS_UM = (0.0, *np.geomspace(0.8, 220, 24))
"""The widths among which `fit` chooses, micrometres."""
ANCHOR = 10.0  # weight of MTF(0) = 1 in the fit: light is neither lost nor made


@dataclass(frozen=True)
class Pupil:
    """A round exit pupil: f-number, and wavefront error in micrometres at the rim, by power of the radius.

    ``obstruction`` is the radius of a dark center over the pupil's, in [0, 1); the amplitude is
    exp(-``apodization`` r^2).
    """

    f_number: float
    w020: float = 0.0
    w040: float = 0.0
    w060: float = 0.0
    obstruction: float = 0.0
    apodization: float = 0.0

    def error(self, radius: Double) -> Double:
        """Wavefront error in micrometres at ``radius`` (any shape), 1 at the rim."""
        square = radius * radius
        return np.asarray(square * (self.w020 + square * (self.w040 + square * self.w060)))

    def amplitude(self, radius: Double) -> Double:
        """Amplitude at ``radius``, any shape.

        Rims are hard: a sample half as bright would carry a quarter of the light, and the MTF read .002 high.
        """
        inside = (radius <= 1) & (radius >= self.obstruction)
        return np.asarray(inside * np.exp(-self.apodization * radius * radius))


def field(pupil: Pupil, wavelength_um: float = GREEN_UM, samples: int = SAMPLES) -> NDArray[np.complex128]:
    """The pupil function A exp(i 2 pi W / lambda) on a square grid.

    Parameters
    ----------
    pupil : Pupil
    wavelength_um : float
    samples : int
        Across the diameter.

    Returns
    -------
    (samples, samples) complex, 1 where the lens does nothing

    Raises
    ------
    ValueError
        If the wavefront turns by more than half a wave from sample to sample, where the grid would show a
        milder lens than there is.
    """
    along = (np.arange(samples) - (samples - 1) / 2) / (samples / 2)
    radius = np.hypot(along[:, None], along)
    rim = np.linspace(0, 1, samples // 2 + 1)
    if np.abs(np.diff(pupil.error(rim))).max() > wavelength_um / 2:
        raise ValueError(f"The wavefront is too steep for {samples} samples across the pupil: take more.")
    phase = 2 * np.pi * pupil.error(np.minimum(radius, 1)) / wavelength_um
    return np.asarray(pupil.amplitude(radius) * np.exp(1j * phase))


def point_spread(pupil_field: NDArray[np.complex128], padding: int = PADDING) -> Double:
    """The point spread |FT P|^2: where the light of a point goes, as shares of what passed the pupil.

    Parameters
    ----------
    pupil_field : (n, n) complex
        From `field`.
    padding : int
        The grid over the pupil, at least 2. The spread's samples are lambda N / padding apart.

    Returns
    -------
    (n padding, n padding) float64, its center in the middle (index n padding // 2), sum 1
    """
    side = pupil_field.shape[0] * padding
    amplitude = np.fft.fft2(pupil_field, (side, side), norm="ortho")
    passed = (np.abs(pupil_field) ** 2).sum()  # Parseval: the spread's sum is this, whatever the phase
    return np.asarray(np.fft.fftshift(np.abs(amplitude) ** 2) / passed)


def otf(pupil: Pupil, frequency: Double, wavelength_um: float = GREEN_UM, samples: int = SAMPLES) -> Double:
    """The optical transfer function: real, for a round lens, and negative where contrast is reversed.

    ``frequency`` in line pairs per millimetre, any shape; the same shape out. Raises as `field` does.
    """
    spread = point_spread(field(pupil, wavelength_um, samples), 2)
    across = np.fft.ifftshift(spread.sum(axis=0))  # the line spread: a slice of the OTF is its transform
    sampled = np.fft.rfft(across).real[: samples + 1]
    cutoff = 1000 / (wavelength_um * pupil.f_number)
    return np.interp(np.abs(frequency) / cutoff, np.linspace(0, 1, samples + 1), sampled, right=0.0)


def mtf(
    pupil: Pupil,
    frequency: Double,
    spectrum: Sequence[tuple[float, float]] = ((GREEN_UM, 1.0),),
    samples: int = SAMPLES,
) -> Double:
    """The contrast that is left at ``frequency`` (line pairs per millimetre, any shape; same shape out).

    ``spectrum`` holds wavelengths in micrometres with their shares of the light, such as ``WHITE``. Colors
    add as light, so their signed OTFs do; the wavefront error is taken as one length for all of them.
    """
    light = sum(share for _, share in spectrum)
    total = sum(share * otf(pupil, frequency, wavelength, samples) for wavelength, share in spectrum)
    return np.asarray(np.abs(total) / light)


def diffraction_limit(frequency: Double, f_number: float, wavelength_um: float = GREEN_UM) -> Double:
    """The MTF of a round lens without error: 2/pi (acos v - v sqrt(1 - v^2)), v = lambda N f.

    ``frequency`` in line pairs per millimetre, any shape; the same shape out. Goodman, equation 7-33.
    """
    v = np.clip(wavelength_um / 1000 * f_number * np.abs(frequency), 0, 1)
    return np.asarray(2 / np.pi * (np.arccos(v) - v * np.sqrt(1 - v * v)))


def strehl(pupil: Pupil, wavelength_um: float = GREEN_UM, samples: int = SAMPLES) -> float:
    """Height of the point spread's center over that of the same pupil without error."""
    wave = field(pupil, wavelength_um, samples)
    return float((np.abs(wave.sum()) / np.abs(wave).sum()) ** 2)


def rms(pupil: Pupil, samples: int = SAMPLES) -> float:
    """Standard deviation of the wavefront error over the pupil, micrometres.

    Maréchal: the Strehl ratio of a small one is exp(-(2 pi rms / lambda)^2).
    """
    radius = (np.arange(samples) + 0.5) / samples
    weight = radius * pupil.amplitude(radius)
    error = pupil.error(radius)
    mean = np.average(error, weights=weight)
    return float(np.sqrt(np.average((error - mean) ** 2, weights=weight)))


def fit(
    frequency: Double, contrast: Double, most: int = 4, sigmas_um: Iterable[float] = SIGMAS_UM
) -> tuple[tuple[float, float], ...]:
    """The sum of few positive Gaussians whose MTF is nearest to a lens's: what a preset holds.

    Parameters
    ----------
    frequency : (n,)
        Line pairs per millimetre; evenly spaced ones weigh alike.
    contrast : (n,)
        The lens's MTF there.
    most : int
        Gaussians, at most.
    sigmas_um : iterable of float
        The widths to choose from, micrometres; 0 is a point.

    Returns
    -------
    tuple of (sigma in micrometres, weight)
        Weights positive, their sum 1.

    Notes
    -----
    Every choice of ``most`` widths is tried, and the weights of each come from non-negative least squares
    (Lawson and Hanson 1974): so the best of the grid is found, and the same every time.
    """
    sigmas = np.array(sorted(sigmas_um))
    passed = np.exp(-2 * (np.pi * sigmas / 1000 * frequency[:, None]) ** 2)
    rows = np.vstack([passed, np.full(sigmas.size, ANCHOR)])
    wanted = np.append(contrast, ANCHOR)
    choices = (list(chosen) for chosen in combinations(range(sigmas.size), most))
    best = min(choices, key=lambda chosen: nnls(rows[:, chosen], wanted)[1])
    weights = nnls(rows[:, best], wanted)[0]
    weights = weights / weights.sum()
    return tuple((float(s), float(w)) for s, w in zip(sigmas[best], weights, strict=True) if w > 0)
