"""What the finished portrait says of its light: on heads, eyes and patches of known light."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.faces import topology as mesh
from render.pipeline.light.catchlights import offset
from render.pipeline.light.relief import rasterize
from render.pipeline.measure import catchlights, light, mean_face, plaster, texture
from render.pipeline.measure.light import KeyLight
from render.pipeline.recipe import Lamp, find, load_catalogue

IPD, SIDE = 120.0, 640
DOWN = np.array([1, -1, -1])


@cache
def head(turn: float = 0.0) -> Landmarks:
    """The mean face in the middle of a picture, turned by ``turn`` degrees."""
    angle = np.radians(turn)
    about = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    points = mean_face.vertices() @ about.T * IPD * DOWN + [SIDE / 2, 0.45 * SIDE, 0]
    return Landmarks(points, points, 0.0)


def lambert(landmarks: Landmarks, azimuth: float, elevation: float, stops: float) -> Float:
    """The head under one softbox of 24 degrees and a fill from everywhere, luminance (SIDE, SIDE).

    Lambert's law and rays through the bare triangles: no line of it is shared with what is tested.
    """
    points = landmarks.points * DOWN / IPD
    shade = 1 + (2**stops - 1) * softbox(points.tobytes(), azimuth, elevation)
    flat = np.column_stack([landmarks.points[:, :2], points[:, 2]])
    _, picture = rasterize(flat, shade, (SIDE, SIDE))
    return 0.5 * picture / 2**stops


@cache
def softbox(raw: bytes, azimuth: float, elevation: float) -> Double:
    """Mean irradiance at each point (478,) from lamps on a disc, past the face itself."""
    points = np.frombuffer(raw).reshape(-1, 3)
    a, b, c = (points[mesh.TRIANGLES[:, i]] for i in range(3))
    faces = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, mesh.TRIANGLES[:, corner], faces)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    total = np.zeros(len(points))
    turns = np.radians(np.arange(0, 360, 60))
    spread = [(0.0, 0.0), *zip(9 * np.cos(turns), 9 * np.sin(turns), strict=True)]
    for u, v in spread:
        az, el = np.radians([azimuth + u, elevation + v])
        to = np.array([np.sin(az) * np.cos(el), np.sin(el), np.cos(az) * np.cos(el)])
        free = ~blocked(points + 0.02 * normals, to, a, b, c)
        total += np.clip(normals @ to, 0, 1) * free
    return total / len(spread)


def blocked(points: Double, to: Double, a: Double, b: Double, c: Double) -> NDArray[np.bool_]:
    """Whether a ray meets a triangle (Moeller & Trumbore 1997)."""
    one, two = b - a, c - a
    p = np.cross(to, two)
    det = (one * p).sum(axis=1)
    det = np.where(np.abs(det) < 1e-12, 1e-12, det)
    away = points[:, None] - a
    u = (away * p).sum(axis=2) / det
    q = np.cross(away, one)
    v = q @ to / det
    t = (q * two).sum(axis=2) / det
    return np.asarray(((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0.01)).any(axis=1))


def bearded(landmarks: Landmarks) -> Float:
    """A symmetric skin: beard, flushed cheeks, pores; reflectance (SIDE, SIDE)."""
    below = landmarks.points[mesh.NOSE_BASE, 1]
    y = np.mgrid[0:SIDE, 0:SIDE][0]
    skin = np.where(y > below, 0.45, 1.0).astype(np.float32)
    skin = cv2.GaussianBlur(skin, (0, 0), 6)
    pores = np.random.Generator(np.random.PCG64(5)).normal(1, 0.08, skin.shape)
    return np.asarray(skin * pores, np.float32)


def printed(luma: Float) -> Code:
    gray = np.rint(255 * srgb.encode(np.clip(luma, 0, 1).astype(np.float32))).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


def read(azimuth: float, elevation: float, stops: float, turn: float = 0.0, beard: bool = False) -> KeyLight:
    landmarks = head(turn)
    luma = lambert(landmarks, azimuth, elevation, stops)
    return light.read(printed(luma * bearded(landmarks) if beard else luma), landmarks)


@pytest.mark.parametrize("azimuth", [-70, -45, -20, 0, 30, 55])
@pytest.mark.parametrize("beard", [False, True])
def test_the_key_is_found_where_it_stood(azimuth: float, beard: bool) -> None:
    assert read(azimuth, 30, 2.5, beard=beard).azimuth == pytest.approx(azimuth, abs=14)


@pytest.mark.parametrize("turn", [-12, 12])
def test_the_azimuth_is_the_cameras_and_not_the_heads(turn: float) -> None:
    assert read(40, 30, 2.5, turn).azimuth == pytest.approx(40, abs=12)


@pytest.mark.parametrize("stops", [1.0, 2.0, 3.0])
def test_the_ratio_is_that_of_the_lamps(stops: float) -> None:
    assert read(50, 25, stops).ratio == pytest.approx(stops, abs=0.45)


def test_a_deeper_shadow_reads_a_higher_ratio() -> None:
    ratios = [read(50, 25, stops, beard=True).ratio for stops in (0.5, 1.0, 1.5, 2.0, 3.0)]
    assert ratios == sorted(ratios)


def test_a_mirrored_picture_reads_the_opposite_azimuth() -> None:
    landmarks = head()
    code = printed(lambert(landmarks, 50, 30, 2.0))
    points = landmarks.points[mesh.MIRROR] * [-1, 1, 1] + [SIDE, 0, 0]
    mirrored = Landmarks(points, points, 0.0)
    there, back = light.read(code, landmarks), light.read(np.ascontiguousarray(code[:, ::-1]), mirrored)
    assert back.azimuth == pytest.approx(-there.azimuth, abs=4)
    assert back.ratio == pytest.approx(there.ratio, abs=0.15)


@pytest.mark.parametrize("beard", [False, True])
def test_a_flat_face_passes_for_no_split_light(beard: bool) -> None:
    flat, split = read(0, 20, 0.15, beard=beard), plaster_light("mono_split")
    assert abs(flat.azimuth - split.azimuth) > 45
    assert abs(flat.ratio - split.ratio) > 1
    assert flat.ratio < (1.0 if beard else 0.5)


@pytest.mark.parametrize("turn", [-12, 12])
def test_a_little_more_light_is_a_little_more_ratio(turn: float) -> None:
    found = [read(35, 25, stops, turn, beard=True) for stops in np.arange(0.6, 2.7, 0.3)]
    assert np.abs(np.diff([key.ratio for key in found])).max() < 0.5
    assert np.abs(np.diff([key.azimuth for key in found])).max() < 12


def test_a_face_of_which_nothing_is_seen_is_no_reading() -> None:
    points = head().points.copy()
    points[:, 2] = 5 * points[:, 0]  # turned until only one side is left
    with pytest.raises(ValueError, match="too little skin"):
        light.read(np.zeros((SIDE, SIDE, 3), np.uint8), Landmarks(points, points, 0.0))


@cache
def plaster_light(slug: str) -> KeyLight:
    return light.read(*plaster.portrait(find(slug)))


@pytest.mark.slow
@pytest.mark.parametrize("slug", [recipe.slug for recipe in load_catalogue()])
def test_a_plaster_head_shows_the_styles_own_key(slug: str) -> None:
    """Of a soft plan, whose light comes from around its key, to within 25 degrees."""
    spec = find(slug).relight
    key = next(lamp for lamp in spec.lamps if lamp.role == "key")
    assert plaster_light(slug).azimuth == pytest.approx(key.azimuth, abs=20 if spec.hard else 25)


@pytest.mark.slow
@pytest.mark.parametrize("slug", [recipe.slug for recipe in load_catalogue()])
def test_a_styles_ratio_is_what_its_lamps_give(slug: str) -> None:
    assert find(slug).relight.ratio == pytest.approx(plaster_light(slug).ratio, abs=0.05)


def test_the_plaster_head_is_symmetric() -> None:
    shape = mean_face.vertices()
    assert np.allclose(shape, (shape * [-1, 1, 1])[mesh.MIRROR])


# Catchlights


def eye_picture(angle: float, reach: float = 0.5, squint: float = 1.0) -> tuple[Code, Landmarks]:
    """Two drawn eyes with a spot at a position angle, and their points."""
    points = head().points.copy()
    picture = np.full((SIDE, SIDE, 3), 170, np.uint8)
    radius = 0.093 * IPD
    for pupil, lids in ((mesh.RIGHT_PUPIL, mesh.RIGHT_EYE), (mesh.LEFT_PUPIL, mesh.LEFT_EYE)):
        middle = points[lids].mean(axis=0)
        points[lids, 1] = middle[1] + squint * 1.3 * (points[lids, 1] - middle[1])
        points[pupil, :2] = middle[:2]
        turn = np.radians([0, 90, 180, 270])
        points[pupil + 1 : pupil + 5, :2] = middle[:2] + radius * np.stack([np.cos(turn), np.sin(turn)], -1)
        x, y = middle[:2] - 0.5
        cv2.circle(picture, (round(16 * x), round(16 * y)), round(16 * radius), (60, 50, 40), -1, shift=4)
        u = 16 * (x + reach * radius * np.cos(np.radians(angle)))
        v = 16 * (y - reach * radius * np.sin(np.radians(angle)))
        cv2.circle(picture, (round(u), round(v)), round(16 * 0.15 * radius), (240, 240, 240), -1, shift=4)
    return cv2.GaussianBlur(picture, (0, 0), 0.7), Landmarks(points, points, 0.0)


LOW_KEY = Lamp("key", azimuth=-40, elevation=12)


@pytest.mark.parametrize("angle", [170.0, 150.0, 20.0, 60.0, -30.0])
def test_a_spot_is_found_at_its_clock(angle: float) -> None:
    found = catchlights.read(*eye_picture(angle), LOW_KEY)
    assert [spot.angle for spot in found.spots if spot] == pytest.approx([angle, angle], abs=5)
    assert found.disagreement == pytest.approx(0, abs=5)


def test_a_spot_of_another_lamp_is_told_from_the_keys() -> None:
    right, wrong = catchlights.expected(LOW_KEY), catchlights.expected(Lamp("key", azimuth=40, elevation=12))
    reach = float(np.linalg.norm(offset(LOW_KEY)))
    assert max(catchlights.read(*eye_picture(right, reach), LOW_KEY).errors) < 15
    assert min(catchlights.read(*eye_picture(wrong, reach), LOW_KEY).errors) > 90


def test_narrow_and_dull_eyes_are_not_measured() -> None:
    assert catchlights.read(*eye_picture(160, squint=0.35), LOW_KEY).spots == (None, None)
    picture, points = eye_picture(160)
    dull = catchlights.read(np.minimum(picture, 62), points, LOW_KEY)
    assert dull.why == ("no catchlight", "no catchlight")


@pytest.mark.parametrize(("azimuth", "elevation", "clock"), [(45, 0, 0), (0, 40, 90), (-45, 0, 180)])
def test_the_clock_of_a_key(azimuth: float, elevation: float, clock: float) -> None:
    assert catchlights.expected(Lamp("key", azimuth, elevation)) == pytest.approx(clock, abs=1e-6)


# The shadow side


def shadows() -> Code:
    """A picture of deep tones with grain of 3 code values."""
    grain = np.random.Generator(np.random.PCG64(2)).normal(25, 3, (SIDE, SIDE, 1))
    return np.repeat(np.rint(grain), 3, axis=2).astype(np.uint8)


def test_deep_tones_with_texture_pass() -> None:
    found = texture.read(shadows(), head().points)
    assert found.passed
    assert found.patches > 50
    assert found.median == pytest.approx(3, rel=0.15)


@pytest.mark.parametrize("value", [0, 20])
def test_crushed_shadows_fail(value: int) -> None:
    crushed = shadows()
    crushed[:, : SIDE // 2] = value
    assert not texture.read(crushed, head().points).passed


def test_a_bright_face_has_no_shadow_side_to_judge() -> None:
    found = texture.read(np.full((SIDE, SIDE, 3), 180, np.uint8), head().points)
    assert (found.patches, found.least) == (0, None)
