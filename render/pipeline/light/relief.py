"""The sitter's shape, as far as light needs it: depth and normals on a coarse grid.

The face comes from the landmark mesh. Everything else has no measured depth, so it is
inflated from its outline: the solution u of Poisson's equation with u = 0 on the outline,
as h = sqrt(u), is exactly a sphere over a disc and nearly a cylinder over a limb. The head
is continued from the face by carrying the face's offset outward; the neck is set back
behind the chin by an anthropometric distance, so that the chin can shade it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from render.pipeline.contract import Double, Float, Identity
from render.pipeline.faces import topology

from .inflate import inflate

GRID_IPD = 56.0
"""Grid pixels between the pupils: one grid pixel is about 1.1 mm."""

SMOOTHING = 3e-3
"""Of the spline through the face's depth, in IPD units."""

FACING = 0.35
"""Cosine against the view below which a landmark's depth is not trusted."""

UNDER_CHIN = 0.75
"""Half-width of the chin's overhang, in IPD."""

NECK_SETBACK = 0.62
"""Front of the neck behind the chin, in IPD (about 39 mm on a head held level)."""


AROUND = 0.7
"""What is measured on the face looks no farther beyond it, in IPD."""


@dataclass(frozen=True)
class Relief:
    """Shape on a grid that is the photograph reduced by ``scale``.

    Attributes
    ----------
    scale : float
        Grid pixels per photograph pixel.
    depth : (h, w)
        Toward the camera, in grid pixels; 0 at the mid-point between the pupils.
    normals : (h, w, 3)
        Unit vectors, x right, y up, z toward the camera.
    face : (h, w)
        Coverage of the face mesh, 0..1.
    matte : (h, w)
        Coverage of the person, 0..1.
    openness : (h, w)
        Share of the sky of directions that is not hidden by the sitter's own shape, 0..1.
    vertices : (478, 3)
        Landmarks in grid pixels: x, y and depth toward the camera.
    color : (h, w, 3)
        The photograph, linear.
    """

    scale: float
    depth: Float
    normals: Float
    face: Float
    matte: Float
    openness: Float
    vertices: Double
    color: Float

    @property
    def ipd(self) -> float:
        return GRID_IPD

    @cached_property
    def around_face(self) -> tuple[slice, slice]:
        """Rows and columns of the face and of ``AROUND`` on every side of it."""
        reach = round(AROUND * self.ipd)
        rows, columns = (np.flatnonzero(self.face.any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            return slice(None), slice(None)
        return (
            slice(max(int(rows[0]) - reach, 0), int(rows[-1]) + 1 + reach),
            slice(max(int(columns[0]) - reach, 0), int(columns[-1]) + 1 + reach),
        )

    @cached_property
    def close_up(self) -> Relief:
        """The relief ``around_face``: what is measured on the face need not look at the whole sitter."""
        part = self.around_face
        corner = part[1].start or 0, part[0].start or 0, 0
        return Relief(
            self.scale, self.depth[part], self.normals[part], self.face[part], self.matte[part],
            self.openness[part], self.vertices - corner, self.color[part],
        )  # fmt: skip


def build(identity: Identity) -> Relief:
    """The relief of one identity, in the frame of its photograph."""
    scale = GRID_IPD / identity.landmarks.ipd
    height, width = identity.matte.shape
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    matte = cv2.resize(identity.matte, size, interpolation=cv2.INTER_AREA)
    vertices = identity.landmarks.points * scale
    vertices[:, 2] = -vertices[:, 2]
    vertices[:, 2] -= vertices[[468, 473], 2].mean()
    face, face_depth = _face(vertices, matte.shape)
    depth = _assemble(matte, face, face_depth, vertices)
    return Relief(
        scale=scale,
        depth=depth,
        normals=_normals(depth),
        face=cv2.GaussianBlur(face, (0, 0), 0.8),
        matte=matte,
        openness=_openness(depth, matte),
        vertices=vertices,
        color=np.asarray(cv2.resize(identity.pixels, size, interpolation=cv2.INTER_AREA)),
    )


def _face(vertices: Double, shape: tuple[int, ...]) -> tuple[Float, Float]:
    """Coverage and depth of the face: a smoothing thin-plate spline through the landmarks.

    Flat triangles would show as facets on the forehead under a hard light, and the noise of
    single landmarks as warts on the cheeks (Bookstein 1989; Wahba 1990 for the smoothing).
    """
    coverage, _ = rasterize(vertices, vertices[:, 2], shape)
    for hole in (topology.LEFT_EYE, topology.RIGHT_EYE, topology.LIPS_INNER):
        cv2.fillPoly(coverage, [np.round((vertices[hole, :2] - 0.5) * 16).astype(np.int32)], 1.0, shift=4)
    known = vertices[: topology.SKIN_POINTS][_toward_camera(vertices)[: topology.SKIN_POINTS]] / GRID_IPD
    surface = RBFInterpolator(known[:, :2], known[:, 2], kernel="thin_plate_spline", smoothing=SMOOTHING)
    rows, columns = np.nonzero(coverage)
    depth = np.zeros(shape, np.float32)
    depth[rows, columns] = GRID_IPD * surface(np.stack([columns + 0.5, rows + 0.5], axis=1) / GRID_IPD)
    return coverage, depth


def _toward_camera(vertices: Double) -> NDArray[np.bool_]:
    """Which landmarks lie on a side that the camera sees at a fair angle, (478,).

    On the far cheek of a turned face points crowd together while their depths run apart; a
    surface through them would ripple.
    """
    corners = vertices[topology.TRIANGLES]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal *= np.sign(normal[:, 2].sum())
    total = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(total, topology.TRIANGLES[:, corner], normal)
    length = np.maximum(np.linalg.norm(total, axis=1), 1e-9)
    return np.asarray(total[:, 2] / length > FACING)


def rasterize(vertices: Double, values: Double, shape: tuple[int, ...]) -> tuple[Float, Float]:
    """Interpolate one value per vertex over the visible side of the face mesh.

    Parameters
    ----------
    vertices : (478, 3) grid px, depth toward the camera
    values : (478,)
    shape : (h, w)

    Returns
    -------
    coverage : (h, w), 0 or 1
    values : (h, w), 0 outside the mesh
    """
    triangles = topology.TRIANGLES
    corners = vertices[triangles]  # (t, 3, 3)
    order = np.argsort(corners[:, :, 2].mean(axis=1))  # far first: near ones paint over
    owner = np.zeros(shape, np.int32)
    polygons = np.round((corners[:, :, :2] - 0.5) * 16).astype(np.int32)
    for number in order.tolist():
        cv2.fillConvexPoly(owner, polygons[number], number + 1, lineType=cv2.LINE_8, shift=4)
    rows, columns = np.nonzero(owner)
    chosen = owner[rows, columns] - 1
    a, b, c = (corners[chosen, i, :2] for i in range(3))
    point = np.stack([columns + 0.5, rows + 0.5], axis=1)
    area = _cross(b - a, c - a)
    area = np.where(np.abs(area) < 1e-9, 1e-9, area)
    u = np.clip(_cross(point - a, c - a) / area, 0, 1)
    v = np.clip(_cross(b - a, point - a) / area, 0, 1 - u)
    at = values[triangles[chosen]]
    result = np.zeros(shape, np.float32)
    result[rows, columns] = at[:, 0] * (1 - u - v) + at[:, 1] * u + at[:, 2] * v
    return (owner > 0).astype(np.float32), result


def _cross(a: Double, b: Double) -> Double:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _assemble(matte: Float, face: Float, face_depth: Float, vertices: Double) -> Float:
    """Join face, head and body into one depth map."""
    inflated = inflate(matte, 0.05 * GRID_IPD)
    chin = vertices[topology.CHIN]
    head = _head(inflated, matte, face, face_depth)
    body = _body(inflated, chin)
    mask = _head_mask(vertices, face)
    # The mesh's own rim is rough: let it melt into the head over a few millimetres.
    inner = cv2.erode(face, np.ones((9, 9), np.uint8))
    inner = cv2.GaussianBlur(inner, (0, 0), 2.5) * face
    depth = mask * (inner * face_depth + (1 - inner) * head) + (1 - mask) * body
    return np.asarray(cv2.GaussianBlur(depth.astype(np.float32), (0, 0), 1.3))


def _head(inflated: Float, matte: Float, face: Float, face_depth: Float) -> Float:
    """Hair and skull: the inflated outline, moved so that it meets the face all around it."""
    radius = 1.35 * GRID_IPD
    dome = radius * np.tanh(inflated / radius)
    offset = np.where(face > 0, face_depth - dome, 0)
    near, weight = np.zeros_like(dome), np.full_like(dome, 1e-6)
    for sigma, share in ((0.12, 1.0), (0.3, 0.08), (0.8, 0.01)):
        near += share * cv2.GaussianBlur(offset * face, (0, 0), sigma * GRID_IPD)
        weight += share * cv2.GaussianBlur(face, (0, 0), sigma * GRID_IPD)
    joined = dome + near / weight
    # Away from the face the joint is smoothed more than the outline is.
    soft = cv2.GaussianBlur(joined, (0, 0), 0.09 * GRID_IPD)
    edge = np.clip(1 - inflated / (0.5 * GRID_IPD), 0, 1)
    return np.asarray(edge * joined + (1 - edge) * soft, np.float32)


def _body(inflated: Float, chin: Double) -> Float:
    """Neck and chest: inflated, flattened, set back behind the chin, coming forward below."""
    thickness = 1.0 * GRID_IPD
    height, width = inflated.shape
    bulge = thickness * np.tanh(inflated / thickness)
    row = int(np.clip(chin[1] + 0.45 * GRID_IPD, 0, height - 1))
    column = int(np.clip(chin[0], 0, width - 1))
    offset = chin[2] - NECK_SETBACK * GRID_IPD - bulge[row, column]
    below = (np.arange(height, dtype=np.float32) - row)[:, None] / GRID_IPD
    forward = 0.45 * np.tanh(0.5 * np.logaddexp(0, 3 * below) / 3)
    return np.asarray(bulge + offset + forward * GRID_IPD, np.float32)


def _head_mask(vertices: Double, face: Float) -> Float:
    """1 over the head, 0 over the body; the border runs along the jaw and out below the ears.

    It is sharp at the jaw, where the neck lies far behind, and soft in hair that hangs past it.
    """
    jaw = vertices[topology.JAW_LINE][:, :2]
    # From the angle of the jaw on: an ear hangs beside the jaw's upper branch and is head.
    angle = vertices[[topology.RIGHT_JAW[0], topology.LEFT_JAW[0]], 1].min()
    jaw = jaw[jaw[:, 1] >= angle]
    jaw = jaw[np.argsort(jaw[:, 0])]
    height, width = face.shape
    left = [[-width, jaw[0, 1]], jaw[0]]
    right = [jaw[-1], [2 * width, jaw[-1, 1]]]
    outline = np.vstack([[[-width, -height]], left, jaw[1:-1], right, [[2 * width, -height]]])
    mask = np.zeros((height, width), np.float32)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 1.0, shift=4)
    sharp = cv2.GaussianBlur(mask, (0, 0), 0.05 * GRID_IPD)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.5 * GRID_IPD)
    near = np.clip(2 * cv2.GaussianBlur(face, (0, 0), 0.12 * GRID_IPD), 0, 1)
    # Under the chin there is the neck; at the jaw's angles there may be hair, level with the cheek.
    aside = (np.arange(width, dtype=np.float32) - vertices[topology.CHIN, 0]) / (UNDER_CHIN * GRID_IPD)
    near = near * np.exp(-(aside**4))[None]
    return np.asarray(soft + near * (sharp - soft))


def _normals(depth: Float) -> Float:
    """Unit normals of the surface z = depth(x, y); y of the grid runs down, of the normal up."""
    dx = cv2.Sobel(depth, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    dy = cv2.Sobel(depth, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    normals = np.stack([-dx, dy, np.ones_like(depth)], axis=2)
    return np.asarray(normals / np.linalg.norm(normals, axis=2, keepdims=True), np.float32)


def _openness(depth: Float, matte: Float) -> Float:
    """Ambient accessibility: how far each place lies below its surroundings, at four scales."""
    closed = np.zeros_like(depth)
    weight = np.maximum(matte, 1e-3)
    for sigma in (0.06, 0.12, 0.25, 0.5):
        s = sigma * GRID_IPD
        around = cv2.GaussianBlur(depth * weight, (0, 0), s) / cv2.GaussianBlur(weight, (0, 0), s)
        closed += 0.3 * np.clip((around - depth) / s - 0.05, 0, 1.2)
    return np.asarray(np.clip(1 - closed, 0.25, 1), np.float32)
