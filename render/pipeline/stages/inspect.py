"""The first look at a photograph: is it fit for portraits, and where is the face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline import errors
from render.pipeline.bars import has_border, is_screenshot
from render.pipeline.color import srgb
from render.pipeline.contract import Capture, Code, Double, Float, Landmarks, Photograph, Pose, Quality
from render.pipeline.errors import Outline
from render.pipeline.faces import exposure, quality, sun, topology
from render.pipeline.faces.detector import FaceBox, FaceDetector
from render.pipeline.faces.patch import Face
from render.pipeline.faces.pose import pose
from render.pipeline.faces.unfiltered import by_night, smooth
from render.pipeline.faces.unmasked import UNKNOWN, Mouth, eyes, mouth, patched
from render.pipeline.faces.unpainted import painted

WORKING_SIDE = 4096
"""Longer photographs are reduced to this: a face 1500 px between the pupils is the 8K portrait's own."""

SMALLEST_IPD = 32.0  # px: below it a mesh of 478 points has less than a pixel each
TRUE_8K_IPD = 110.0  # px: below it the full portrait is enlarged more than twelve times
STRANGER_SHARE = 0.12  # area of a second face over the first's that makes it a second sitter
SURE_SCORE = 0.75  # a badge or a pattern that looks a little like a face scores about 0.6, a face 0.9
YAW, PITCH, ROLL = 35.0, 25.0, 25.0  # degrees; a three-quarter view is a portrait, a profile is none
LYING = 45.0  # degrees of roll: no head leans that far, the photograph does
ROOM = 0.04  # of the IPD: the face ends at least so far from the photograph's edge
BLUR = 0.0125  # edge sigma over IPD
DARK, DARK_FRACTION = 0.012, 0.70
CLIPPED = 0.12
SHARPEST = 0.75  # px: no photograph is asked to be sharper than its own pixels
CLEARLY_BLURRED = 1.5  # times the limit
CLOTH = 16.0  # CIELAB: of nose and mouth against the brow; lines on it are a mask's print
WIDE_OPEN = 0.48  # of the IPD between the lips: laughs measure up to 0.30, cries 0.5 and more
NOISE = 0.005

ON_ITS_SIDE = "The photograph lies on its side."
UPSIDE_DOWN = "The photograph is upside down."
SMEARED = "It was dim, and the phone has smoothed the skin; more light would give a finer portrait."
PAINTED = "A filter has drawn on the face in this photograph."


@dataclass(frozen=True)
class Inspection:
    """A photograph that portraits can be made of.

    ``pixels`` (H, W, 3) is at the size that is worked on, the photograph times ``reduction``, and
    turned back if the photograph was ``mirrored``; ``encoded`` is the same in sRGB codes and
    ``landmarks`` lie on it.
    """

    pixels: Float
    encoded: Code
    capture: Capture
    reduction: float
    mirrored: bool
    landmarks: Landmarks
    pose: Pose
    quality: Quality
    detector: str
    warnings: tuple[str, ...]

    @property
    def points(self) -> Double:
        """(478, 2): every landmark as shares of the photograph as it was sent, upright."""
        return _as_sent(self.landmarks.points[:, :2], self.encoded.shape, self.mirrored)


def inspect(photograph: Photograph, detector: FaceDetector, *, mirrored: bool = False) -> Inspection:
    """Measure the face and decide whether a portrait can be made, in about half a second.

    Parameters
    ----------
    photograph : Photograph
    detector : FaceDetector
    mirrored : bool
        The selfie was stored mirrored (the sitter said so): it is turned back first.

    Raises
    ------
    Refused
        By its named subclass: not upright, no face, several, too small, screenshot, framed, cut off, turned,
        tilted, backlit, dark, blown out, covered, painted, mouth wide open, blurred, filtered, sun on a part
        of it, unsteady. Its
        ``outlines`` say where the faces are.
    """
    pixels, reduction = _working(photograph.pixels)
    if mirrored:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    encoded = srgb.codes(pixels)
    boxes = detector.detect(encoded)
    _check_upright(detector, encoded, boxes)
    box = _only_face(boxes, encoded.shape, mirrored)
    landmarks = detector.landmarks(encoded, box=box)
    try:
        attitude, found, smeared = _check(Face(pixels, landmarks), encoded)
    except errors.Refused as refused:
        shares = _as_sent(landmarks.points[:, :2], encoded.shape, mirrored)
        refused.outlines = (face_outline(shares),)
        raise
    return Inspection(
        pixels=pixels,
        encoded=encoded,
        capture=photograph.capture,
        reduction=reduction,
        mirrored=mirrored,
        landmarks=landmarks,
        pose=attitude,
        quality=found,
        detector=detector.version,
        warnings=_warnings(landmarks, found, smeared=smeared),
    )


def face_outline(shares: Double) -> Outline:
    """Around the face of 478 points: the hull of its oval, which on a turned face runs hidden across it."""
    hull = cv2.convexHull(shares[topology.FACE_OVAL].astype(np.float32))
    return outline(np.asarray(hull[:, 0], np.float64))


def outline(shares: Double) -> Outline:
    """Points (N, 2) as a closed line, rounded to a ten-thousandth of the side."""
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in shares)


def _as_sent(points: Double, shape: tuple[int, ...], mirrored: bool) -> Double:
    """Points (N, 2) in pixels as shares of the photograph, mirrored again if it was."""
    shares = points / [shape[1], shape[0]]
    return shares * [-1, 1] + [1, 0] if mirrored else shares


def _working(pixels: Float) -> tuple[Float, float]:
    """The photograph at the size that is worked on, and its reduction."""
    longest = max(pixels.shape[:2])
    if longest <= WORKING_SIDE:
        return pixels, 1.0
    scale = WORKING_SIDE / longest
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)), scale


def _check_upright(detector: FaceDetector, encoded: Code, boxes: list[FaceBox]) -> None:
    """Refuse a photograph whose face stands on its head or lies on its side.

    Where no face is found, the turned picture is looked at: the models miss some of the faces that lie.
    """
    if boxes:
        turns = detector.quarter_turns(encoded, _sure(boxes)[0])
        turns = turns if turns and _is_turned(detector, encoded, turns) else 0
    else:
        turns = next((turns for turns in (1, 2, 3) if _stands(detector, np.rot90(encoded, turns))), 0)
    if turns:
        raise errors.NotUpright(UPSIDE_DOWN if turns == 2 else ON_ITS_SIDE)


def _is_turned(detector: FaceDetector, encoded: Code, turns: int) -> bool:
    """Whether a mouth stands where one must be once the face is turned back.

    The box models are misled by a mask, which shows none either way, and by a frame that cuts the brows off.
    """
    as_it_is = _mouth_of(detector, encoded)
    turned_back = _mouth_of(detector, np.rot90(encoded, turns))
    return as_it_is is not UNKNOWN and turned_back is not None and not turned_back.covered


def _mouth_of(detector: FaceDetector, picture: Code) -> Mouth | None:
    picture = np.ascontiguousarray(picture)
    try:
        landmarks = detector.landmarks(picture, crops=16)
    except errors.NoFace:
        return None
    return mouth(Face(srgb.decode(picture.astype(np.float32) / 255), landmarks))


def _stands(detector: FaceDetector, turned: Code) -> bool:
    """Whether an upright face is found with some certainty."""
    picture = np.ascontiguousarray(turned)
    boxes = [box for box in detector.detect(picture) if box.score > SURE_SCORE]
    return bool(boxes) and detector.quarter_turns(picture, boxes[0]) == 0


def _sure(boxes: list[FaceBox]) -> list[FaceBox]:
    """The boxes that hold a face without much doubt, or the largest."""
    return [box for box in boxes if box.score > SURE_SCORE] or boxes[:1]


def _only_face(boxes: list[FaceBox], shape: tuple[int, ...], mirrored: bool) -> FaceBox:
    """The sitter's box; other faces may only be small and far off."""
    if not boxes:
        raise errors.NoFace
    first, *others = _sure(boxes)
    strangers = [other for other in others if other.area > STRANGER_SHARE * first.area]
    if strangers:
        refused = errors.SeveralFaces()
        corners = [_as_sent(_corners(box), shape, mirrored) for box in (first, *strangers)]
        refused.outlines = tuple(outline(corner) for corner in corners)
        raise refused
    return first


def _corners(box: FaceBox) -> Double:
    right, bottom = box.left + box.width, box.top + box.height
    return np.array([[box.left, box.top], [right, box.top], [right, bottom], [box.left, bottom]])


def _check(face: Face, encoded: Code) -> tuple[Pose, Quality, bool]:
    """Refuse what no portrait can be made of, the cause that most helps the sitter first.

    Of what can be: whether the phone has smeared its skin for want of light, too.
    """
    landmarks = face.landmarks
    if landmarks.ipd < SMALLEST_IPD:
        raise errors.FaceTooSmall
    _check_frame(encoded, landmarks)
    attitude = pose(landmarks)
    _check_pose(attitude)
    found = quality.measure(face)
    lips = mouth(face)
    if not lips.masked:
        exposure.check(face)
        _check_exposure(found)
    blur = found.sharpness_sigma / max(BLUR * landmarks.ipd, SHARPEST)
    # Dark glass hides the edges that would show sharpness, and a strong blur hides eyes and lips.
    if blur < CLEARLY_BLURRED:
        _check_covers(face, lips)
    if blur > 1:
        raise errors.Blurred
    smeared = smooth(face, found)
    if smeared and not by_night(face):
        raise errors.Filtered
    if patched(eyes(face)) is None:  # its edge on dark skin reads as the sun's
        sun.check(face)
    if landmarks.noise > NOISE:
        raise errors.Unsteady
    return attitude, found, smeared


def _check_exposure(found: Quality) -> None:
    if found.median_luminance < DARK or found.dark_fraction > DARK_FRACTION:
        raise errors.TooDark
    if found.clipped_fraction > CLIPPED:
        raise errors.BlownOut


def _check_covers(face: Face, lips: Mouth) -> None:
    """Refuse a face that something lies over, and a mouth that is torn open."""
    seen = eyes(face)
    free = [eye for index, eye in enumerate(seen) if index != patched(seen)]
    if any(eye.covered for eye in free):
        raise errors.Covered
    drawn = painted(face).by_a_filter
    if lips.covered or (drawn and lips.cloth > CLOTH):
        raise errors.MouthCovered
    if drawn:
        raise errors.Filtered(PAINTED)
    upper, lower = face.landmarks.points[topology.LIPS_INNER[[15, 5]]]
    if np.linalg.norm(upper - lower) > WIDE_OPEN * face.landmarks.ipd:
        raise errors.MouthOpen


def _check_frame(encoded: Code, landmarks: Landmarks) -> None:
    """Refuse what is no photograph to its edges, and a face that an edge cuts.

    The forehead may be cut, as in many selfies.
    """
    if is_screenshot(encoded):
        raise errors.Screenshot
    if has_border(encoded):
        raise errors.Framed
    height, width = encoded.shape[:2]
    x, y = landmarks.points[topology.BELOW_FOREHEAD, :2].T
    room = min(x.min(), y.min(), width - x.max(), height - y.max())
    if room < ROOM * landmarks.ipd:
        raise errors.CutOff


def _check_pose(attitude: Pose) -> None:
    if abs(attitude.roll) > LYING:
        raise errors.NotUpright(ON_ITS_SIDE)
    if abs(attitude.yaw) > YAW:
        raise errors.TurnedAway
    if abs(attitude.pitch) > PITCH:
        raise errors.Tilted("The head is tilted too far up or down.", "Hold the camera at eye level.")
    if abs(attitude.roll) > ROLL:
        raise errors.Tilted


def _warnings(landmarks: Landmarks, found: Quality, *, smeared: bool) -> tuple[str, ...]:
    """What the sitter should know although a portrait can be made."""
    said = []
    if landmarks.ipd < TRUE_8K_IPD:
        said.append(
            f"There are only {landmarks.ipd:.0f} pixels between the eyes: too few for true 8K detail. "
            "Come closer or send the original file."
        )
    if found.noise_sigma > 0.03:
        said.append("The photograph is grainy; more light would give a cleaner portrait.")
    if smeared:
        said.append(SMEARED)
    return tuple(said)
