"""What phones do to a portrait: laws of the conditions themselves, whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest

from render.pipeline.color import srgb, temperature
from render.pipeline.color.xyz import SRGB_TO_XYZ, white_xyz
from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.evaluation import conditions, disguises, light_conditions, surroundings
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import shared
from render.pipeline.stages.decode import decode

from . import selfies
from .selfies import ASTRONAUT, CLOSE, ENLARGED

FACE = selfies.landmarks
GRAY = np.full((600, 600, 3), 190, np.uint8)
PUPILS = [topology.RIGHT_PUPIL, topology.LEFT_PUPIL]


@cache
def matte() -> Float:
    """The person of CLOSE on the photograph's own grid: its identity is wider than the photograph."""
    identity = selfies.identity(CLOSE)
    height, width = selfies.picture(CLOSE).shape[:2]
    left, top = np.rint((identity.landmarks.points - FACE(CLOSE).points)[0, :2]).astype(int)
    return np.ascontiguousarray(identity.matte[top : top + height, left : left + width])


def linear(code: Code) -> Float:
    return srgb.decode(code.astype(np.float32) / 255)


def within(face: Landmarks, points: list[int] | topology.Index, shape: tuple[int, ...]) -> Float:
    """(H, W), 1 inside the hull of those points."""
    hull = cv2.convexHull(np.rint(face.points[points, :2]).astype(np.int32))
    return np.asarray(cv2.fillConvexPoly(np.zeros(shape[:2], np.float32), hull, 1.0))


def oval() -> Float:
    return within(FACE(CLOSE), topology.FACE_OVAL, (600, 600))


def changed(first: Code, second: Code) -> Float:
    return (first != second).any(axis=2).astype(np.float32)


def level(code: Code, where: Float) -> float:
    """The median linear luminance."""
    return float(np.median(srgb.luminance(linear(code))[where > 0.5]))


SLOW = ("wide angle, 21 mm", "wide angle, 28 mm", "wide angle, 32 mm")
NAMES = [
    pytest.param(name, marks=[pytest.mark.wide] if name in SLOW else []) for name in conditions.CONDITIONS
]


@pytest.mark.parametrize("name", NAMES)
def test_a_condition_makes_the_same_other_picture_of_the_same_portrait(name: str) -> None:
    condition, code, face = conditions.CONDITIONS[name], selfies.picture(CLOSE), FACE(CLOSE)
    before = code.copy()
    first, second = (condition.make(code, face, matte()) for _ in range(2))
    assert np.array_equal(code, before)
    assert np.array_equal(first.code, second.code)
    assert np.array_equal(first.face.points, second.face.points)
    assert first.code.dtype == np.uint8
    assert first.code.shape[2] == 3
    assert first.code.shape != code.shape or (first.code != code).mean() > 0.01
    assert condition.refusal is None or condition.answer == "refused"


@pytest.mark.parametrize("stops", [1, 2, 3])
def test_backlight_leaves_the_face_so_many_stops_darker_than_the_portrait(stops: float) -> None:
    code = selfies.picture(CLOSE)
    clean, noisy = (light_conditions.backlit(code, matte(), stops, electrons) for electrons in (None, 2500))
    assert np.log2(level(code, oval()) / level(clean, oval())) == pytest.approx(stops, abs=0.1)
    wall = (matte() < 0.01).astype(np.float32)
    assert level(noisy, wall) > 1.5 * level(code, wall)
    assert level(noisy, wall) > 2**stops * level(noisy, oval())


def test_the_darker_the_backlit_face_the_noisier() -> None:
    code, grain = selfies.picture(CLOSE), []
    for stops in (1, 2, 3):
        clean, noisy = (
            linear(light_conditions.backlit(code, matte(), stops, e))[..., 1] for e in (None, 2500)
        )
        skin = (oval() > 0.5) & (clean > 0.02)
        grain.append(float(np.std(noisy[skin] / clean[skin])))
    assert grain[1] > 1.2 * grain[0]
    assert grain[2] > 1.2 * grain[1]


def lit_by(code: Code) -> Double:
    """The xy of the lamp on a white card, 6500 K being what the camera shows as white."""
    white = np.linalg.solve(SRGB_TO_XYZ, white_xyz(temperature.planckian(6500)))
    xyz = SRGB_TO_XYZ @ (linear(code).reshape(-1, 3).mean(axis=0) * white)
    return np.asarray(xyz[:2] / xyz.sum())


@pytest.mark.parametrize("kelvin", [2700, 4000, 9000])
def test_a_cast_has_the_chromaticity_of_a_black_body(kelvin: float) -> None:
    """By a second formula, of other authors."""
    card = light_conditions.cast(np.full((8, 8, 3), 255, np.uint8), kelvin)
    assert lit_by(card) == pytest.approx(np.array(temperature.planckian(kelvin)), abs=0.002)


def test_daylight_is_no_cast() -> None:
    assert light_conditions.gains(6500) == pytest.approx(np.ones(3))
    assert np.array_equal(light_conditions.cast(selfies.picture(CLOSE), 6500), selfies.picture(CLOSE))


def test_a_tube_is_greener_than_any_black_body() -> None:
    x, y = lit_by(light_conditions.tube_light(np.full((8, 8, 3), 255, np.uint8)))
    places = [np.array([4 * x, 6 * y]) / (12 * y - 2 * x + 3)]  # CIE 1960
    for kelvin in range(4000, 9000, 50):
        x, y = temperature.planckian(kelvin)
        places.append(np.array([4 * x, 6 * y]) / (12 * y - 2 * x + 3))
    away = np.array(places[0]) - np.array(places[1:])
    nearest = away[np.linalg.norm(away, axis=1).argmin()]
    assert 0.015 < np.linalg.norm(nearest) < 0.03
    assert nearest[1] > 0


@pytest.mark.parametrize(("side", "lit", "shaded"), [("left", "LEFT", "RIGHT"), ("right", "RIGHT", "LEFT")])
def test_a_window_lights_its_side(side: str, lit: str, shaded: str) -> None:
    face = FACE(CLOSE)
    code = light_conditions.window_light(GRAY, face, "left" if side == "left" else "right")
    bright, dark = (
        level(code, within(face, getattr(topology, f"{which}_CHEEK"), code.shape)) for which in (lit, shaded)
    )
    assert 1.2 < np.log2(bright / dark) < 3
    row = srgb.luminance(linear(code))[round(face.points[topology.NOSE_TIP, 1])]
    stops = np.log2(row) if side == "left" else np.log2(row[::-1])
    assert np.diff(stops).min() > -0.01  # it only rises toward the window
    assert np.abs(np.diff(stops)).max() < 0.1  # and without an edge


def test_a_sun_patch_lies_on_a_third_of_the_face() -> None:
    face, code = FACE(CLOSE), selfies.exposed(selfies.picture(CLOSE), 2**-3)
    result = light_conditions.sun_patch(code, face)
    sun = changed(code, result)
    reach = 2 * round(0.1 * face.ipd) + 1
    assert 0.25 < (sun * oval()).sum() / oval().sum() < 0.45
    assert sun[cv2.dilate(oval(), np.ones((reach, reach), np.uint8)) < 0.5].sum() == 0
    core = cv2.erode(sun, np.ones((7, 7), np.uint8))
    assert np.log2(level(result, core) / level(code, core)) == pytest.approx(2.5, abs=0.15)
    red, _, blue = (linear(result)[core > 0.5] / linear(code)[core > 0.5].clip(1e-3)).mean(axis=0)
    assert red > 1.2 * blue


def test_a_sun_patch_has_a_hard_edge() -> None:
    code = selfies.exposed(GRAY, 2**-3)
    rise = linear(light_conditions.sun_patch(code, FACE(CLOSE)))[..., 1] / linear(code)[..., 1] - 1
    assert ((rise > 0.05) & (rise < 0.95 * rise.max())).sum() < 0.15 * (rise > 0.05).sum()


# A near camera


@cache
def near(focal_length_35mm: float) -> conditions.Spoiled:
    return conditions.wide_angle(selfies.picture(CLOSE), FACE(CLOSE), focal_length_35mm)


def nose_over_ears(points: Double) -> float:
    nose, ears = (
        np.linalg.norm(points[a, :2] - points[b, :2])
        for a, b in ((48, 278), (topology.RIGHT_EAR_FRONT, topology.LEFT_EAR_FRONT))
    )
    return float(nose / ears)


def test_a_phone_at_arms_length_is_half_a_meter_away() -> None:
    """12 megapixels and 24 mm: a selfie shows some 370 pixels between the pupils."""
    assert conditions.camera_distance_m((4032, 3024, 3), 370, 24) == pytest.approx(0.475, abs=0.02)


def test_a_near_camera_projects_as_a_pinhole_does() -> None:
    ipd, shape, distance = 100.0, (600, 800, 3), 0.4
    meters = np.array([[0.03, 0.02, 0.0], [0.01, 0.05, -0.04], [-0.08, 0.0, 0.1]])  # behind the eyes: z

    def photograph(from_m: float) -> Double:
        focal = from_m * ipd / conditions.PUPILS_M  # the eyes' plane at the same size
        return np.asarray([400, 300] + focal * meters[:, :2] / (from_m + meters[:, 2:]), np.float64)

    portrait = np.column_stack([photograph(conditions.PORTRAIT_M), 7 + meters[:, 2] * ipd / 0.063])
    seen = conditions.from_near(portrait, 7.0, ipd, shape, distance)
    assert seen[:, :2] == pytest.approx(photograph(distance))


def test_a_near_camera_keeps_the_eyes_and_swells_the_nose() -> None:
    face, ratios = FACE(CLOSE), []
    for focal in (21, 24, 28, 32):
        points = near(focal).face.points
        middle = points[PUPILS, :2].mean(axis=0)
        assert middle == pytest.approx(face.points[PUPILS, :2].mean(axis=0), abs=0.01 * face.ipd)
        ratios.append(nose_over_ears(points))
    assert sorted(ratios, reverse=True) == ratios
    assert ratios[0] > 1.2 * nose_over_ears(face.points)
    assert ratios[3] > 1.1 * nose_over_ears(face.points)


def test_a_long_lens_changes_less_and_less_and_then_nothing() -> None:
    code, face = selfies.picture(CLOSE), FACE(CLOSE)
    moved = [float(np.abs(near(focal).face.points - face.points).max()) for focal in (24, 50, 100, 200)]
    moved = [step / face.ipd for step in moved]
    assert sorted(moved, reverse=True) == moved
    assert moved[0] > 0.1
    assert near(200).face.points == pytest.approx(face.points)
    assert np.abs(near(200).code.astype(int) - code).max() <= 1


@pytest.mark.parametrize("focal", [24, *(pytest.param(mm, marks=pytest.mark.wide) for mm in (21, 32))])
def test_the_wide_picture_shows_a_dot_where_its_landmark_says(focal: float) -> None:
    """Beside the ears the skin is seen edge-on, and the smooth map gives way a little.

    The mesh model is no witness: it draws a near face nearly as it draws a far one.
    """
    face = FACE(CLOSE)
    for point, give in ((topology.NOSE_TIP, 0.6), (topology.CHIN, 0.7), (topology.RIGHT_EAR_FRONT, 4)):
        code = np.zeros((600, 600, 3), np.uint8)
        x, y = np.floor(face.points[point, :2]).astype(int)
        code[y - 1 : y + 2, x - 1 : x + 2] = 255
        spoiled = conditions.wide_angle(code, face, focal)
        rows, columns = np.nonzero(spoiled.code[..., 0] > 64)
        seen = np.array([columns.mean(), rows.mean()]) + 0.5
        moved = spoiled.face.points[point, :2] - face.points[point, :2]
        assert seen - [x + 0.5, y + 0.5] == pytest.approx(moved, abs=give)
        assert np.linalg.norm(moved) > 1.5 * give


@pytest.mark.parametrize("focal", [21, 32])
def test_the_file_carries_the_focal_length(focal: int) -> None:
    condition = conditions.CONDITIONS[f"wide angle, {focal} mm"]
    photograph = decode(condition.stored(condition.make(selfies.picture(CLOSE), FACE(CLOSE), matte())))
    assert photograph.capture.focal_length_35mm == focal
    assert decode(conditions.file(GRAY, None)).capture.focal_length_35mm is None


# Pixels and frames


def test_night_smears_pores_and_is_dark() -> None:
    code = selfies.picture(CLOSE)
    result = conditions.night(code)

    def texture(picture: Code) -> float:
        gray = np.log(srgb.luminance(linear(picture)) + 0.01)
        fine = gray - cv2.GaussianBlur(gray, (0, 0), 1.5)
        return float(np.std(fine[within(FACE(CLOSE), topology.RIGHT_CHEEK, code.shape) > 0.5]))

    assert level(result, oval()) < 0.6 * level(code, oval())
    assert texture(result) < 0.8 * texture(code)


def test_a_messenger_sends_720_pixels_and_never_enlarges() -> None:
    code, face = selfies.picture(ENLARGED), FACE(ENLARGED)
    sent = conditions.messenger(code, face)
    assert max(sent.code.shape) == 720
    assert sent.face.points == pytest.approx(face.points * 720 / 1024)
    assert conditions.messenger(selfies.picture(CLOSE), FACE(CLOSE)).code.shape == (600, 600, 3)
    small = cv2.resize(code, (720, 720), interpolation=cv2.INTER_AREA)
    assert not np.array_equal(sent.code, selfies.jpeg_again(small, 60))  # the second time costs too


def inside(spoiled: conditions.Spoiled, points: int | list[int] | topology.Index) -> bool:
    places = np.atleast_2d(spoiled.face.points[points])[:, :2]
    return bool(((places > 0) & (places < spoiled.code.shape[1::-1])).all())


@pytest.mark.parametrize("cut", [conditions.cut_shoulders, conditions.cut_at_chin, conditions.cut_at_crown])
def test_a_crop_shows_the_same_pixels_where_the_landmarks_say(
    cut: Callable[[Code, Landmarks], conditions.Spoiled],
) -> None:
    code, face = selfies.picture(CLOSE), FACE(CLOSE)
    spoiled = cut(code, face)
    assert spoiled.code.size < 0.9 * code.size
    assert inside(spoiled, PUPILS)
    old, new = (np.floor(one.points[topology.NOSE_TIP, :2]).astype(int) for one in (face, spoiled.face))
    assert np.array_equal(spoiled.code[new[1], new[0]], code[old[1], old[0]])


def test_crops_cut_what_they_say() -> None:
    code, face = selfies.picture(CLOSE), FACE(CLOSE)
    chin, crown = conditions.cut_at_chin(code, face), conditions.cut_at_crown(code, face)
    assert inside(chin, topology.LIPS_OUTER)
    assert not inside(chin, topology.CHIN)
    assert inside(crown, [*topology.RIGHT_BROW, *topology.LEFT_BROW, topology.CHIN])
    assert not inside(crown, topology.FOREHEAD)
    shoulders = conditions.cut_shoulders(code, face)
    assert inside(shoulders, topology.FACE_OVAL)
    left, top = np.rint((face.points - shoulders.face.points)[0, :2]).astype(int)
    height, width = shoulders.code.shape[:2]
    body = matte()[top : top + height, left : left + width]
    assert body[-1, [0, -1]].min() > 0.5
    assert body[height // 3, [0, -1]].max() < 0.1


def test_a_border_surrounds_the_untouched_picture() -> None:
    code, face = selfies.picture(CLOSE), FACE(CLOSE)
    framed = conditions.border(code, face)
    assert framed.code.shape == (660, 660, 3)
    assert np.array_equal(framed.code[30:-30, 30:-30], code)
    assert min(side.min() for side in (framed.code[:30], framed.code[:, :30])) > 240
    assert framed.face.points == pytest.approx(face.points + [30, 30, 0])


def test_upside_down_twice_is_upright() -> None:
    code, face = selfies.picture(CLOSE), FACE(CLOSE)
    turned = conditions.upside_down(code, face)
    assert turned.face.points[topology.CHIN, 1] < turned.face.points[topology.FOREHEAD, 1]
    back = conditions.upside_down(turned.code, turned.face)
    assert np.array_equal(back.code, code)
    assert back.face.points == pytest.approx(face.points)


# Behind and before the face


def test_a_bystander_is_small_and_partly_behind_the_sitter() -> None:
    code, face = selfies.picture(CLOSE), FACE(CLOSE)
    other = np.ascontiguousarray(selfies.picture(ASTRONAUT)[:, ::-1])
    result = surroundings.with_bystander(code, face, matte(), other)
    alone = changed(code, surroundings.with_bystander(code, face, np.zeros_like(matte()), other))
    assert changed(code, result)[matte() == 1].sum() == 0
    assert 0.15 < alone[matte() > 0.99].sum() / alone.sum() < 0.85
    boxes = [box for box in shared().detect(result) if box.score > 0.75]
    assert len(boxes) == 2
    assert boxes[1].area < 0.2 * boxes[0].area
    assert boxes[1].center[0] > boxes[0].left + boxes[0].width  # at the sitter's left


def test_a_busy_room_is_cluttered_and_leaves_the_sitter() -> None:
    code = selfies.picture(CLOSE)
    result = surroundings.busy_room(code, matte())
    wall = cv2.erode((matte() < 0.01).astype(np.float32), np.ones((9, 9), np.uint8)) > 0.5

    def edges(picture: Code) -> float:
        gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        return float(np.abs(cv2.Laplacian(cv2.GaussianBlur(gray, (0, 0), 1.5), cv2.CV_32F))[wall].mean())

    assert changed(code, result)[matte() == 1].sum() == 0
    assert changed(code, result)[wall].mean() > 0.95
    assert edges(result) > 2 * edges(code)


def test_a_mask_covers_nose_and_mouth_and_no_eye() -> None:
    code, face = selfies.picture(CLOSE), FACE(CLOSE)
    result = disguises.mask(code, face)
    mouth = within(face, [*topology.LIPS_OUTER, topology.NOSE_TIP], code.shape) > 0.5
    blue = result[..., 2].astype(int) - result[..., 0]
    assert blue[mouth].min() > 20
    for eye in (topology.RIGHT_EYE, topology.LEFT_EYE):
        assert changed(code, result)[within(face, eye, code.shape) > 0.5].sum() == 0
    assert np.std(srgb.luminance(linear(result))[mouth]) > 0.01  # folds
