"""What the photograph can carry: sharpness, noise, exposure and skin tone of the face."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import lab
from render.pipeline.contract import Float, Landmarks, Quality, SkinTone

from . import topology
from .patch import Face, fill

REBLUR = 1.5
"""Sigma, px, of the known blur that the edges are compared under."""


def measure(face: Face) -> Quality:
    """Quality of a face."""
    skin, luma = face.skin, face.level
    # Red alone clips on well exposed skin; two channels gone is detail gone.
    second = np.sort(face.encoded, axis=-1)[..., 1]
    return Quality(
        sharpness_sigma=_blur_sigma(face.encoded, face.points) / face.scale,
        noise_sigma=_noise(face.encoded, skin),
        median_luminance=float(np.median(luma[skin])) if skin.any() else 0.0,
        clipped_fraction=float((second[skin] > 0.985).mean()) if skin.any() else 0.0,
        dark_fraction=float((luma[skin] < 0.02).mean()) if skin.any() else 1.0,
    )


def skin_tone(face: Face) -> SkinTone:
    """What the skin's lit side says."""
    color = lab.from_linear(face.lit_skin)
    angle = float(lab.ita(color))
    return SkinTone((float(color[0]), float(color[1]), float(color[2])), angle, lab.skin_group(angle))


def _blur_sigma(encoded: Float, landmarks: Landmarks) -> float:
    """Gaussian blur of the sharpest features, px: ratio of gradients before and after a known blur.

    A step blurred by s has gradient 1/s; blurred again by t, 1/sqrt(s^2 + t^2). So
    s = t / sqrt(R^2 - 1) (Zhuo & Sim 2011). The sharpest quarter of the strong edges around
    eyes, brows and mouth speaks for the focus.
    """
    gray = cv2.cvtColor(encoded, cv2.COLOR_RGB2GRAY)
    before = cv2.GaussianBlur(gray, (0, 0), 0.5)
    after = cv2.GaussianBlur(gray, (0, 0), float(np.hypot(0.5, REBLUR)))
    region = np.zeros(gray.shape, np.float32)
    for group in (
        topology.RIGHT_EYE,
        topology.LEFT_EYE,
        topology.LIPS_OUTER,
        topology.RIGHT_BROW,
        topology.LEFT_BROW,
    ):
        hull = cv2.convexHull(landmarks.points[group, :2].astype(np.float32))[:, 0]
        center = hull.mean(axis=0)
        fill(region, center + 1.4 * (hull - center), 1.0)
    inside = region > 0.5
    if not inside.any():
        return 9.0
    return max(_along(before, after, inside, np.radians(angle)) for angle in (0, 45, 90, 135))


def _along(before: Float, after: Float, inside: NDArray[np.bool_], angle: float) -> float:
    """Blur sigma of the edges that run across ``angle``: a moved camera blurs one direction only."""
    sharp, soft = _gradient(before, angle), _gradient(after, angle)
    strong = inside & (sharp > np.percentile(sharp[inside], 90))
    ratio = sharp[strong] / np.maximum(soft[strong], 1e-5)
    sharpest = float(np.percentile(ratio, 75))
    return float(np.clip(REBLUR / np.sqrt(max(sharpest**2 - 1, 1e-3)), 0.3, 9.0))


def _gradient(gray: Float, angle: float) -> Float:
    """Magnitude of the derivative along ``angle``, radians."""
    dx = cv2.Sobel(gray, cv2.CV_32F, 1, 0, ksize=3)
    dy = cv2.Sobel(gray, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(np.abs(np.cos(angle) * dx + np.sin(angle) * dy), np.float32)


def _noise(encoded: Float, skin: NDArray[np.bool_]) -> float:
    """Noise sigma over the skin from the median Laplacian residual (Immerkaer 1996), robustly."""
    gray = cv2.cvtColor(encoded, cv2.COLOR_RGB2GRAY)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    residual = cv2.filter2D(gray, cv2.CV_32F, kernel)[skin]
    return float(1.4826 * np.median(np.abs(residual))) if residual.size else 0.0
