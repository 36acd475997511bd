"""Deliberate damage, to test the measures with: faces made more symmetric, or bent locally.

Pictures are (H, W, 3) float of any encoding; positions are pixels, the first pixel's
center at (0.5, 0.5). Nothing here is ever applied to a portrait.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from render.pipeline.contract import Double, Float, Landmarks
from render.pipeline.faces import topology as mesh

from . import asymmetry

TAPER = 0.4  # inter-pupil distances beyond the face over which the warp dies away
STEP = 8  # pixels between the nodes at which the spline is evaluated


def symmetrized_points(points: Double, fraction: float) -> Double:
    """The face moved toward its mirror image: ``L - fraction * A(L)``, (478, 3)."""
    moved: Double = points - fraction * asymmetry.field(points)
    return moved


def symmetrize(picture: Float, landmarks: Landmarks, fraction: float) -> Float:
    """The picture with ``fraction`` of the face's asymmetry taken out (0 nothing, 1 all).

    The asymmetry is that of the three-dimensional points, so a turned head stays
    turned. A thin-plate spline carries the points' displacement to the pixels and is
    tapered to nothing within ``TAPER`` outside the face.
    """
    points = landmarks.points
    return warp(picture, points, symmetrized_points(points, fraction))


def warp(picture: Float, source: Double, target: Double) -> Float:
    """Move the face's points from ``source`` to ``target``, (478, 2 or 3), and the picture with them."""
    height, width = picture.shape[:2]
    ipd = asymmetry.interpupil(source[:, :2])
    back = (source - target)[:, :2]
    spline = RBFInterpolator(target[:, :2] / ipd, back, kernel="thin_plate_spline", smoothing=1e-4)
    xs, ys = np.arange(0, width + STEP, STEP) + 0.5, np.arange(0, height + STEP, STEP) + 0.5
    nodes = np.stack(np.meshgrid(xs, ys), -1)
    coarse = spline(nodes.reshape(-1, 2) / ipd).reshape(nodes.shape).astype(np.float32)
    oval = target[mesh.FACE_OVAL, :2].astype(np.float32)
    outside = np.array(
        [max(0.0, -cv2.pointPolygonTest(oval, (float(x), float(y)), True)) for x, y in nodes.reshape(-1, 2)]
    ).reshape(nodes.shape[:2])
    coarse *= np.exp(-4.5 * (outside / (TAPER * ipd)) ** 2).astype(np.float32)[..., None]
    columns, rows = _grid(width, height)
    field = cv2.remap(coarse, columns / STEP, rows / STEP, cv2.INTER_LINEAR)
    return _sample(picture, columns + field[..., 0], rows + field[..., 1])


def local_warp(
    picture: Float, center: tuple[float, float], shift: tuple[float, float], sigma: float
) -> Float:
    """Push one place of the picture: by ``shift`` pixels at ``center``, a Gaussian of ``sigma`` pixels."""
    columns, rows = _grid(picture.shape[1], picture.shape[0])
    x, y = columns + 0.5 - center[0], rows + 0.5 - center[1]
    bump = np.exp(-(x**2 + y**2) / (2 * sigma**2)).astype(np.float32)
    return _sample(picture, columns - shift[0] * bump, rows - shift[1] * bump)


def _grid(width: int, height: int) -> tuple[Float, Float]:
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return columns, rows


def _sample(picture: Float, columns: Float, rows: Float) -> Float:
    sampled = cv2.remap(
        picture.astype(np.float32), columns, rows, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(sampled, np.float32)
