"""One look at a photograph: is it fit for portraits, and everything that rendering needs of it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from render.pipeline import errors
from render.pipeline.color import srgb
from render.pipeline.contract import (
    ENGINE,
    ENGINE_VERSION,
    LEFT_PUPIL,
    RIGHT_PUPIL,
    Code,
    Float,
    Identity,
    Landmarks,
    Photograph,
    Pose,
    Quality,
)
from render.pipeline.faces import quality
from render.pipeline.faces.denoise import denoise
from render.pipeline.faces.detector import FaceBox, FaceDetector
from render.pipeline.faces.matte import cut_out
from render.pipeline.faces.pose import pose
from render.pipeline.faces.shoulders import extend
from render.pipeline.identity_file import storable

WORKING_SIDE = 4096
"""Longer photographs are reduced to this: a face 1500 px between the pupils is the 8K portrait's own."""

BESIDE, ABOVE, BELOW = 8.0, 6.0, 11.0  # IPD from the eyes: farther than any style's frame reaches

SMALLEST_IPD = 32.0  # px: below it a mesh of 478 points has less than a pixel each
TRUE_8K_IPD = 110.0  # px: below it the full portrait is enlarged more than twelve times
STRANGER_SHARE = 0.12  # area of a second face over the first's that makes it a second sitter
SURE_SCORE = 0.75  # a badge or a pattern that looks a little like a face scores about 0.6, a face 0.9
YAW, PITCH, ROLL = 20.0, 25.0, 25.0  # degrees
BLUR = 0.0125  # edge sigma over IPD
DARK, DARK_FRACTION = 0.012, 0.70
CLIPPED = 0.12
SHARPEST = 0.75  # px: no photograph is asked to be sharper than its own pixels
EYE_CONTRAST = 0.12
CLEARLY_BLURRED = 1.5  # times the limit
NOISE = 0.005
WHITE = 0.55  # linear; the brightest 0.5 % of a well exposed photograph reach it
LARGEST_PUSH = 6.0  # an underexposed photograph is brightened by at most this factor


def analyze(photograph: Photograph, detector: FaceDetector, *, mirrored: bool = False) -> Identity:
    """Measure the sitter, or say in one sentence why that cannot be done.

    Parameters
    ----------
    photograph : Photograph
    detector : FaceDetector
    mirrored : bool
        The selfie was stored mirrored (the sitter said so): it is turned back first.

    Raises
    ------
    Refused
        By its named subclass: no face, several, too small, turned, tilted, dark, blown out,
        blurred, covered, unsteady.
    """
    pixels, reduction = _working(photograph.pixels)
    if mirrored:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    encoded: Code = np.round(srgb.encode(pixels) * 255).astype(np.uint8)
    box = _only_face(detector.detect(encoded), encoded.shape)
    landmarks = detector.landmarks(encoded, box=box)
    attitude = pose(landmarks)
    found = quality.measure(pixels, landmarks)
    _check(landmarks, attitude, found, quality.eye_contrast(pixels, landmarks))
    full_height, full_width = pixels.shape[:2]
    left, top, right, bottom = _within_reach(landmarks, full_width, full_height)
    pixels, encoded = pixels[top:bottom, left:right], np.ascontiguousarray(encoded[top:bottom, left:right])
    landmarks = _moved(landmarks, -left, -top)
    push = float(np.clip(WHITE / np.percentile(srgb.luminance(pixels), 99.5), 1, LARGEST_PUSH))
    pixels = pixels * np.float32(push)
    pixels = denoise(pixels, found.noise_sigma * push ** (1 / 2.4), landmarks.ipd)
    matte, color = cut_out(pixels, detector.person_mask(encoded), landmarks)
    tone = quality.skin_tone(pixels, landmarks)
    color, matte, landmarks = extend(color, matte, landmarks)
    beside = (color.shape[1] - (right - left)) / 2
    color, matte = storable(color, matte)
    return Identity(
        pixels=color,
        matte=matte,
        capture=photograph.capture,
        landmarks=landmarks,
        pose=attitude,
        quality=found,
        skin=tone,
        mirrored=mirrored,
        versions={"engine": f"{ENGINE} {ENGINE_VERSION}", "detector": detector.version},
        reduction=reduction,
        axis=(full_width / 2 - left + beside, full_height / 2 - top),
        push=push,
        warnings=_warnings(landmarks, found),
    )


def _working(pixels: Float) -> tuple[Float, float]:
    """The photograph at the size that is worked on, and its reduction."""
    longest = max(pixels.shape[:2])
    if longest <= WORKING_SIDE:
        return pixels, 1.0
    scale = WORKING_SIDE / longest
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)), scale


def _within_reach(landmarks: Landmarks, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what any frame can show of this sitter, px.

    Work and storage follow the face: a small face in a large photograph costs no more than a large one.
    """
    x, y = landmarks.points[[RIGHT_PUPIL, LEFT_PUPIL], :2].mean(axis=0)
    ipd = landmarks.ipd
    return (
        max(0, int(x - BESIDE * ipd)),
        max(0, int(y - ABOVE * ipd)),
        min(width, int(x + BESIDE * ipd)),
        min(height, int(y + BELOW * ipd)),
    )


def _moved(landmarks: Landmarks, x: float, y: float) -> Landmarks:
    move = np.array([x, y, 0.0])
    return replace(landmarks, first=landmarks.first + move, second=landmarks.second + move)


def _only_face(boxes: list[FaceBox], shape: tuple[int, ...]) -> FaceBox:
    """The sitter's box; other faces may only be small and far off."""
    if not boxes:
        raise errors.NoFace
    sure = [box for box in boxes if box.score > SURE_SCORE] or boxes[:1]
    first, *others = sure
    if any(other.area > STRANGER_SHARE * first.area for other in others):
        raise errors.SeveralFaces
    return first


def _check(landmarks: Landmarks, attitude: Pose, found: Quality, eye_contrast: float) -> None:
    """Refuse what no portrait can be made of, the cause that most helps the sitter first."""
    if landmarks.ipd < SMALLEST_IPD:
        raise errors.FaceTooSmall
    if abs(attitude.yaw) > YAW:
        raise errors.TurnedAway
    if abs(attitude.pitch) > PITCH:
        raise errors.Tilted("The head is tilted too far up or down.", "Hold the camera at eye level.")
    if abs(attitude.roll) > ROLL:
        raise errors.Tilted
    if found.median_luminance < DARK or found.dark_fraction > DARK_FRACTION:
        raise errors.TooDark
    if found.clipped_fraction > CLIPPED:
        raise errors.BlownOut
    blur = found.sharpness_sigma / max(BLUR * landmarks.ipd, SHARPEST)
    # Dark glass hides the edges that would show sharpness, and a strong blur hides the white of the eyes.
    if eye_contrast < EYE_CONTRAST and blur < CLEARLY_BLURRED:
        raise errors.Covered
    if blur > 1:
        raise errors.Blurred
    if landmarks.noise > NOISE:
        raise errors.Unsteady


def _warnings(landmarks: Landmarks, found: Quality) -> tuple[str, ...]:
    """What the sitter should know although a portrait can be made."""
    said = []
    if landmarks.ipd < TRUE_8K_IPD:
        said.append(
            f"There are only {landmarks.ipd:.0f} pixels between the eyes: too few for true 8K detail. "
            "Come closer or send the original file."
        )
    if found.noise_sigma > 0.03:
        said.append("The photograph is grainy; more light would give a cleaner portrait.")
    return tuple(said)
