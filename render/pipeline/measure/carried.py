"""What became of the asymmetry, told by the skin itself instead of a landmark detector.

A detector reads other landmarks under another light though no pixel moved (docs/likeness.md).
Here the portrait's landmarks are the selfie's, carried along by the displacement of the texture
that they lie in. Its error is the registration's, and new light does not move it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from render.pipeline.contract import Double, Landmarks
from render.pipeline.faces import topology as mesh
from render.pipeline.faces.pose import pose

from . import asymmetry
from .registration import Registration

REACH = 0.06  # IPD within which a registered place speaks for a landmark: half a window of the registration
LEAST = 0.5  # share of the landmarks that must be spoken for


@dataclass(frozen=True)
class Carried:
    """``gain`` is 1 where the asymmetry is kept, 0 where it is gone; ``direction`` is the cosine of
    the portrait's field to the selfie's; ``landmarks`` is the share of them that was looked at."""

    gain: float
    direction: float
    landmarks: float


def carried(selfie: Landmarks, found: Registration) -> Carried | None:
    """Measure the asymmetry that the registered displacement has left.

    Parameters
    ----------
    selfie : Landmarks
        On the grid of ``found``, measured twice, (478, 3) pixels each.
    found : Registration
        Of the portrait against the selfie.

    Returns
    -------
    Carried or None
        None where less than `LEAST` of the landmarks lies within `REACH` of a registered place,
        its mirror landmark too, where the selfie's two measurements have no asymmetry in common, or where
        the head is turned beyond `asymmetry.FIELD_MEASURABLE_TO`: what is in common there is the pose.

    Notes
    -----
    ``g = (<a_1, b_2> + <a_2, b_1>) / (2 <a_1, a_2>)`` with ``b_k = A(L_k + u)``, the fields in three
    dimensions, the products over the picture's plane, in which alone a displacement ``u`` is seen. The
    products cross the two measurements, so that the detector's noise is in none of them.
    """
    if not len(found.points) or abs(pose(selfie).yaw) > asymmetry.FIELD_MEASURABLE_TO:
        return None
    points = selfie.points
    distance, nearest = cKDTree(found.points).query(points[:, :2])
    shift = np.zeros_like(points)
    shift[:, :2] = found.displacement[nearest] * selfie.ipd
    near = distance <= REACH * selfie.ipd
    near = near & near[mesh.MIRROR]
    a1, a2, b1, b2 = (
        asymmetry.field(one)[near, :2]
        for one in (selfie.first, selfie.second, selfie.first + shift, selfie.second + shift)
    )
    common = float((a1 * a2).sum())
    if near.mean() < LEAST or common <= 0:
        return None
    return Carried(
        gain=float((a1 * b2).sum() + (a2 * b1).sum()) / (2 * common),
        direction=_cosine(a1 + a2, b1 + b2),
        landmarks=float(near.mean()),
    )


def _cosine(a: Double, b: Double) -> float:
    return float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b)))
