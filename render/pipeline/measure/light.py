"""The key light, read back from a finished portrait: where it stands and how deep its shadows are.

Nothing of the scene is known but the picture and the face found in it. The face's own points give the
shape; pairs of mirror-image places tell light from skin, because skin is nearly symmetric at large
scale and a lamp at the side is not. The model is what a photographer meters: a fill from everywhere
and one extended lamp, ``E = fill + key * wrap(n . l)``; its lighting ratio is (key + fill) : fill.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.faces import topology as mesh

from . import mean_face, shade

SMOOTHING = 3e-3  # of the spline through the points' depth, in IPD units
WRAP = 0.2  # cosine past the terminator that an extended lamp and skin still carry light to
PATCH = 0.03  # sigma of the patch that one place's luminance is averaged over, in IPD
FACING = 0.60  # least z of a normal: beyond it the mesh's rim and the hair begin
DEEPEST = 0.0015  # linear; half a code value of 8 bits is the least that a print can tell
ODD, EVEN = 0.10, 0.30  # spread of log skin reflectance between mirror places, and over the face
USUAL, TOLERANCE = 30.0, 20.0  # degrees: how high keys hang, and by how much that varies
USUAL_STOPS, TOLERANCE_STOPS = 2.0, 1.0  # how far a key outshines its fill, likewise
PRIOR, PRIOR_STOPS = 0.03, 0.01  # weights of what is usual, for pictures that do not tell
EVEN_SHARE = 0.25  # weight of the mirror-even part, which skin, beard and brows confuse

AZIMUTHS = np.arange(-100.0, 100.1, 5.0)
ELEVATIONS = np.arange(-30.0, 75.1, 7.5)
STOPS = np.arange(0.2, 6.01, 0.4)

GRID = 40.0  # pixels of the depth map per IPD
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


@dataclass(frozen=True)
class Places:
    """A shape and the linear luminance (2, K) that a portrait shows there."""

    luma: Double
    area: Double
    lit: Float


@dataclass(frozen=True)
class KeyLight:
    """Degrees from the camera axis, azimuth > 0 at the camera's right; ratio in stops.

    ``misfit`` is the weighted median of what is left of log luminance between mirror places.
    """

    azimuth: float
    elevation: float
    ratio: float
    misfit: float


def read(portrait: Code, landmarks: Landmarks) -> KeyLight:
    """The key light of ``portrait``, (H, W, 3) uint8, with the face found in it.

    Raises
    ------
    ValueError
        When fewer than thirty mirror pairs of skin can be seen.
    """
    ipd, vertices = _in_ipd(landmarks.points)
    return fit(places(portrait, shape(vertices), ipd))


def _in_ipd(points: Double) -> tuple[float, Double]:
    """The IPD, and the points (478, 3) of the detector (pixels, y down, z away) in IPD, y up, z near."""
    ipd = float(np.linalg.norm(points[mesh.LEFT_PUPIL] - points[mesh.RIGHT_PUPIL]))
    return ipd, points * [1, -1, -1] / ipd


def places(portrait: Code, seen: Shape, ipd: float) -> Places:
    """Luminance of every place of the shape in ``portrait``, whose IPD is ``ipd`` pixels."""
    pixels = seen.at.reshape(-1, 2) * [ipd, -ipd]
    return Places(_luminance(portrait, pixels, ipd).reshape(seen.at.shape[:2]), seen.area, seen.lit)


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


@cache
def _plaster() -> Float:
    """The light table of the plaster head, (A, E, 2, K)."""
    return shape(mean_face.vertices()).lit


def fit(seen: Places) -> KeyLight:
    """Direction and ratio that explain the places best: a search over a grid, then nearer.

    The mirror-odd half difference of log luminance is compared with the model's at Cauchy scale
    ``ODD``; the mirror-even mean, less its own level, at ``EVEN`` and weight ``EVEN_SHARE``.
    """
    whole = np.indices((len(AZIMUTHS), len(ELEVATIONS)))[:, ::2, ::2].reshape(2, -1).T.astype(np.float64)
    grids = [np.column_stack([whole, np.full(len(whole), stops)]) for stops in STOPS]
    best = min(
        (grid[int(np.argmin(cost(seen, grid)))] for grid in grids),
        key=lambda one: float(cost(seen, one[None])[0]),
    )
    reach = np.linspace(-1, 1, 7)
    for step in (1.5, 0.5, 0.15):
        near = np.stack(np.meshgrid(step * reach, step * reach, 0.27 * step * reach, indexing="ij"), -1)
        grid = best + near.reshape(-1, 3)
        grid = np.clip(grid, [0, 0, 0.02], [len(AZIMUTHS) - 1, len(ELEVATIONS) - 1, 8])
        best = grid[int(np.argmin(cost(seen, grid)))]
    odd, _ = _residuals(seen, best[None])
    high, low = np.percentile(_between(_plaster(), best[None]), [98, 2])
    power = np.exp2(best[2]) - 1
    ratio = np.log2((1 + power * high) / (1 + power * low))
    azimuth = np.interp(best[0], np.arange(len(AZIMUTHS)), AZIMUTHS)
    elevation = np.interp(best[1], np.arange(len(ELEVATIONS)), ELEVATIONS)
    return KeyLight(float(azimuth), float(elevation), float(ratio), float(np.median(np.abs(odd))))


def cost(seen: Places, candidates: Double) -> Double:
    """Robust misfit of candidates (N, 3): steps of azimuth, steps of elevation, stops. Returns (N,)."""
    odd, even = _residuals(seen, candidates)
    weight = seen.area / seen.area.sum()
    misfit = (_log1p((odd / ODD) ** 2) + EVEN_SHARE * _log1p((even / EVEN) ** 2)) @ weight
    elevation = np.interp(candidates[:, 1], np.arange(len(ELEVATIONS)), ELEVATIONS)
    high = PRIOR * ((elevation - USUAL) / TOLERANCE) ** 2
    bright = PRIOR_STOPS * ((candidates[:, 2] - USUAL_STOPS) / TOLERANCE_STOPS) ** 2
    return np.asarray(misfit + high + bright)


def _residuals(seen: Places, candidates: Double) -> tuple[Float, Float]:
    """Mirror-odd and mirror-even residuals of log luminance, (N, K) each."""
    logs = np.log(np.maximum(seen.luma, DEEPEST)).astype(np.float32)
    power = (np.exp2(candidates[:, 2]) - 1).astype(np.float32)
    model = _log1p(power[:, None, None] * _between(seen.lit, candidates))
    weight = (seen.area / seen.area.sum()).astype(np.float32)
    odd = (logs[1] - logs[0]) / 2 - (model[:, 1] - model[:, 0]) / 2
    even = logs.mean(axis=0) - (model[:, 0] + model[:, 1]) / 2
    return odd, even - (even @ weight)[:, None]


def _log1p(values: Float) -> Float:
    """log(1 + x) in single precision, (N, ...): the search takes it millions of times."""
    return np.asarray(cv2.log(1 + values.reshape(len(values), -1)), np.float32).reshape(values.shape)


def _between(lit: Float, candidates: Double) -> Float:
    """The table of light at fractional steps, bilinear, (N, 2, K)."""
    i, j = candidates[:, 0].astype(int), candidates[:, 1].astype(int)
    u = (candidates[:, 0] - i).astype(np.float32)[:, None, None]
    v = (candidates[:, 1] - j).astype(np.float32)[:, None, None]
    if not (u.any() or v.any()):
        return lit[i, j]
    right, up = np.minimum(i + 1, lit.shape[0] - 1), np.minimum(j + 1, lit.shape[1] - 1)
    return (1 - u) * ((1 - v) * lit[i, j] + v * lit[i, up]) + u * (
        (1 - v) * lit[right, j] + v * lit[right, up]
    )


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
    depth = np.full((height, width), shade.OUTSIDE)
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
    clear = shade.clearance(
        depth, np.stack([column, row, own], axis=-1), to.reshape(-1, 3), REACHES, GRID, PENUMBRA
    )
    return clear.reshape(*to.shape[:2], len(at))


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


def _luminance(portrait: Code, at: Double, ipd: float) -> Double:
    """Linear luminance around positions (T, 2), averaged over a patch."""
    low = np.floor(at.min(axis=0) - 0.2 * ipd).astype(int).clip(0)
    high = np.ceil(at.max(axis=0) + 0.2 * ipd).astype(int)
    part = portrait[low[1] : high[1], low[0] : high[0]].astype(np.float32) / 255
    luma = cv2.GaussianBlur(srgb.luminance(srgb.decode(part)), (0, 0), max(PATCH * ipd, 0.5))
    where = (at - low - 0.5).astype(np.float32)
    found = cv2.remap(
        luma, where[None, :, 0], where[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(found[0], np.float64)


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
