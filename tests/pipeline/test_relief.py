"""The sitter's shape: known bodies from their outlines, and the face where a face is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Float
from render.pipeline.faces import topology
from render.pipeline.light import relief
from render.pipeline.light.inflate import inflate
from render.pipeline.light.relief import GRID_IPD, Relief

from . import rig, selfies
from .selfies import ASTRONAUT, FIT


def at(field: Float, x: float, y: float) -> float:
    return float(field[round(y - 0.5), round(x - 0.5)])


def vertex(shape: Relief, field: Float, point: int) -> float:
    x, y, _ = shape.vertices[point]
    return at(field, x, y)


# Known bodies


@pytest.mark.parametrize("radius", [30, 60, 90])
def test_a_disc_becomes_a_hemisphere(radius: int) -> None:
    matte = np.zeros((240, 240), np.float32)
    cv2.circle(matte, (120, 120), radius, 1.0, -1, cv2.LINE_AA)
    height = inflate(matte, 0.05 * GRID_IPD)
    y, x = np.mgrid[0:240, 0:240] - 120
    distance = np.hypot(x, y)
    inside = distance < 0.9 * radius
    truth = np.sqrt(np.maximum(radius**2 - distance**2, 0))
    assert np.abs(height - truth)[inside].max() < 0.06 * radius
    assert height[distance > radius + 3].max() == 0


def test_a_band_becomes_a_cylinder_and_a_cut_body_stays_open() -> None:
    """The band leaves the picture below; there its height does not curl away."""
    matte = np.zeros((300, 200), np.float32)
    matte[60:, 60:140] = 1
    height = inflate(matte, 0.05 * GRID_IPD)
    assert height[-1, 100] == pytest.approx(height[-40, 100], rel=0.05)
    # A long band of half width 40 with lap(u) = -4 has u = 2 (40^2 - x^2).
    assert height[-1, 100] == pytest.approx(40 * np.sqrt(2), rel=0.1)
    assert height[:57].max() == 0


def test_the_hemisphere_has_the_normals_of_a_sphere() -> None:
    y, x = np.mgrid[0:200, 0:200] - np.float32(99.5)
    distance = np.hypot(x, y)
    depth = np.sqrt(np.maximum(80.0**2 - distance**2, 0)).astype(np.float32)
    truth = np.stack([x, -y, depth], axis=-1) / 80
    inside = distance < 60
    found = relief._normals(depth)[inside]
    assert (found * truth[inside]).sum(axis=-1).min() > np.cos(np.radians(2))


def test_mesh_values_are_interpolated_exactly_where_they_are_linear() -> None:
    _, shape = rig.standard()
    values = 3 + 0.5 * shape.vertices[:, 0] - 0.2 * shape.vertices[:, 1]
    cover, field = relief.rasterize(shape.vertices, values, shape.depth.shape)
    rows, columns = np.nonzero(cover * (cv2.erode(cover, np.ones((5, 5), np.uint8)) > 0))
    plane = 3 + 0.5 * (columns + 0.5) - 0.2 * (rows + 0.5)
    # Self-occluded folds at the nose's wings may show the nearer sheet.
    assert np.percentile(np.abs(field[rows, columns] - plane), 99) < 0.6
    assert set(np.unique(cover)) <= {0.0, 1.0}


# The face


def check(shape: Relief) -> None:
    """What holds for every sitter."""
    assert np.abs(np.linalg.norm(shape.normals, axis=-1) - 1).max() < 1e-5
    assert (shape.normals[..., 2] > 0).all()
    for field in (shape.face, shape.matte, shape.openness):
        assert field.min() >= 0
        assert field.max() <= 1 + 1e-6
    assert np.isfinite(shape.depth).all()
    eyes = shape.vertices[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL]]
    assert np.linalg.norm(eyes[1] - eyes[0]) == pytest.approx(GRID_IPD, rel=0.01)
    assert eyes[:, 2].mean() == pytest.approx(0, abs=0.01)
    nose = vertex(shape, shape.depth, topology.NOSE_TIP)
    for behind in (topology.FOREHEAD, topology.CHIN, topology.RIGHT_TEMPLE, topology.LEFT_TEMPLE):
        assert nose > vertex(shape, shape.depth, behind) + 0.1 * GRID_IPD
    x, y, _ = shape.vertices[topology.CHIN]
    chin = vertex(shape, shape.depth, 175)  # just above the chin's edge
    below = min(round(y + 0.5 * GRID_IPD), shape.depth.shape[0] - 1)
    assert chin > at(shape.depth, x, below) + 0.25 * GRID_IPD  # the neck lies behind


def test_the_face_stands_before_the_neck() -> None:
    check(rig.standard()[1])


def test_the_cheeks_face_outward_and_the_forehead_forward() -> None:
    _, shape = rig.standard()
    right, left = (vertex(shape, shape.normals[..., 0], point) for point in (50, 280))
    assert right < -0.15  # the sitter's right cheek looks to the picture's left
    assert left > 0.15
    assert vertex(shape, shape.normals[..., 2], 9) > 0.85


def test_the_mesh_gives_the_face_its_depth() -> None:
    _, shape = rig.standard()
    inner = topology.INNER_FACE[topology.INNER_FACE < topology.SKIN_POINTS]
    found = np.array([vertex(shape, shape.depth, int(point)) for point in inner])
    assert np.median(np.abs(found - shape.vertices[inner, 2])) < 0.03 * GRID_IPD


def test_a_larger_photograph_has_the_same_relief() -> None:
    person, shape = rig.standard()
    size = (2 * person.matte.shape[1], 2 * person.matte.shape[0])
    double = replace(
        person,
        pixels=cv2.resize(person.pixels, size),
        matte=cv2.resize(person.matte, size),
        landmarks=rig.landmarks(2 * person.landmarks.points),
    )
    again = relief.build(double)
    assert again.depth.shape == shape.depth.shape
    assert again.scale == pytest.approx(shape.scale / 2)
    assert np.abs(again.depth - shape.depth)[shape.face > 0.9].max() < 0.03 * GRID_IPD


def test_sockets_are_less_open_than_the_forehead() -> None:
    _, shape = rig.standard()
    socket = vertex(shape, shape.openness, topology.RIGHT_EYE_INNER)
    assert socket < vertex(shape, shape.openness, 9) - 0.05


def test_the_astronaut_is_a_sitter_like_any_other() -> None:
    check(relief.build(selfies.identity(ASTRONAUT)))


@pytest.mark.slow
@pytest.mark.faces
@pytest.mark.parametrize("name", FIT)
def test_every_face_stands_before_its_neck(name: str) -> None:
    check(relief.build(selfies.identity(name)))
