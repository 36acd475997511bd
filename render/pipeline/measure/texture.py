"""Does the shadow side keep texture? No patch of a face's deep tones may be one flat value."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.contract import Code, Double
from render.pipeline.faces import topology as mesh

SIDE = 16  # px of a patch
DEEP = (15.0, 40.0)  # code values of the patches that are looked at
LEAST_SHARE = 0.90  # of a patch's pixels that must lie in the face


@dataclass(frozen=True)
class ShadowTexture:
    """``patches`` looked at, how many are ``flat`` (no variance at all), least and median deviation.

    Deviations are of code values, 0..255; None where the face has no deep tone.
    """

    patches: int
    flat: int
    least: float | None
    median: float | None

    @property
    def passed(self) -> bool:
        return self.flat == 0


def read(portrait: Code, points: Double) -> ShadowTexture:
    """Patches of ``SIDE`` px, half overlapping, inside the face's oval whose mean is deep.

    Parameters
    ----------
    portrait : (H, W, 3) uint8
    points : (478, 2 or 3)
        Its face, pixels.

    Notes
    -----
    A patch crushed to black has a mean below the band; so patches of the face that are black
    throughout (mean below the band, one value) count as flat too.
    """
    gray = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY).astype(np.float64)
    face = np.zeros(gray.shape, np.uint8)
    cv2.fillPoly(face, [np.round(points[mesh.FACE_OVAL, :2]).astype(np.int32)], [1])
    inside = _means(face.astype(np.float64)) >= LEAST_SHARE
    mean = _means(gray)[inside]
    deviation = np.sqrt(np.maximum(_means(gray * gray)[inside] - mean * mean, 0))
    deep = (mean >= DEEP[0]) & (mean <= DEEP[1])
    crushed = (mean < DEEP[0]) & (deviation < 1e-6)
    seen = deviation[deep]
    return ShadowTexture(
        patches=int(deep.sum() + crushed.sum()),
        flat=int((seen < 1e-6).sum() + crushed.sum()),
        least=float(seen.min()) if seen.size else None,
        median=float(np.median(seen)) if seen.size else None,
    )


def _means(plane: Double) -> Double:
    """Means of patches at every half patch, (rows, columns)."""
    total = cv2.integral(plane)
    y = np.arange(0, plane.shape[0] - SIDE + 1, SIDE // 2)[:, None]
    x = np.arange(0, plane.shape[1] - SIDE + 1, SIDE // 2)[None]
    sums = total[y + SIDE, x + SIDE] - total[y, x + SIDE] - total[y + SIDE, x] + total[y, x]
    return np.asarray(sums / SIDE**2)
