"""Composition: laws of the frame, and the perspective of a selfie taken too near."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.pipeline.contract import CANVASES, Capture, Double, Identity, Window
from render.pipeline.evaluation import conditions
from render.pipeline.faces import shoulders, topology
from render.pipeline.light import relief
from render.pipeline.measure.likeness import compare
from render.pipeline.placement import Placement
from render.pipeline.recipe import Place, load_catalogue
from render.pipeline.stages.place import CLOSEST, EYE_LINE_GIVE, _crown, _perspective, place

from . import rig, selfies
from .selfies import ASTRONAUT

EYES = [topology.RIGHT_PUPIL, topology.LEFT_PUPIL]
NEAR_M, FAR_M = 0.4, 1.5


def compose(identity: Identity, spec: Place) -> Placement:
    return place(identity, relief.build(identity), spec)


def on_frame(placement: Placement, points: Double) -> Double:
    """Positions in the photograph (k, 2) as fractions of the frame."""
    return placement.to_canvas(points) / [placement.canvas.width, placement.canvas.height]


def check_frame(identity: Identity, placement: Placement, head: float = 0.0) -> None:
    """What holds for every frame, whatever the style asks: a ``head`` of that height, over the frame's."""
    points = identity.landmarks.points[:, :2]
    face = on_frame(placement, points)
    assert (face[topology.JAW_LINE] > 0).all()
    assert (face[topology.JAW_LINE] < 1).all()  # the chin is never cut, nor a cheek
    assert (face[EYES, 1] > 0.15).all()
    height, width = identity.matte.shape
    x0, y0 = placement.origin
    x1 = x0 + placement.zoom * placement.canvas.width
    y1 = y0 + placement.zoom * placement.canvas.height
    assert y1 <= height + 1e-3  # the body does not end in mid-air
    _, y = placement.coordinates(Window.whole(placement.canvas))
    assert y.max() <= height + 0.5  # nor is its last row drawn out
    body = identity.matte[int(points[topology.CHIN, 1]) :]
    first, last = identity.beside, width - identity.beside
    cut = [(body[:, at : at + 2] > 0.5).mean() > 0.05 for at in (first, last - 2)]
    if all(cut) and x1 - x0 > last - first + 1e-3:  # only around a head that could not come closer
        shown = (points[topology.CHIN, 1] - _crown(identity.matte, identity.landmarks.points)) / (y1 - y0)
        assert shown >= max(CLOSEST, head) - 1e-3
        assert x0 <= first + 1e-3
        assert x1 >= last - 1e-3
        return
    if cut[0]:
        assert x0 >= first - 1e-3
    if cut[1]:
        assert x1 <= last + 1e-3


# The frame


@pytest.mark.parametrize("aspect", CANVASES)
def test_where_there_is_room_the_style_gets_what_it_asks(aspect: str) -> None:
    identity, _ = rig.standard()
    spec = Place(aspect, head=0.5, eye_line=0.42)
    placement = compose(identity, spec)
    points = identity.landmarks.points
    assert on_frame(placement, points[EYES, :2])[:, 1].mean() == pytest.approx(0.42, abs=0.01)
    crown = np.flatnonzero((identity.matte[:, 440:460] > 0.5).any(axis=1))[0]
    head = (points[topology.CHIN, 1] - crown) / (placement.zoom * placement.canvas.height)
    assert head == pytest.approx(0.5, abs=0.02)
    check_frame(identity, placement)


@pytest.mark.parametrize("offset", [-0.15, 0.0, 0.15])
def test_offset_is_of_the_frame_width_to_the_right(offset: float) -> None:
    identity, _ = rig.standard()
    placement = compose(identity, Place("4:5", head=0.45, offset=offset))
    eyes = on_frame(placement, identity.landmarks.points[EYES, :2])
    assert eyes[:, 0].mean() == pytest.approx(0.5 + offset, abs=0.03)


@pytest.mark.parametrize("aspect", CANVASES)
@pytest.mark.parametrize("head", [0.3, 0.45, 0.6, 0.9])
@pytest.mark.parametrize(("width", "height", "eyes"), [(620, 900, 400), (1000, 760, 330), (560, 560, 250)])
def test_the_frame_gives_way_to_the_picture(
    aspect: str, head: float, width: int, height: int, eyes: int
) -> None:
    """Tall, wide and tight selfies, shoulders cut on both sides, with every size of head."""
    points = rig.Camera(1500.0).see(rig.head())
    points = points - [*points[EYES, :2].mean(axis=0), 0]
    points = points * (110 / np.linalg.norm(points[EYES[1]] - points[EYES[0]])) + [width / 2, eyes, 0]
    identity = rig.sitter(points, width, height, shoulders=6)
    placement = compose(identity, Place(aspect, head=head))
    check_frame(identity, placement, head)


@pytest.mark.parametrize("aspect", ["4:5", "1:1"])  # those that reach the photograph's lower edge
def test_the_frame_stays_within_a_phones_picture(aspect: str) -> None:
    """A chin held toward a near phone is drawn smaller, and the edge below it comes up with it."""
    camera = rig.Camera(400.0, 700, 700)
    tilt = np.deg2rad(-20)
    points = rig.head() @ np.array(
        [[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]]
    )
    identity = rig.sitter(camera.see(points), 700, 700, focal_35mm=rig.FOCAL_35MM, shoulders=6)
    shape = relief.build(identity)
    placement = place(identity, shape, Place(aspect, head=0.3))
    assert placement.shift is not None
    assert placement.shift[-1, :, 1].max() > 2  # or there is nothing to stay within
    check_frame(identity, placement)
    loose = place(
        replace(identity, capture=replace(identity.capture, focal_length_35mm=None)),
        shape,
        Place(aspect, head=0.3),
    )
    _, y = replace(loose, shift=placement.shift).coordinates(Window.whole(loose.canvas))
    assert y.max() > 700.5  # the frame that is laid without looking does not


def test_an_even_body_below_keeps_air_above_the_head() -> None:
    """A selfie with little chest: the eyes sink a little rather than the crown leave the frame."""
    identity, _ = rig.standard()
    rows = 760
    short = replace(identity, pixels=identity.pixels[:rows], matte=identity.matte[:rows])
    placement = compose(short, Place("4:5", head=0.42, eye_line=0.40))
    crown = np.flatnonzero((short.matte[:, 440:460] > 0.5).any(axis=1))[0]
    assert on_frame(placement, np.array([[450.0, crown]]))[0, 1] > 0
    eyes = on_frame(placement, short.landmarks.points[EYES, :2])[:, 1].mean()
    assert 0.40 - 0.01 <= eyes <= 0.40 + EYE_LINE_GIVE + 0.01


@pytest.mark.parametrize("name", [ASTRONAUT])
def test_every_style_frames_the_astronaut(name: str) -> None:
    check_styles(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", selfies.names())
def test_every_style_frames_every_face(name: str) -> None:
    check_styles(name)


def check_styles(name: str) -> None:
    identity = selfies.identity(name)
    shape = relief.build(identity)
    for spec in {recipe.place for recipe in load_catalogue()} | {Place(aspect) for aspect in CANVASES}:
        check_frame(identity, place(identity, shape, spec), spec.head)


# Positions


@pytest.mark.parametrize("scale", [1, 6])
@pytest.mark.parametrize("focal", [None, rig.FOCAL_35MM])
def test_positions_go_there_and_back(scale: int, focal: float | None) -> None:
    camera = rig.Camera(1000 * NEAR_M)
    identity = rig.sitter(camera.see(rig.head()), camera.width, camera.height, focal_35mm=focal)
    placement = compose(identity, Place("4:5", distance_m=FAR_M))
    assert (placement.shift is None) == (focal is None)
    canvas = placement.canvas
    window = Window(canvas, scale, 400 * scale, 410 * scale)
    x, y = placement.coordinates(window)
    assert x.shape == window.shape
    inside = (slice(None), slice(100 * scale, 900 * scale, 7 * scale))
    there = np.stack([x[inside], y[inside]], axis=-1).reshape(-1, 2).astype(np.float64)
    rows, columns = np.mgrid[window.top : window.bottom, 0 : window.width] + 0.5
    expected = np.stack([columns[inside], rows[inside]], axis=-1).reshape(-1, 2) / scale
    back = placement.to_canvas(there)
    # At the edge of the nose the displacement is steep: 0.15 proof pixels are 0.1 % of this IPD.
    assert np.abs(back - expected).max() < (0.15 if focal else 1e-2)


def test_every_size_looks_at_the_same_places() -> None:
    """A full pixel's block of the proof's pixel has the proof's position for its mean."""
    identity, shape = rig.standard()
    placement = place(identity, shape, Place())
    canvas = placement.canvas
    x, y = placement.coordinates(Window(canvas, 1, 100, 110))
    fine_x, fine_y = placement.coordinates(Window(canvas, 4, 400, 440))
    for coarse, fine in ((x, fine_x), (y, fine_y)):
        mean = fine.reshape(10, 4, canvas.width, 4).mean(axis=(1, 3))
        assert np.abs(mean - coarse).max() < 1e-2


# Perspective


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize(("width", "height"), [(768, 1024), (1024, 768), (1000, 1000)])
def test_a_near_selfie_is_brought_to_the_portrait_distance(width: int, height: int, extended: bool) -> None:
    """From 0.4 m the features lie up to 4 % IPD off and the ears 10 %; most of it goes.

    The truth is the same head through the same kind of camera at 1.5 m, enlarged so that the
    eyes have their distance again. An identity may be wider than its photograph.
    """
    near = rig.Camera(1000 * NEAR_M, width, height)
    seen = near.see(rig.head())
    truth = wanted(rig.head(), near)[:, :2]
    identity = rig.sitter(seen, width, height, focal_35mm=rig.FOCAL_35MM)
    if extended:
        pixels, matte, found = shoulders.extend(identity.pixels, identity.matte, identity.landmarks)
        truth = truth + [(matte.shape[1] - width) / 2, 0]
        seen = found.points
        identity = replace(identity, pixels=pixels, matte=matte, landmarks=found)
    placement = compose(identity, Place("4:5", distance_m=FAR_M))
    assert placement.taken_from_m == pytest.approx(NEAR_M, rel=0.02)
    ipd = identity.landmarks.ipd
    corrected = placement.to_canvas(seen[:, :2]) * placement.zoom + placement.origin
    before = residual(seen[:, :2], truth) / ipd
    after = residual(corrected, truth) / ipd
    inner = topology.INNER_FACE
    assert np.percentile(before[inner], 95) > 0.02
    assert np.median(after[inner]) < 0.005
    assert np.percentile(after[inner], 95) < 0.012
    assert np.percentile(after, 95) < 0.6 * np.percentile(before, 95)
    assert after[topology.CHIN] < before[topology.CHIN]


def test_undoing_the_same_map_keeps_the_asymmetry() -> None:
    """Likeness after the map: a crooked face from 0.4 m against itself from 1.5 m has gain 1."""
    near = rig.Camera(1000 * NEAR_M)
    face = rig.crooked(rig.head())
    identity = rig.sitter(near.see(face), near.width, near.height, focal_35mm=rig.FOCAL_35MM)
    placement = compose(identity, Place("4:5", distance_m=FAR_M))
    seen = rig.landmarks(near.see(face), noise=0.001)
    flat = [placement.to_canvas(points[:, :2]) for points in (seen.first, seen.second)]
    depth = [points[:, 2:] / placement.zoom for points in (seen.first, seen.second)]
    placed = replace(seen, first=np.hstack([flat[0], depth[0]]), second=np.hstack([flat[1], depth[1]]))
    portrait = rig.landmarks(wanted(face, near), noise=0.001)
    found = compare(placed, portrait)
    assert found.gain == pytest.approx(1, abs=0.05)
    assert found.direction > 0.97
    assert found.error_mean < 0.01


def test_a_far_selfie_and_an_unknown_lens_are_left_alone() -> None:
    far = rig.Camera(2500.0, focal_35mm=120)
    points = far.see(rig.head())
    known = rig.sitter(points, far.width, far.height, focal_35mm=far.focal_35mm)
    placement = compose(known, Place("4:5", distance_m=FAR_M))
    assert placement.shift is None
    assert placement.taken_from_m == pytest.approx(2.5, rel=0.02)
    unknown = compose(replace(known, capture=replace(known.capture, focal_length_35mm=None)), Place())
    assert unknown.shift is None
    assert unknown.taken_from_m is None


@pytest.mark.parametrize(("width", "height"), [(3024, 4032), (4032, 3024), (3000, 3000), (2268, 4032)])
def test_a_35_mm_equivalent_compares_diagonals(width: int, height: int) -> None:
    """As phones state it (CIPA DCG-001), and as the near cameras of the evaluation are made."""
    ipd = 0.12 * width
    points = selfies.landmarks(selfies.ENLARGED).points
    near = rig.landmarks(points * ipd / rig.landmarks(points).ipd)
    person = replace(rig.standard()[0], landmarks=near)
    person = replace(person, capture=Capture("JPEG", width, height, focal_length_35mm=26.0))
    _, taken = _perspective(person, rig.standard()[1], Place(perspective=False))
    assert taken == pytest.approx(26 / 43.2666 * np.hypot(width, height) * 0.063 / ipd, rel=1e-4)
    assert taken == pytest.approx(conditions.camera_distance_m((height, width, 3), ipd, 26), rel=1e-6)


def wanted(face: Double, near: rig.Camera) -> Double:
    """(478, 3): the head from ``FAR_M`` by a longer lens on the same axis, as large at the eyes."""
    center = np.array([near.width / 2, near.height / 2])
    scale = near.focal_px / near.distance
    axis = (np.array([near.width, near.height]) * near.eyes - center) / scale
    shrink = 1000 * FAR_M / (1000 * FAR_M + face[:, 2:])
    return np.hstack([center + scale * shrink * (face[:, :2] + axis), scale * face[:, 2:]])


def residual(seen: Double, truth: Double) -> Double:
    """Distance of every point after the eyes are laid on the eyes."""
    gap = seen - truth
    return np.asarray(np.linalg.norm(gap - gap[EYES].mean(axis=0), axis=1))
