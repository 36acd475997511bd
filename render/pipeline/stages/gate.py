"""No portrait leaves that has lost its sitter: the proof measured against the selfie.

The relight engine moves nothing, so its proof must lie exactly on the placed selfie
(registration), and must not be mirrored. What a landmark detector reads under the new light
is measured and reported beside it (docs/likeness.md says why light moves the detector).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double, Float, Landmarks, Window
from render.pipeline.errors import NotYourLikeness, Unsteady
from render.pipeline.faces.detector import FaceBox, FaceDetector
from render.pipeline.faces.topology import FACE_OVAL, LEFT_PUPIL, RIGHT_PUPIL
from render.pipeline.measure.carried import Carried, carried
from render.pipeline.measure.face_area import extent
from render.pipeline.measure.likeness import Likeness, compare
from render.pipeline.measure.registration import LIMIT, Registration, register
from render.pipeline.scene import Scene

OPPOSITE = -0.3  # direction below which the asymmetry is the mirrored one, not noise under a hard light
CROPS = 32
COARSE, ALIKE = (
    0.04,
    0.97,
)  # IPD, sigma that a soft lens leaves alone; least correlation of a face with itself


@dataclass(frozen=True)
class Finding:
    """What the gate measured; ``likeness`` is raw, in the new light; ``asymmetry`` is the skin's own.

    Attributes
    ----------
    before_the_lens : bool
        Registered on the picture that the lens was given: the lens left too little texture to register.
    """

    registration: Registration
    asymmetry: Carried | None
    likeness: Likeness
    before_the_lens: bool = False

    def as_dict(self) -> dict[str, object]:
        """For ``report.json``."""
        return {
            "registration": self.registration.as_dict()
            | {"limit_p95": LIMIT, "before_the_lens": self.before_the_lens},
            "asymmetry": asdict(self.asymmetry) if self.asymmetry else None,
            "likeness": self.likeness.as_dict(),
        }


def gate(
    scene: Scene, proof: Code, detector: FaceDetector, sharp: Callable[[], Code] | None = None
) -> Finding:
    """`measured`, and let pass only what is the sitter.

    Parameters
    ----------
    scene : Scene
    proof : (h, w, 3) uint8
    detector : FaceDetector
    sharp : callable, optional
        Makes the proof of the same scene without its lens and film, (h, w, 3) uint8. It is registered where
        ``proof`` fails: a soft lens loses the texture, not the face, and moves nothing. Both have to be the
        same picture as far as a soft lens lets one see.

    Raises
    ------
    NotYourLikeness
        When the registration residual is above its limit or the face is mirrored.
    Unsteady, NoFace
        As `measured`.
    """
    finding = _read(scene, proof, detector)
    if sharp and not (finding and finding.registration.passed()):
        picture = sharp()
        if not _alike(scene, picture, proof):
            raise NotYourLikeness
        again = measured(scene, picture, detector)
        finding = replace(again, likeness=(finding or again).likeness, before_the_lens=True)
    if finding is None:
        raise Unsteady
    if not finding.registration.passed() or _mirrored(finding.likeness):
        raise NotYourLikeness
    return finding


def _alike(scene: Scene, first: Code, second: Code) -> bool:
    """Whether two pictures show the same face, coarsely: (h, w, 3) each."""
    face = placed_landmarks(scene)
    inside = np.zeros(first.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.round(face.points[FACE_OVAL, :2]).astype(np.int32)], (1,))
    coarse = [
        cv2.GaussianBlur(one.astype(np.float32).mean(axis=-1), (0, 0), COARSE * face.ipd)[inside > 0]
        for one in (first, second)
    ]
    return bool(np.corrcoef(coarse)[0, 1] >= ALIKE)


def _read(scene: Scene, proof: Code, detector: FaceDetector) -> Finding | None:
    """`measured`, or None where there is no texture to register."""
    try:
        return measured(scene, proof, detector)
    except Unsteady:
        return None


def measured(scene: Scene, proof: Code, detector: FaceDetector, *, crops: int = CROPS) -> Finding:
    """Measure ``proof`` (h, w, 3) against the selfie it was made from.

    Raises
    ------
    Unsteady
        When the face holds no texture to register.
    NoFace
        When no face is left to measure.
    """
    expected = placed_landmarks(scene)
    try:
        registration = _registered(scene, proof, expected.points)
    except ValueError as nothing_to_register:
        raise Unsteady from nothing_to_register
    found = detector.landmarks(proof, crops=crops, box=_box(expected))
    return Finding(registration, carried(expected, registration), compare(expected, found))


def _registered(scene: Scene, proof: Code, points: Double) -> Registration:
    """`register`, of the rows alone that it looks at."""
    _, top, _, bottom = extent(points, proof.shape)
    rows = Window(scene.placement.canvas, 1, top, bottom)
    above = np.array([0, top])
    found = register(
        placed_selfie(scene, rows),
        proof[top:bottom].astype(np.float32) / 255,
        points[:, :2] - above,
        matte=scene.matte[top:bottom],
    )
    return replace(found, points=found.points + above)


def _box(expected: Landmarks) -> FaceBox:
    """Where the face must be: the placing is known, so the detector need not search for it."""
    points = expected.points[:, :2]
    low, high = points[FACE_OVAL].min(axis=0), points[FACE_OVAL].max(axis=0)
    right, left = points[RIGHT_PUPIL], points[LEFT_PUPIL]
    return FaceBox(
        float(low[0]),
        float(low[1]),
        float(high[0] - low[0]),
        float(high[1] - low[1]),
        (float(right[0]), float(right[1])),
        (float(left[0]), float(left[1])),
        1.0,
    )


def _mirrored(found: Likeness) -> bool:
    """Whether a face that is asymmetric enough to tell has its left where its right was."""
    return found.magnitude_selfie >= found.gates.gain_from and found.direction < OPPOSITE


def placed_landmarks(scene: Scene) -> Landmarks:
    """The selfie's landmarks in proof pixels, perspective included."""
    return Landmarks(
        _placed(scene, scene.sitter.identity.landmarks.first),
        _placed(scene, scene.sitter.identity.landmarks.second),
        scene.sitter.identity.landmarks.noise,
    )


def placed_selfie(scene: Scene, window: Window | None = None) -> Float:
    """The selfie on the proof's grid in its own light, (h, w, 3) encoded; of ``window``, its rows."""
    grid = window or Window.whole(scene.placement.canvas)
    return srgb.encode(np.maximum(scene.placement.look(scene.sitter.identity.pixels, grid), 0))


def _placed(scene: Scene, points: Double) -> Double:
    flat = scene.placement.to_canvas(points[:, :2])
    return np.column_stack([flat, points[:, 2] / scene.placement.zoom])
