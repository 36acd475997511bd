"""The cut-out: what is background at the rim goes, what is the sitter's stays."""

from functools import cache

import cv2
import numpy as np
import pytest

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float, Landmarks
from render.pipeline.faces import topology
from render.pipeline.faces.color_models import log_odds
from render.pipeline.faces.matte import _of_the_person, _whole_face, cut_out
from render.pipeline.faces.unmix import Unmixed

SIDE, IPD, RADIUS = 480, 90.0, 130.0
CENTER = (240.0, 250.0)
HAIR, SKIN, RED, BLUE, GRAY = (
    (0.16, 0.10, 0.09),
    (0.72, 0.5, 0.42),
    (0.7, 0.06, 0.1),
    (0.1, 0.15, 0.4),
    (0.55,) * 3,
)
CHIP = (slice(228, 246), slice(103, 114))  # at the left rim: outside the head by up to 7 px

# The scene: a head of hair with a face in it, before a blue cloth with red stripes and a gray wall.


def landmarks() -> Landmarks:
    points: Double = np.zeros((478, 3))
    around = np.linspace(0, 2 * np.pi, len(topology.FACE_OVAL), endpoint=False)
    points[topology.FACE_OVAL, 0] = CENTER[0] + 70 * np.cos(around)
    points[topology.FACE_OVAL, 1] = CENTER[1] + 85 * np.sin(around)
    points[topology.RIGHT_PUPIL, :2] = CENTER[0] - IPD / 2, CENTER[1]
    points[topology.LEFT_PUPIL, :2] = CENTER[0] + IPD / 2, CENTER[1]
    return Landmarks(points, points, 0.0)


def disc(radius: float) -> Float:
    """Coverage of a disc about the head's center, antialiased."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    return np.clip(radius - np.hypot(x - CENTER[0], y - CENTER[1]) + 0.5, 0, 1).astype(np.float32)


def over(front: tuple[float, ...], cover: Float, behind: Float) -> Float:
    light = srgb.decode(np.array(front, np.float32))
    return np.asarray(behind + cover[..., None] * (light - behind), np.float32)


def scene(chip: tuple[float, ...] | None) -> Float:
    """Linear picture; ``chip`` is what the background shows at the rim beside the hair."""
    encoded = np.empty((SIDE, SIDE, 3), np.float32)
    encoded[:, : SIDE // 2], encoded[:, SIDE // 2 :] = BLUE, GRAY
    encoded[300:340, : SIDE // 2] = RED
    if chip is not None:
        encoded[CHIP] = chip
    noise = np.random.default_rng(1).normal(0, 0.012, encoded.shape)
    behind = srgb.decode(cv2.GaussianBlur(encoded, (0, 0), 1.5))
    picture = over(SKIN, disc(65), over(HAIR, disc(RADIUS), behind))
    return np.asarray(srgb.decode(np.clip(srgb.encode(picture) + noise, 0, 1).astype(np.float32)))


def network(*, chip: bool = False) -> Float:
    """What a coarse network says: the head, and the chip with it."""
    sure = disc(RADIUS)
    if chip:
        sure[CHIP] = 1
    coarse = cv2.resize(sure, (SIDE // 4, SIDE // 4), interpolation=cv2.INTER_AREA)
    return np.clip(cv2.resize(coarse, (SIDE, SIDE)), 0, 1)


@cache
def cut(chip: tuple[float, ...] | None, *, believed: bool) -> tuple[Float, Float]:
    return cut_out(scene(chip), [network(chip=believed)], landmarks())


def of_chip(matte: Float) -> float:
    """Mean coverage of what of the chip lies beyond the head."""
    return float(matte[CHIP][disc(RADIUS)[CHIP] == 0].mean())


def test_the_matte_is_the_coverage() -> None:
    matte, _ = cut(None, believed=False)
    assert np.abs(matte - disc(RADIUS)).mean() < 0.004
    ring = (disc(RADIUS + 4) > 0) & (disc(RADIUS - 4) < 1)
    assert np.abs(matte - disc(RADIUS))[ring].mean() < 0.12


def test_a_chip_of_the_background_that_the_network_believes_in_is_taken_out() -> None:
    """The stripes of the cloth are elsewhere; the hair beside it is another color."""
    assert of_chip(network(chip=True)) > 0.8
    assert of_chip(cut(RED, believed=True)[0]) < 0.2


def test_a_lock_of_hair_at_the_same_place_stays() -> None:
    """Negative control: the same network, the same place, but the sitter's own color."""
    assert of_chip(cut(HAIR, believed=True)[0]) > 0.8


def test_what_the_network_does_not_believe_in_is_not_drawn_in() -> None:
    assert of_chip(cut(RED, believed=False)[0]) < 0.05


def test_an_earring_may_have_the_background_s_color() -> None:
    """It does not continue the background: hair lies between."""
    picture = scene(None)
    picture[246:256, 350:360] = srgb.decode(np.array(GRAY, np.float32))
    matte, _ = cut_out(picture, [network()], landmarks())
    assert matte[247:255, 351:359].min() > 0.9


def test_the_person_s_color_holds_no_background_at_the_rim() -> None:
    matte, color = cut(RED, believed=True)
    rim = (matte > 0.2) & (matte < 0.9)
    spill = srgb.encode(color)[rim][:, 2] - HAIR[2]  # the cloth is blue
    taken = srgb.encode(scene(RED))[rim][:, 2] - HAIR[2]
    assert np.abs(np.median(spill)) < 0.5 * np.abs(np.median(taken))


@pytest.mark.parametrize("color", [HAIR, GRAY])
def test_one_color_everywhere_leaves_the_decision_to_the_network(color: tuple[float, ...]) -> None:
    """Where person and background look the same, colors give no odds; where they differ, they do."""
    plain = np.full((SIDE, SIDE, 3), color, np.float32)
    same = log_odds(plain, network(), IPD)
    assert (same[disc(RADIUS - 2) == 1] > 0).all()
    assert (same[disc(RADIUS + 2) == 0] < 0).all()
    edge = (disc(RADIUS + 3) > 0) & (disc(RADIUS - 3) < 1)
    other = log_odds(srgb.encode(scene(None)), network(), IPD)
    assert np.abs(other[edge]).mean() > np.abs(same[edge]).mean() + 0.5


def test_an_edge_before_a_light_wall_is_not_lighter_than_the_person() -> None:
    """And a hair that shines before a dark one may be: away from the background's luminance it is the
    person's."""
    own = np.full((4, 4, 3), 0.05, np.float32)
    shining = np.full((4, 4, 3), 0.08, np.float32)
    edge = np.full((4, 4), 0.79, np.float32)
    nowhere, plain = np.zeros((4, 4), np.bool_), np.zeros((4, 4), np.float32)
    light, dark = np.full((4, 4), 0.8, np.float32), np.full((4, 4), 0.01, np.float32)
    before_light = _of_the_person(shining, Unmixed(edge, own, light, plain), edge, nowhere).mean()
    before_dark = _of_the_person(shining, Unmixed(edge, own, dark, plain), edge, nowhere).mean()
    assert before_light < 1.15 * 0.05
    assert before_dark > 1.3 * 0.05


def test_an_earring_at_the_edge_keeps_its_color() -> None:
    """And where the pixel is a mixture, the estimate's hue is not believed."""
    gold, skin = np.full((4, 4, 3), (0.5, 0.35, 0.05), np.float32), np.full((4, 4, 3), 0.4, np.float32)
    matte, behind = np.full((4, 4), 0.79, np.float32), np.full((4, 4), 0.2, np.float32)
    nowhere = np.zeros((4, 4), np.bool_)
    thing, mixture = np.ones((4, 4), np.float32), np.zeros((4, 4), np.float32)
    kept = _of_the_person(gold, Unmixed(matte, skin, behind, thing), matte, nowhere)
    pulled = _of_the_person(gold, Unmixed(matte, skin, behind, mixture), matte, nowhere)
    assert kept == pytest.approx(gold, abs=0.02)
    assert np.ptp(pulled[0, 0]) < 0.01


def test_a_cheek_of_the_wall_s_color_is_no_hole() -> None:
    """A network takes a gray patch for the wall, partly on the face and partly beside it; where the wall
    itself reaches it, it stays."""
    y, x = np.mgrid[0:100, 0:100]
    face = np.hypot(x - 50, y - 50) < 30
    matte = (np.hypot(x - 50, y - 50) < 45).astype(np.float32)
    matte[45:55, 75:90] = 0.8
    assert _whole_face(matte, face)[45:55, 75:90].min() == 1
    reached = matte.copy()
    reached[45:55, 75:] = np.minimum(reached[45:55, 75:], 0.8)
    kept = _whole_face(reached, face)
    assert kept[50, 85] == np.float32(0.8)
    assert kept[face].min() == 1
    assert kept[50, 99] == 0


def test_a_single_hair_has_the_hue_of_the_hair() -> None:
    """It is thinner than a pixel, and what the estimate sees there is the wall; elsewhere a covered pixel is
    believed."""
    red, own = np.full((4, 4, 3), (0.5, 0.1, 0.1), np.float32), np.full((4, 4, 3), 0.4, np.float32)
    whole, behind = np.full((4, 4), 0.98, np.float32), np.full((4, 4), 0.1, np.float32)
    edge = Unmixed(whole, own, behind, np.zeros((4, 4), np.float32))
    hair = _of_the_person(red, edge, whole, np.ones((4, 4), np.bool_))
    assert np.ptp(hair[0, 0]) < 0.01
    assert _of_the_person(red, edge, whole, np.zeros((4, 4), np.bool_)) == pytest.approx(red, abs=1e-5)
