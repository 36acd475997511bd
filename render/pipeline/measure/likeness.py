"""Does the portrait look like the selfie? Numbers, their noise, and a verdict by gates.

The formulas, the gates and why they are what they are: docs/likeness.md. Lengths are
fractions of the inter-pupil distance.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np

from render.pipeline.contract import Double, Landmarks, Pose
from render.pipeline.faces import topology as mesh
from render.pipeline.faces.pose import pose

from . import asymmetry
from .similarity import fit

SMALL_FEATURES = ("eye height", "eyelid opening", "brow height", "mouth-corner height")
LARGE_FEATURES = ("nose tip", "chin", "jaw width", "ear height")


@dataclass(frozen=True)
class Gates:
    """What a portrait must pass. Stored with the report; change ``version`` with any number."""

    version: str = "1"
    noise: float = 0.005  # above it there is no verdict
    error_mean: float = 0.010
    error_p95: float = 0.020
    small_features: float = 0.016  # change of eye, eyelid, brow, mouth corner: 1 mm
    large_features: float = 0.024  # change of nose tip, chin, jaw: 1.5 mm
    gain: tuple[float, float] = (0.80, 1.25)
    gain_from: float = 0.010  # asymmetry magnitude from which the gain counts
    magnitude_change: float = 0.004  # below that
    direction: float = 0.80
    direction_from: float = 0.015
    direction_weak: float = 0.65  # from gain_from to direction_from
    yaw: float = 1.5  # degrees
    pitch: float = 3.0
    roll: float = 3.0
    identity_pass: float = 0.65
    identity_retry: float = 0.55


GATES = Gates()

RELIGHT_GATES = Gates(version="2 relight", gain=(0.92, 1.12), gain_from=0.005)
"""For portraits whose face no generator touched: tight enough that a face averaged with
its mirror image by 25 % fails under new light (docs/likeness.md has the numbers)."""


@dataclass(frozen=True)
class Verdict:
    """``state`` is "pass", "retry", "fail" or "unmeasured"; ``failed`` names the gates."""

    state: str
    failed: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.state == "pass"


@dataclass(frozen=True)
class Likeness:
    """One portrait against one selfie, in ``dimensions`` dimensions."""

    dimensions: int
    noise_selfie: float
    noise_portrait: float
    error_mean: float  # inner face
    error_p95: float
    error_max: float
    error_all: float  # mean over all points
    magnitude_selfie: float
    magnitude_portrait: float
    gain: float
    gain_noise: float
    direction: float
    features_selfie: dict[str, float]
    features_portrait: dict[str, float]
    pose_difference: Pose  # portrait minus selfie
    identity: float | None  # cosine of face embeddings; None: not measured
    gates: Gates
    verdict: Verdict

    @property
    def feature_changes(self) -> dict[str, float]:
        """Portrait minus selfie, by feature."""
        return {name: self.features_portrait[name] - value for name, value in self.features_selfie.items()}

    @property
    def mirrored(self) -> bool:
        """Whether the face's left became its right."""
        return self.direction < 0

    def as_dict(self) -> dict[str, object]:
        """For JSON: lengths as fractions of the inter-pupil distance, and millimeters beside them."""
        plain: dict[str, object] = asdict(self)
        plain["gain_noise"] = self.gain_noise if np.isfinite(self.gain_noise) else None
        plain["feature_changes"] = self.feature_changes
        plain["feature_changes_mm"] = {
            name: value * asymmetry.IPD_MM for name, value in self.feature_changes.items()
        }
        plain["ipd_mm"] = asymmetry.IPD_MM
        plain["mirrored"] = self.mirrored
        plain["ear"] = "not measured"
        return plain


@dataclass(frozen=True)
class Error:
    """Landmark error over a set of points: fractions of the inter-pupil distance."""

    mean: float
    p95: float
    largest: float


def landmark_error(reference: Double, points: Double) -> Error:
    """``|p_i - T(q -> p)_i| / d``, both (478, D): of the inner face, placed by its own points."""
    p, q = reference[mesh.INNER_FACE], points[mesh.INNER_FACE]
    return _error(p, q, asymmetry.interpupil(reference))


def _error(p: Double, q: Double, ipd: float) -> Error:
    distance = np.linalg.norm(p - fit(q, p)(q), axis=1) / ipd
    return Error(float(distance.mean()), float(np.percentile(distance, 95)), float(distance.max()))


def compare(
    selfie: Landmarks,
    portrait: Landmarks,
    *,
    gates: Gates = GATES,
    dimensions: int = 3,
    identity: float | None = None,
) -> Likeness:
    """Measure the portrait's face against the selfie's and judge it.

    Parameters
    ----------
    selfie, portrait : Landmarks
        Each measured twice, each in its own picture's pixels. A change of perspective
        that the portrait carries must have been applied to the selfie's picture or
        points before; place, size and turning (in 3-D any turning) are undone here.
    gates : Gates
        The limits.
    dimensions : int
        3, or 2 to leave the depth out.
    identity : float, optional
        Cosine of face embeddings where a model is installed.

    Returns
    -------
    Likeness
        Its verdict is "unmeasured" where the noise of either picture is above
        ``gates.noise``.

    Raises
    ------
    ValueError
        When ``dimensions`` is neither 2 nor 3.
    """
    if dimensions not in (2, 3):
        raise ValueError("dimensions must be 2 or 3")
    s1, s2, r1, r2 = (
        points[:, :dimensions] for points in (selfie.first, selfie.second, portrait.first, portrait.second)
    )
    s, r = (s1 + s2) / 2, (r1 + r2) / 2
    ipd = asymmetry.interpupil(s)
    placed = fit(r, s)
    fields = [asymmetry.field(points) for points in (s1, s2, placed(r1), placed(r2))]
    gain = asymmetry.gain((fields[0], fields[1]), (fields[2], fields[3]))
    inner = landmark_error(s, r)
    turned, straight = pose(portrait), pose(selfie)
    found = Likeness(
        dimensions=dimensions,
        noise_selfie=selfie.noise,
        noise_portrait=portrait.noise,
        error_mean=inner.mean,
        error_p95=inner.p95,
        error_max=inner.largest,
        error_all=_error(s, r, ipd).mean,
        magnitude_selfie=asymmetry.magnitude(fields[0], fields[1], ipd),
        magnitude_portrait=asymmetry.magnitude(fields[2], fields[3], ipd),
        gain=gain.value,
        gain_noise=gain.noise,
        direction=gain.direction,
        features_selfie=asymmetry.features(s),
        features_portrait=asymmetry.features(r),
        pose_difference=Pose(
            turned.yaw - straight.yaw, turned.pitch - straight.pitch, turned.roll - straight.roll
        ),
        identity=identity,
        gates=gates,
        verdict=Verdict("unmeasured"),
    )
    return replace(found, verdict=judge(found, gates))


def judge(found: Likeness, gates: Gates) -> Verdict:
    """Hold the numbers against the gates; names every gate that failed."""
    if max(found.noise_selfie, found.noise_portrait) > gates.noise:
        return Verdict("unmeasured", ("noise",))
    turn = found.pose_difference
    passed = {
        "landmark error": found.error_mean <= gates.error_mean,
        "landmark error p95": found.error_p95 <= gates.error_p95,
        **_asymmetry_gates(found, gates),
        "yaw": abs(turn.yaw) <= gates.yaw,
        "pitch": abs(turn.pitch) <= gates.pitch,
        "roll": abs(turn.roll) <= gates.roll,
        "chirality": found.direction >= 0,
        "identity": found.identity is None or found.identity >= gates.identity_retry,
    }
    for name, change in found.feature_changes.items():
        limit = gates.small_features if name in SMALL_FEATURES else gates.large_features
        passed[name] = abs(change) <= limit
    failed = tuple(name for name, good in passed.items() if not good)
    if failed:
        return Verdict("fail", failed)
    if found.identity is not None and found.identity < gates.identity_pass:
        return Verdict("retry", ("identity",))
    return Verdict("pass")


def _asymmetry_gates(found: Likeness, gates: Gates) -> dict[str, bool]:
    size = found.magnitude_selfie
    if size < gates.gain_from:
        change = abs(found.magnitude_portrait - size)
        return {"asymmetry change": change <= gates.magnitude_change}
    least = gates.direction if size >= gates.direction_from else gates.direction_weak
    return {
        "asymmetry gain": gates.gain[0] <= found.gain <= gates.gain[1],
        "asymmetry direction": found.direction >= least,
    }
