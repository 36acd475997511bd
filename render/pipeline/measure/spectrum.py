"""How much a picture holds at every fineness: radial power spectra of skin, hair and cloth.

Log luminance is measured, not linear: texture is reflectance, which multiplies the light, so a
log spectrum is the same under any lamp, at any exposure and for any skin, and two pictures are
compared where their light differs. The price is that noise in deep shadow counts more; so the log
begins at ``BLACK``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float
from render.pipeline.faces import topology as mesh

from .face_area import interpupil

SIDE = 48
"""Pixels of a patch, and so bins of 1/48 cycles a pixel. Patches overlap by half."""

BLACK = 0.01
"""Linear luminance below which differences are not told apart."""

INSIDE = 0.98
"""Share of a patch that must be of its kind."""

FEWEST = 4
"""Patches from which a spectrum is believed."""

RIM = 0.06
"""Of skin, hair and cloth, left out beside every border, IPD."""

BELOW_CHIN = 0.55
"""Cloth begins this far below the chin, IPD; what lies beside and above it is hair, neck or beard."""

BANDS = (1 / 24, 1 / 16, 1 / 12, 1 / 8, 1 / 6, 1 / 4)
"""Edges of the bands in which two pictures are compared, cycles a pixel: half octaves to half of Nyquist."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Spectrum:
    """Power at each ``frequency`` (n,), cycles a pixel, in dB, over ``patches`` patches.

    0 dB is the power of white noise whose variance is 1 in natural-log luminance.
    """

    frequency: Double
    power_db: Double
    patches: int

    @property
    def of_nyquist(self) -> Double:
        """The same frequencies over Nyquist's."""
        return 2 * self.frequency

    def band(self, low: float, high: float) -> float:
        """Mean of dB over the frequencies from ``low`` to below ``high``, cycles a pixel."""
        inside = (self.frequency >= low - 1e-9) & (self.frequency < high - 1e-9)
        return float(self.power_db[inside].mean())


def logarithm(picture: Float) -> Double:
    """Natural-log luminance of (H, W, 3) linear, the plane that is measured."""
    return np.log(np.maximum(srgb.luminance(picture), BLACK).astype(np.float64))


def radial(patch: Double) -> tuple[Double, Double]:
    """Power of one square patch (n, n) over frequency: (n // 2,) cycles a pixel, (n // 2,) linear power.

    The patch loses its mean and is seen through a Hann window, whose own power is divided out;
    white noise of variance v has the power v at every frequency (Welch 1967).
    """
    side = len(patch)
    hann = np.hanning(side + 2)[1:-1]
    window = hann[:, None] * hann
    centered = patch - (patch * window).sum() / window.sum()
    power = np.abs(np.fft.fft2(centered * window)) ** 2 / (window**2).sum()
    axis = np.fft.fftfreq(side) * side
    ring = np.rint(np.hypot(axis[:, None], axis)).astype(np.intp)
    total = np.bincount(ring.ravel(), power.ravel())
    count = np.bincount(ring.ravel())
    rings = np.arange(1, side // 2 + 1)
    return rings / side, total[rings] / count[rings]


def spectrum(plane: Double, mask: Mask, side: int = SIDE) -> Spectrum | None:
    """Spectrum of ``plane`` (H, W) over all patches inside ``mask``; None where there are too few.

    Patches are averaged in dB: one that holds the edge of a shape then counts as one, not as all.
    """
    places = corners(mask, side)
    if len(places) < FEWEST:
        return None
    found = [radial(plane[y : y + side, x : x + side]) for y, x in places]
    power = np.mean([10 * np.log10(np.maximum(power, 1e-12)) for _, power in found], axis=0)
    return Spectrum(found[0][0], power, len(places))


def corners(mask: Mask, side: int = SIDE) -> list[tuple[int, int]]:
    """Row and column of every patch, half overlapping, that lies in ``mask``."""
    total = cv2.integral(mask.astype(np.uint8))
    step = side // 2
    return [
        (y, x)
        for y in range(0, mask.shape[0] - side + 1, step)
        for x in range(0, mask.shape[1] - side + 1, step)
        if total[y + side, x + side] - total[y, x + side] - total[y + side, x] + total[y, x]
        >= INSIDE * side * side
    ]


def apart(one: Spectrum, other: Spectrum, bands: tuple[float, ...] = BANDS) -> Double:
    """How much more power ``one`` has than ``other`` in each band, dB, (len(bands) - 1,)."""
    return np.array([one.band(*pair) - other.band(*pair) for pair in pairwise(bands)])


def skin(points: Double, shape: tuple[int, ...]) -> Mask:
    """The face without eyes, brows and lips, and without their borders, (H, W)."""
    ipd = interpupil(points)
    face = _filled([points[mesh.FACE_OVAL]], shape)
    holes = (mesh.RIGHT_EYE, mesh.LEFT_EYE, mesh.RIGHT_BROW, mesh.LEFT_BROW, mesh.LIPS_OUTER)
    features = _filled([points[hole] for hole in holes], shape)
    return _eroded(face, RIM * ipd) & ~_dilated(features, RIM * ipd)


def hair(points: Double, matte: Float) -> Mask:
    """The head outside the mesh, above the jaw: hair, and what little there is of ears, (H, W)."""
    ipd = interpupil(points)
    face = _filled([points[mesh.FACE_OVAL]], matte.shape)
    head = _eroded(matte > 0.98, RIM * ipd) & ~_dilated(face, RIM * ipd)
    head[int(max(points[mesh.NOSE_TIP, 1], 0)) :] = False
    return np.asarray(head)


def cloth(points: Double, matte: Float) -> Mask:
    """The person well below the chin, (H, W)."""
    ipd = interpupil(points)
    body = _eroded(matte > 0.98, RIM * ipd)
    body[: int(points[mesh.CHIN, 1] + BELOW_CHIN * ipd)] = False
    return body


def kinds(points: Double, matte: Float) -> dict[str, Mask]:
    """Every kind's mask by its name, from landmarks (478, 2 or 3) in pixels and the matte (H, W)."""
    return {
        "skin": skin(points, matte.shape),
        "hair": hair(points, matte),
        "cloth": cloth(points, matte),
    }


def _filled(polygons: list[Double], shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(polygon[:, :2]).astype(np.int32) for polygon in polygons], [1])
    return mask > 0


def _dilated(mask: Mask, by: float) -> Mask:
    return ~_eroded(~mask, by)


def _eroded(mask: Mask, by: float) -> Mask:
    """What lies farther than ``by`` pixels inside."""
    away = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away > by)
