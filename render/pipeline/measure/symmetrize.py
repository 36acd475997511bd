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
from .similarity import fit

HOLD = 1.2  # inter-pupil distances beyond the face up to which the warp holds: what a detector looks at
TAPER = 0.4  # over which it dies away from there
LIGHT = 0.15  # inter-pupil distances over which light changes: each side keeps its own
LEAST = 0.02  # light that counts as none, so that black has no ratio to anything
STEP = 8  # pixels between the nodes at which the spline is evaluated


def symmetrized_points(points: Double, fraction: float, dimensions: int = 3) -> Double:
    """The face moved toward its mirror image: ``L - fraction * A(L)``, (478, 3).

    In two dimensions the depth is left alone and a turned head is turned back with the
    rest; in three it stays turned.
    """
    moved = points.copy()
    moved[:, :dimensions] -= fraction * asymmetry.field(points[:, :dimensions])
    return moved


def symmetrize(picture: Float, landmarks: Landmarks, fraction: float, *, dimensions: int = 2) -> Float:
    """The picture with ``fraction`` of the face averaged with its mirror image (0 nothing, 1 all).

    Shape and texture: the picture and its mirror picture are both warped to the shape
    that lies ``fraction / 2`` of the way from the one to the other, and mixed in that
    proportion. Hair and ears go with it (``HOLD``): a detector judges a face by what is around it
    too. Light stays where it falls, or its evening would be read as symmetry. At 1, in two dimensions,
    the head is its own mirror image.
    """
    points = landmarks.points
    target = symmetrized_points(points, fraction, dimensions)
    own = warp(picture, points, target)
    flipped = points * [-1, 1, 1] + [picture.shape[1], 0, 0]
    other = _moved(np.ascontiguousarray(picture[:, ::-1]), flipped[mesh.MIRROR], target)
    other = other * _relit(own, other, asymmetry.interpupil(points[:, :2]))
    share = (fraction / 2) * _inside(target, picture.shape[1], picture.shape[0])[..., None]
    return np.asarray(own * (1 - share) + other * share, np.float32)


def _relit(own: Float, other: Float, ipd: float) -> Float:
    """What gives ``other`` the light of ``own``, a factor (H, W, 3)."""
    wanted, found = (cv2.GaussianBlur(picture, (0, 0), LIGHT * ipd) for picture in (own, other))
    return np.asarray(np.clip((wanted + LEAST) / (found + LEAST), 0.25, 4), np.float32)


def warp(picture: Float, source: Double, target: Double) -> Float:
    """Move the face's points from ``source`` to ``target``, (478, 2 or 3), and the picture with them.

    A thin-plate spline carries the displacement to the pixels; it dies away outside the face.
    """
    height, width = picture.shape[:2]
    field = _spline(target, (source - target)[:, :2], width, height)
    field *= _inside(target, width, height)[..., None]
    columns, rows = _grid(width, height)
    return _sample(picture, columns + field[..., 0], rows + field[..., 1])


def _moved(picture: Float, source: Double, target: Double) -> Float:
    """The whole picture placed by the similarity of its points, then warped onto ``target``."""
    height, width = picture.shape[:2]
    place = fit(target[:, :2], source[:, :2])
    rest = source[:, :2] - place(target[:, :2])
    field = _spline(target, rest, width, height)
    columns, rows = _grid(width, height)
    seen = place(np.stack([columns + 0.5, rows + 0.5], -1).astype(np.float64)) - 0.5
    placed = (seen + field).astype(np.float32)
    return _sample(picture, placed[..., 0], placed[..., 1])


def _spline(points: Double, values: Double, width: int, height: int) -> Float:
    """(height, width, 2): ``values`` (478, 2) at ``points``, smooth between and beyond them."""
    ipd = asymmetry.interpupil(points[:, :2])
    spline = RBFInterpolator(points[:, :2] / ipd, values, kernel="thin_plate_spline", smoothing=1e-4)
    nodes = _nodes(width, height)
    coarse = spline(nodes.reshape(-1, 2) / ipd).reshape(nodes.shape).astype(np.float32)
    columns, rows = _grid(width, height)
    return np.asarray(cv2.remap(coarse, columns / STEP, rows / STEP, cv2.INTER_LINEAR), np.float32)


def _inside(points: Double, width: int, height: int) -> Float:
    """(height, width): 1 up to ``HOLD`` inter-pupil distances around the face's oval, then dying away."""
    oval = points[mesh.FACE_OVAL, :2].astype(np.float32)
    nodes = _nodes(width, height)
    beyond = [-cv2.pointPolygonTest(oval, (x, y), True) for x, y in nodes.reshape(-1, 2).tolist()]
    ipd = asymmetry.interpupil(points[:, :2])
    outside = np.maximum(0, np.array(beyond) / ipd - HOLD).reshape(nodes.shape[:2])
    coarse = np.exp(-4.5 * (outside / TAPER) ** 2).astype(np.float32)
    columns, rows = _grid(width, height)
    return np.asarray(cv2.remap(coarse, columns / STEP, rows / STEP, cv2.INTER_LINEAR), np.float32)


def _nodes(width: int, height: int) -> Double:
    xs, ys = np.arange(0, width + STEP, STEP) + 0.5, np.arange(0, height + STEP, STEP) + 0.5
    return np.stack(np.meshgrid(xs, ys), -1)


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
