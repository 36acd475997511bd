"""One look at a photograph: is it fit for portraits, and everything that rendering needs of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb, white_balance
from render.pipeline.contract import (
    ENGINE,
    ENGINE_VERSION,
    LEFT_PUPIL,
    RIGHT_PUPIL,
    Float,
    Identity,
    Landmarks,
    Photograph,
    WhiteBalance,
)
from render.pipeline.faces import exposure, quality, topology
from render.pipeline.faces.denoise import denoise
from render.pipeline.faces.detector import FaceDetector
from render.pipeline.faces.matte import cut_out
from render.pipeline.faces.patch import Face, fill
from render.pipeline.faces.residual import residual
from render.pipeline.faces.shoulders import extend
from render.pipeline.faces.white import lamp
from render.pipeline.identity_file import storable, storable_residual
from render.pipeline.location import across, behind
from render.pipeline.networks import matting
from render.pipeline.networks.register import find
from render.pipeline.optics import source

from .inspect import Inspection, inspect

BESIDE, ABOVE, BELOW = 8.0, 6.0, 11.0  # IPD from the eyes: farther than any style's frame reaches

RESOLVED = 0.65  # px: edge sigma of a grid that loses next to nothing: a Gaussian passes 12 % at half a cycle
LEAST_IPD = 200.0  # px: a grid whose face is smaller than twice this costs little as it is


def analyze(photograph: Photograph, detector: FaceDetector, *, mirrored: bool = False) -> Identity:
    """Measure the sitter, or say in one sentence why that cannot be done.

    Parameters and refusals are those of `inspect`.
    """
    return model(inspect(photograph, detector, mirrored=mirrored), detector)


def model(seen: Inspection, detector: FaceDetector) -> Identity:
    """Everything that rendering needs of a photograph that passed its inspection."""
    seen = resolved(seen)
    pixels, landmarks, found = seen.pixels, seen.landmarks, seen.quality
    full_height, full_width = pixels.shape[:2]
    left, top, right, bottom = _within_reach(landmarks, full_width, full_height)
    pixels = pixels[top:bottom, left:right]
    encoded = np.ascontiguousarray(seen.encoded[top:bottom, left:right])
    landmarks = _moved(landmarks, -left, -top)
    developed = development(Face(pixels, landmarks))
    mattes = matting.mattes(encoded)
    # As it was taken: smoothed edges double the error of the matte.
    masks, finer = detector.person_masks(encoded), matting.finer(mattes)
    matte, color = cut_out(pixels, masks, landmarks, list(mattes.values()), finer)
    photographed, color = developed(pixels), developed(color)
    location = behind(photographed, matte, landmarks)
    missed = residual(photographed, matte, color, location, landmarks.ipd, developed.push)
    color = denoise(color, found.noise_sigma * developed.push ** (1 / 2.4), landmarks.ipd)
    tone = quality.skin_tone(Face(color, landmarks))
    color, matte, landmarks = extend(color, matte, landmarks)
    beside = (color.shape[1] - (right - left)) // 2
    color, matte = storable(color, matte)
    return Identity(
        pixels=color,
        matte=matte,
        location=across(location, beside / (right - left)),
        capture=seen.capture,
        landmarks=landmarks,
        pose=seen.pose,
        quality=found,
        skin=tone,
        mirrored=seen.mirrored,
        versions={
            "engine": f"{ENGINE} {ENGINE_VERSION}",
            "detector": seen.detector,
            **{name: find(name).sha256 for name in mattes},
        },
        reduction=seen.reduction,
        axis=(full_width / 2 - left + beside, full_height / 2 - top),
        beside=beside,
        push=developed.push,
        white=developed.white,
        warnings=seen.warnings,
        residual=storable_residual(np.pad(missed, ((0, 0), (beside, beside), (0, 0)))),
    )


@dataclass(frozen=True)
class Development:
    """What makes of a photograph what a good one of this face would be: the lamp that is taken out, by
    ``gains`` (3,), and the factor that it is brightened by."""

    white: WhiteBalance | None
    gains: Float
    push: float

    def __call__(self, pixels: Float) -> Float:
        """(H, W, 3) linear; what is well balanced and well exposed comes back as it is."""
        balanced = pixels if self.white is None else white_balance.balanced(pixels, self.gains)
        return balanced if self.push == 1 else balanced * np.float32(self.push)


def development(face: Face) -> Development:
    """How the photograph of a face has to be developed."""
    white, gains = lamp(face)
    balanced = Development(white, gains, 1.0)
    if white is not None:
        face = Face(balanced(face.photograph), face.landmarks)
    return replace(balanced, push=exposure.push(face, white_balance.lost(gains)))


def resolved(seen: Inspection) -> Inspection:
    """``seen`` on the coarsest grid, halved once or more, that holds all that its face resolves.

    Many phones keep more pixels than their lens and their noise reduction leave detail for: an edge there is
    several pixels wide, and work and storage grow with their square.
    """
    while seen.landmarks.ipd >= 2 * LEAST_IPD:
        coarser = _halved(seen)
        if source.sigma(srgb.luminance(coarser.pixels), _face(coarser)) < RESOLVED:
            return seen
        seen = coarser
    return seen


def _halved(seen: Inspection) -> Inspection:
    """Every two by two pixels as their mean, in linear light."""
    height, width = (side // 2 for side in seen.pixels.shape[:2])
    even = seen.pixels[: 2 * height, : 2 * width]
    pixels = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    first, second = seen.landmarks.first / 2, seen.landmarks.second / 2
    landmarks = replace(seen.landmarks, first=first, second=second)
    return replace(
        seen,
        pixels=pixels,
        encoded=srgb.codes(pixels),
        reduction=seen.reduction / 2,
        landmarks=landmarks,
        quality=quality.measure(Face(pixels, landmarks)),
    )


def _face(seen: Inspection) -> NDArray[np.bool_]:
    """Where the face is, (H, W)."""
    mask = np.zeros(seen.pixels.shape[:2], np.float32)
    fill(mask, seen.landmarks.points[topology.FACE_OVAL, :2], 1.0)
    return mask > 0.5


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
