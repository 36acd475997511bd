"""What a lamp in each direction gives each place of a face: the table that a key light is read with.

The face's own points give the shape. Skin triangles are paired with their mirror images, because skin
is nearly symmetric at large scale and a lamp at the side is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from render.pipeline.compiled import compiled
from render.pipeline.contract import Double, Float
from render.pipeline.faces import topology as mesh

SMOOTHING = 3e-3  # of the spline through the points' depth, in IPD units
WRAP = 0.2  # cosine past the terminator that an extended lamp and skin still carry light to
FACING = 0.60  # least z of a normal: beyond it the mesh's rim and the hair begin

AZIMUTHS = np.arange(-100.0, 100.1, 10.0)
ELEVATIONS = np.arange(-30.0, 75.1, 15.0)

GRID = 40.0  # pixels of the depth map per IPD
OUTSIDE = -9.0  # depth beside the face, in IPD: it stands in nobody's light
REACHES = np.geomspace(0.06, 1.2, 22)  # IPD across the face at which a ray is looked at
PENUMBRA = 0.22  # tangent of half the angle that a lamp of middle size subtends


@dataclass(frozen=True)
class Shape:
    """Mirror pairs of skin places of one face; row 0 of each array is the sitter's right, row 1 the left.

    ``at`` (2, K, 2) in IPD, y up; ``area`` (K,) in IPD squared; ``lit`` (A, E, 2, K): what a lamp at
    ``AZIMUTHS[a]``, ``ELEVATIONS[e]`` gives each place, 0..1, shadows cast by the face included.
    """

    at: Double
    area: Double
    lit: Float


def shape(vertices: Double) -> Shape:
    """Every skin triangle of a face (478, 3), in IPD, y up, that is seen together with its twin.

    Raises
    ------
    ValueError
        When fewer than thirty mirror pairs of skin can be seen.
    """
    centers = vertices[mesh.TRIANGLES].mean(axis=1)
    surface = _surface(vertices)
    normals = _normals(surface, centers)
    a, b, c = (vertices[mesh.TRIANGLES[:, i], :2] for i in range(3))
    area = np.abs(np.cross(b - a, c - a)) / 2
    inside = _skin(vertices, centers) & (normals[:, 2] > FACING)
    half = len(centers) // 2
    both = np.flatnonzero(inside[:half] & inside[half:])
    if len(both) < 30:
        raise ValueError("too little skin is seen on both sides of the face")
    fold = np.stack([both, half + both])
    lit = _lit(surface, vertices, centers[fold.ravel()], normals[fold.ravel()]).astype(np.float32)
    return Shape(centers[fold, :2], area[fold].sum(axis=0), lit.reshape(*lit.shape[:2], *fold.shape))


def _lit(surface: RBFInterpolator, vertices: Double, at: Double, normals: Double) -> Double:
    """Wrapped Lambert light at places (T, 3) past the face's own relief, (A, E, T)."""
    azimuth, elevation = np.radians(np.meshgrid(AZIMUTHS, ELEVATIONS, indexing="ij"))
    to = np.stack(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)], -1
    )
    cosine = to @ normals.T
    lit = np.clip((cosine + WRAP) / (1 + WRAP), 0, 1) ** (1 + WRAP)
    return lit * _seen_from(to, _depth_map(surface, vertices), vertices, at)


def _depth_map(surface: RBFInterpolator, vertices: Double) -> Double:
    """Depth of the face in IPD on a grid over its oval, far away outside it."""
    oval = vertices[mesh.FACE_OVAL, :2]
    low, high = oval.min(axis=0), oval.max(axis=0)
    width, height = (np.ceil((high - low) * GRID).astype(int) + 1).tolist()
    x, y = np.meshgrid(low[0] + np.arange(width) / GRID, low[1] + np.arange(height) / GRID)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [np.round((oval - low) * GRID).astype(np.int32)], [1])
    depth = np.full((height, width), OUTSIDE)
    rows, columns = np.nonzero(inside)
    depth[rows, columns] = surface(np.stack([x[rows, columns], y[rows, columns]], axis=-1))
    return depth


def _seen_from(to: Double, depth: Double, vertices: Double, at: Double) -> Double:
    """Share of lamps in directions (A, E, 3) that places (T, 3) see past ``depth``, (A, E, T)."""
    low = vertices[mesh.FACE_OVAL, :2].min(axis=0)
    height, width = depth.shape
    column, row = ((at[:, :2] - low) * GRID).T
    own = depth[
        np.clip(np.round(row), 0, height - 1).astype(int), np.clip(np.round(column), 0, width - 1).astype(int)
    ]
    own = np.maximum(own, at[:, 2])
    clear = _clearance(depth, np.stack([column, row, own], axis=-1), to.reshape(-1, 3), REACHES)
    return clear.reshape(*to.shape[:2], len(at))


@compiled
def _clearance(depth: Double, at: Double, to: Double, reaches: Double) -> Double:
    """Share of the lamps in directions (D, 3) that places (T, 3), column, row and depth, see, (D, T)."""
    height, width = depth.shape
    clear = np.ones((to.shape[0], at.shape[0]))
    for lamp in range(to.shape[0]):
        flat = max(np.sqrt(to[lamp, 0] ** 2 + to[lamp, 1] ** 2), 1e-3)
        for place in range(at.shape[0]):
            least = 1.0
            for reach in reaches:
                t = reach / flat
                x = int(np.rint(at[place, 0] + GRID * t * to[lamp, 0]))
                y = int(np.rint(at[place, 1] + GRID * t * to[lamp, 1]))
                over = depth[y, x] if 0 <= x < width and 0 <= y < height else OUTSIDE
                gap = at[place, 2] + to[lamp, 2] * t - over
                least = min(least, 0.5 + gap / (2 * t * PENUMBRA))
            clear[lamp, place] = max(least, 0.0)
    return clear


def _surface(vertices: Double) -> RBFInterpolator:
    """Depth over (x, y): a smoothing thin-plate spline through the skin's points."""
    skin = vertices[: mesh.SKIN_POINTS]
    return RBFInterpolator(skin[:, :2], skin[:, 2], kernel="thin_plate_spline", smoothing=SMOOTHING)


def _normals(surface: RBFInterpolator, at: Double) -> Double:
    """Unit normals at ``at`` (T, 3) of the surface."""
    step = 0.02
    slopes = [
        (surface(at[:, :2] + offset) - surface(at[:, :2] - offset)) / (2 * step)
        for offset in (np.array([step, 0.0]), np.array([0.0, step]))
    ]
    normals = np.stack([-slopes[0], -slopes[1], np.ones(len(at))], axis=-1)
    return np.asarray(normals / np.linalg.norm(normals, axis=-1, keepdims=True))


def _skin(vertices: Double, at: Double) -> NDArray[np.bool_]:
    """Which places (T, 3) lie on skin: off the eyes, brows and lips. All in one unit."""
    chosen = np.ones(len(at), np.bool_)
    for group in (mesh.RIGHT_EYE, mesh.LEFT_EYE, mesh.RIGHT_BROW, mesh.LEFT_BROW, mesh.LIPS_OUTER):
        hull = cv2.convexHull(vertices[group, :2].astype(np.float32))[:, 0]
        center = hull.mean(axis=0)
        hull = (center + 1.2 * (hull - center)).astype(np.float32)
        chosen &= np.array(
            [cv2.pointPolygonTest(hull, (float(x), float(y)), False) < 0 for x, y, _ in at], np.bool_
        )
    return chosen
