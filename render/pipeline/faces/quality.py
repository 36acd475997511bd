"""What the photograph can carry: sharpness, noise, exposure and skin tone of the face."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import lab, srgb
from render.pipeline.contract import Double, Float, Landmarks, Quality, SkinTone

from . import topology

PATCH_IPD = 160.0
"""The face is looked at with this many pixels between the pupils, or at its own size if smaller."""


REBLUR = 1.5
"""Sigma, px, of the known blur that the edges are compared under."""


def skin_region(landmarks: Landmarks, shape: tuple[int, ...]) -> Float:
    """Mask (H, W) 0 or 1 of forehead, cheeks, nose and chin: the face less eyes, brows and lips."""
    mask = np.zeros(shape[:2], np.float32)
    points = landmarks.points[:, :2]
    oval = points[topology.FACE_OVAL]
    middle = oval.mean(axis=0)
    fill(mask, middle + 0.92 * (oval - middle), 1.0)
    for group in (
        topology.RIGHT_EYE,
        topology.LEFT_EYE,
        topology.RIGHT_BROW,
        topology.LEFT_BROW,
        topology.LIPS_OUTER,
    ):
        hull = cv2.convexHull(points[group].astype(np.float32))[:, 0]
        center = hull.mean(axis=0)
        fill(mask, center + 1.25 * (hull - center), 0.0)
    return mask


def measure(pixels: Float, landmarks: Landmarks) -> Quality:
    """Quality of the face in ``pixels``, (H, W, 3) linear."""
    face, points, scale = face_patch(pixels, landmarks)
    encoded = srgb.encode(face)
    skin = skin_region(points, face.shape) > 0.5
    luma = srgb.luminance(face)
    # Red alone clips on well exposed skin; two channels gone is detail gone.
    second = np.sort(encoded, axis=-1)[..., 1]
    return Quality(
        sharpness_sigma=_blur_sigma(encoded, points) / scale,
        noise_sigma=_noise(encoded, skin),
        median_luminance=float(np.median(luma[skin])) if skin.any() else 0.0,
        clipped_fraction=float((second[skin] > 0.985).mean()) if skin.any() else 0.0,
        dark_fraction=float((luma[skin] < 0.02).mean()) if skin.any() else 1.0,
    )


def lit_skin(pixels: Float, landmarks: Landmarks) -> Float:
    """Linear color (3,) of the skin's lit side: the median between its 50th and 85th percentile.

    Brighter than that is sheen, darker is shade.
    """
    face, points, _ = face_patch(pixels, landmarks)
    skin = face[skin_region(points, face.shape) > 0.5]
    luma = srgb.luminance(skin)
    low, high = np.percentile(luma, [50, 85])
    return np.asarray(np.median(skin[(luma >= low) & (luma <= high)], axis=0), np.float32)


def skin_tone(pixels: Float, landmarks: Landmarks) -> SkinTone:
    """What the skin's lit side says."""
    color = lab.from_linear(lit_skin(pixels, landmarks))
    angle = float(lab.ita(color))
    return SkinTone((float(color[0]), float(color[1]), float(color[2])), angle, lab.skin_group(angle))


def face_patch(pixels: Float, landmarks: Landmarks) -> tuple[Float, Landmarks, float]:
    """The face cut out, reduced to PATCH_IPD, its landmarks there, and the reduction."""
    points = landmarks.points
    low = np.floor(points[:, :2].min(axis=0) - 0.15 * landmarks.ipd).astype(int)
    high = np.ceil(points[:, :2].max(axis=0) + 0.15 * landmarks.ipd).astype(int)
    x0, y0 = np.maximum(low, 0)
    x1, y1 = min(high[0], pixels.shape[1]), min(high[1], pixels.shape[0])
    face = pixels[y0:y1, x0:x1]
    scale = min(1.0, PATCH_IPD / landmarks.ipd)
    if scale < 1:
        face = cv2.resize(face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return (
        face,
        Landmarks(
            _moved(landmarks.first, x0, y0, scale), _moved(landmarks.second, x0, y0, scale), landmarks.noise
        ),
        scale,
    )


def _moved(points: Double, x: int, y: int, scale: float) -> Double:
    return np.asarray((points - np.array([x, y, 0])) * scale)


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


def fill(mask: Float, outline: Double, value: float) -> None:
    cv2.fillPoly(mask, [np.round((outline - 0.5) * 16).astype(np.int32)], value, shift=4)


def inside(shape: tuple[int, ...], outline: Double) -> NDArray[np.bool_]:
    """(H, W): what an outline (N, 2) encloses, whole pixels."""
    mask = np.zeros(shape[:2], np.float32)
    fill(mask, outline, 1.0)
    return mask > 0.5


def hull(points: Double) -> Double:
    """The convex hull of points (N, 2), in order."""
    return cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
