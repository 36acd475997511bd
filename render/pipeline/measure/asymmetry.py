"""The left-right asymmetry of a face: its field, size, gain, direction and features.

``points`` is (478, D), D = 2 or 3, in any unit and any orthogonal right- or left-handed
axes; lengths come out as fractions of the inter-pupil distance. The formulas are those
of docs/likeness.md. Score in three dimensions: in two, one degree of yaw alone adds
about 0.45 % of false asymmetry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.pipeline.contract import Double
from render.pipeline.faces import topology as mesh

from .similarity import fit

IPD_MM = 63.0
"""The inter-pupil distance that millimeters are told for."""

MEASURABLE_TO = {
    "eye height": 20.0,
    "eyelid opening": 35.0,
    "brow height": 8.0,
    "mouth-corner height": 35.0,
    "nose tip": 14.0,
    "chin": 10.0,
    "jaw width": 7.0,
}
"""Degrees of yaw up to which each feature is the sitter's own.

The mesh model guesses what a turned head hides, and the guess leans with the head: by 0.05 mm a degree for
the height of the eyes, 0.12 for the brows, 0.10 for the tip of the nose, 0.15 for the chin and 0.22 for the
jaw, and by nothing that can be told for eyelids and mouth. These are the angles at which that
reaches 1 mm, for nose, chin and jaw 1.5 mm: what `likeness.Gates` lets a portrait change. 35 is as far as
a selfie may be turned.
"""

FIELD_MEASURABLE_TO = 20.0
"""Degrees of yaw up to which magnitude, gain and direction tell more of the sitter than of the pose."""


def mirror(points: Double) -> Double:
    """The mirrored face: first axis negated, left and right labels swapped."""
    sign = np.ones(points.shape[1])
    sign[0] = -1
    mirrored: Double = (points * sign)[mesh.MIRROR]
    return mirrored


def interpupil(points: Double) -> float:
    """Distance of the iris centers, in the points' unit."""
    return float(np.linalg.norm(points[mesh.LEFT_PUPIL] - points[mesh.RIGHT_PUPIL]))


def field(points: Double) -> Double:
    """The signed asymmetry ``A(L) = (L - T(M L -> L)) / 2``, (478, D), unit of the points."""
    twin = mirror(points)
    half: Double = (points - fit(twin, points)(twin)) / 2
    return half


def magnitude(first: Double, second: Double, ipd: float) -> float:
    """Size of the asymmetry from two measurements of one field, noise left out.

    ``sqrt(max(0, <a1, a2>) / K) / d``; with ``a1 = a2`` this is the plain
    ``AM = sqrt(mean_i |A_i|^2) / d``.
    """
    return float(np.sqrt(max(0.0, float((first * second).sum())) / len(first)) / ipd)


def measurable(found: dict[str, float], yaw: float) -> dict[str, float | None]:
    """`features` of a head that is turned by ``yaw`` degrees: None for those that the pose decides there."""
    return {name: value if abs(yaw) <= MEASURABLE_TO[name] else None for name, value in found.items()}


@dataclass(frozen=True)
class Gain:
    """What became of the asymmetry: 1 kept, 0 gone, below 0 mirrored, above 1 exaggerated.

    ``noise`` is half of the spread between the double measurements; ``direction`` the
    cosine of both mean fields.
    """

    value: float
    noise: float
    direction: float


def gain(selfie: tuple[Double, Double], portrait: tuple[Double, Double]) -> Gain:
    """Compare fields that were each measured twice, in one frame and scale.

    ``g = 1/4 sum_jk <a_j, b_k> / <a_1, a_2>``: no product pairs a measurement with
    itself, so detector noise biases neither numerator nor denominator. Where the
    selfie's double measurement has no asymmetry in common the value is 1 and the noise
    infinite: nothing can be said.
    """
    a1, a2 = selfie
    b1, b2 = portrait
    common = float((a1 * a2).sum())
    a, b = (a1 + a2) / 2, (b1 + b2) / 2
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    direction = float((a * b).sum()) / norms if norms > 0 else 1.0
    if common <= 0:
        return Gain(1.0, float("inf"), direction)
    spread_a = float(((a1 - a2) * b).sum()) / 2
    spread_b = float(((b1 - b2) * a).sum()) / 2
    return Gain(float((a * b).sum()) / common, float(np.hypot(spread_a, spread_b)) / common, direction)


def plane(points: Double) -> tuple[Double, Double, Double]:
    """The face's own axes: its center, the unit normal of its symmetry plane, and its up.

    The normal is the direction that the best mirroring ``T M`` of the face onto itself
    turns round; it points to the sitter's left. Up runs from the chin to the forehead
    within the plane. Each (D,).
    """
    twin = mirror(points)
    sign = np.ones(points.shape[1])
    sign[0] = -1
    turned = fit(twin, points).rotation * sign
    values, vectors = np.linalg.eigh((turned + turned.T) / 2)
    normal = vectors[:, int(np.argmin(values))]
    normal = normal * np.sign(normal @ (points[mesh.LEFT_PUPIL] - points[mesh.RIGHT_PUPIL]))
    up = points[mesh.FOREHEAD] - points[mesh.CHIN]
    up = up - (up @ normal) * normal
    return points.mean(0), normal, up / np.linalg.norm(up)


def features(points: Double) -> dict[str, float]:
    """Signed asymmetries of single features, as fractions of the inter-pupil distance.

    Heights and openings are left minus right, the sitter's own; offsets and the jaw
    count toward the sitter's left. Ears carry no mesh points and are not in the list.
    """
    center, normal, up = plane(points)
    x, y = (points - center) @ normal, (points - center) @ up

    def difference(left: mesh.Index, right: mesh.Index) -> float:
        return float(y[left].mean() - y[right].mean())

    right_open = float(y[mesh.RIGHT_UPPER_LID[2:5]].mean() - y[mesh.RIGHT_LOWER_LID[2:5]].mean())
    left_open = float(y[mesh.LEFT_UPPER_LID[2:5]].mean() - y[mesh.LEFT_LOWER_LID[2:5]].mean())
    found = {
        "eye height": difference(mesh.LEFT_EYE, mesh.RIGHT_EYE),
        "eyelid opening": left_open - right_open,
        "brow height": difference(mesh.LEFT_BROW, mesh.RIGHT_BROW),
        "mouth-corner height": float(y[mesh.LEFT_MOUTH_CORNER] - y[mesh.RIGHT_MOUTH_CORNER]),
        "nose tip": float(x[mesh.NOSE_TIP]),
        "chin": float(x[mesh.CHIN]),
        "jaw width": float(x[mesh.LEFT_JAW].mean() + x[mesh.RIGHT_JAW].mean()),
    }
    ipd = interpupil(points)
    return {name: value / ipd for name, value in found.items()}
