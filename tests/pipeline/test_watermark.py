"""What an attacker gets of the picture under the mark, and what the mark leaves alone.

The attacker knows the code, the mask to the pixel and how the ink lies, and not the pixels beneath.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from render.pipeline.contract import CANVASES, Canvas, Code, Double, Float
from render.pipeline.faces import topology
from render.pipeline.stages import watermark as stage
from render.pipeline.stages.gate import placed_landmarks
from render.pipeline.stages.preview import LONG_SIDE, preview, reduced, scaled
from render.pipeline.stages.watermark import erased, free, watermark

from . import selfies, unmarking
from .unmarking import old_mark, psnr

MOST = 28.0
"""dB under the mark that an attack may reach."""

QUALITY = 88
STYLES = ("corporate", "noir", "studio_white")
SITTERS = [selfies.CLOSE, pytest.param(selfies.SITTER, marks=[pytest.mark.faces, pytest.mark.slow])]
SECRETS = tuple(bytes([number]) * 32 for number in range(6))


@cache
def portrait(name: str, style: str) -> tuple[Code, Double]:
    """A proof as large as its preview, and its landmarks there."""
    proof = selfies.proof(name, style)
    return reduced(proof.code), scaled(placed_landmarks(proof.scene).points, proof.code)


def sent(picture: Code) -> Code:
    """What comes out of the file that is served."""
    return selfies.jpeg_again(picture, QUALITY)


@cache
def shown(name: str, style: str, secret: bytes = SECRETS[0]) -> Code:
    return sent(watermark(*portrait(name, style), secret))


def pattern(shape: tuple[int, ...], points: Double, secret: bytes | None) -> Float:
    """How the ink lies; without a secret, where the code alone would put it."""
    plates = stage._plates(shape, stage._Frame.of(points))
    return stage._ink(shape, plates, None if secret is None else stage._random(secret))


# Attacks


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", SITTERS)
@pytest.mark.parametrize("how", unmarking.INPAINTERS)
def test_what_is_guessed_from_around_it_is_not_the_portrait(name: str, style: str, how: str) -> None:
    picture, points = portrait(name, style)
    under = erased(picture.shape, points)
    for radius in (2, 6):
        found = unmarking.inpainted(shown(name, style), under, unmarking.INPAINTERS[how], radius)
        assert psnr(found, picture, under) <= MOST


@pytest.mark.slow
def test_nor_is_what_scikit_image_guesses() -> None:
    picture, points = portrait(selfies.CLOSE, "corporate")
    under = erased(picture.shape, points)
    found = unmarking.inpainted_smoothly(shown(selfies.CLOSE, "corporate"), under)
    assert psnr(found, picture, under) <= MOST


@pytest.mark.parametrize("name", SITTERS)
@pytest.mark.parametrize("secret", [None, SECRETS[0]], ids=["the code is known", "the secret is known too"])
def test_no_pattern_can_be_subtracted(name: str, secret: bytes | None) -> None:
    picture, points = portrait(name, "corporate")
    found = unmarking.subtracted(shown(name, "corporate"), pattern(picture.shape, points, secret))
    assert psnr(found, picture, erased(picture.shape, points)) <= MOST


@pytest.mark.parametrize("name", SITTERS)
def test_the_same_portrait_under_many_secrets_tells_no_more_than_once(name: str) -> None:
    picture, points = portrait(name, "corporate")
    under = erased(picture.shape, points)
    many = [shown(name, "corporate", secret) for secret in SECRETS]
    once = psnr(unmarking.inpainted(many[0], under, cv2.INPAINT_TELEA), picture, under)
    for found in (unmarking.averaged(many), unmarking.median(many)):
        assert psnr(found, picture, under) <= MOST
        assert psnr(unmarking.inpainted(found, under, cv2.INPAINT_TELEA), picture, under) <= once + 0.3
    assert psnr(unmarking.merged(many, [under] * len(many)), picture, under) <= once + 0.3


@pytest.mark.parametrize("name", SITTERS)
def test_one_style_hides_what_another_hides(name: str) -> None:
    picture, points = portrait(name, "corporate")
    under = erased(picture.shape, points)
    for style in STYLES[1:]:
        other, there = portrait(name, style)
        hidden = erased(other.shape, there)
        found = unmarking.carried(shown(name, "corporate"), under, points, shown(name, style), hidden, there)
        assert psnr(found, picture, under) <= MOST


# The same attacks on marks that do not hold


@pytest.mark.parametrize(
    ("name", "least"),
    [(selfies.CLOSE, 34), pytest.param(selfies.SITTER, 35, marks=[pytest.mark.faces, pytest.mark.slow])],
)
def test_the_mark_of_before_is_taken_off(name: str, least: float) -> None:
    """The rest is the JPEG's own noise, made larger; over the whole picture there is almost none."""
    picture, _ = portrait(name, "noir")
    mark = old_mark(picture.shape)
    ink = np.where(picture.mean(axis=-1, keepdims=True) > 127, 0.0, 255.0)
    marked = np.round(picture + 0.16 * mark[..., None] * (ink - picture)).astype(np.uint8)
    under = mark > 0.02
    found = unmarking.subtracted(sent(marked), mark, dark_above=127)
    assert psnr(sent(marked), picture, under) < 23
    assert psnr(found, picture, under) > least
    assert psnr(found, picture, under | True) > 41


def test_marks_that_stand_anywhere_uncover_each_other() -> None:
    """Why the erased places follow the face and no secret."""
    picture, points = portrait(selfies.CLOSE, "corporate")
    elsewhere = [points + np.array(shift) for shift in ((0, 0), (37, 11), (-29, 23), (8, -31))]
    masks = [erased(picture.shape, place) for place in elsewhere]
    many = [sent(watermark(picture, place, SECRETS[0])) for place in elsewhere]
    assert psnr(unmarking.merged(many, masks), picture, masks[0]) > 35


def test_an_unmarked_picture_in_another_light_gives_away_what_is_hidden() -> None:
    picture, points = portrait(selfies.CLOSE, "executive")
    under = erased(picture.shape, points)
    light = np.linspace(0.5, 0.9, picture.shape[1])[None, :, None]
    other = np.rint(picture * light).astype(np.uint8)
    found = unmarking.carried(shown(selfies.CLOSE, "executive"), under, points, other, under & False, points)
    assert psnr(found, picture, under) > MOST + 1.5


# Laws


@pytest.mark.parametrize("name", SITTERS)
def test_nothing_beneath_the_mark_is_left(name: str) -> None:
    """Whatever the portrait has there, its preview is the same."""
    picture, points = portrait(name, "corporate")
    under = erased(picture.shape, points)
    other = picture.copy()
    other[under] = np.random.default_rng(1).integers(0, 256, (int(under.sum()), 3))
    assert np.array_equal(watermark(picture, points, SECRETS[0]), watermark(other, points, SECRETS[0]))
    beside = picture.copy()
    beside[cv2.dilate(under.astype(np.uint8), np.ones((9, 9))) > 0] = 0
    assert not np.array_equal(
        watermark(picture, points, SECRETS[0])[under], watermark(beside, points, SECRETS[0])[under]
    )


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", SITTERS)
def test_brows_eyes_nose_and_mouth_stay_as_they_are(name: str, style: str) -> None:
    picture, points = portrait(name, style)
    left_alone = free(picture.shape, points)
    for x, y in points[topology.INNER_FACE, :2]:
        assert left_alone[int(y), int(x)]
    for secret in SECRETS[:3]:
        marked = watermark(picture, points, secret)
        assert np.array_equal(marked[left_alone], picture[left_alone])
        assert np.array_equal(marked[~erased(picture.shape, points)], picture[~erased(picture.shape, points)])


def test_the_mark_goes_over_the_outline_of_the_face_and_around_it() -> None:
    picture, points = portrait(selfies.CLOSE, "corporate")
    under = erased(picture.shape, points)
    near = cv2.dilate(under.astype(np.uint8), np.ones((41, 41))) > 0
    assert np.mean([near[int(y), int(x)] for x, y in points[topology.FACE_OVAL, :2]]) > 0.6
    assert 0.05 < under.mean() < 0.3


def test_a_secret_moves_the_ink_and_another_one_elsewhere() -> None:
    picture, points = portrait(selfies.CLOSE, "corporate")
    under = erased(picture.shape, points)
    first = watermark(picture, points, SECRETS[0])
    assert np.array_equal(first, watermark(picture.copy(), points.copy(), SECRETS[0]))
    for secret in SECRETS[1:]:
        other = watermark(picture, points, secret)
        assert (np.abs(other[under].astype(int) - first[under]).max(axis=-1) > 12).mean() > 0.1
        moved = pattern(picture.shape, points, secret) - pattern(picture.shape, points, SECRETS[0])
        assert np.abs(moved).max() > 0.5


@pytest.mark.parametrize("canvas", [pytest.param(c, id=c.aspect) for c in CANVASES.values()])
@pytest.mark.parametrize("value", [0, 60, 127, 180, 255])
def test_the_words_show_on_every_tone(canvas: Canvas, value: int) -> None:
    plain = np.full((canvas.height, canvas.width, 3), value, np.uint8)
    points = face_on(canvas)
    found = preview(plain, points, SECRETS[0]).astype(int)
    under = erased(found.shape, scaled(points, plain))
    assert np.ptp(found[under].mean(axis=-1)) > 40
    assert max(found.shape[:2]) == LONG_SIDE
    assert found.shape[1] / found.shape[0] == pytest.approx(canvas.width / canvas.height, rel=0.005)


def test_the_proof_is_left_alone() -> None:
    proof = np.full((1280, 1280, 3), 90, np.uint8)
    points = face_on(CANVASES["1:1"])
    kept = proof.copy()
    preview(proof, points, SECRETS[0])
    assert np.array_equal(proof, kept)


@pytest.mark.parametrize("shift", [(-500, 0), (0, -600), (700, 900), (9000, 9000)])
def test_a_face_at_the_edge_and_beyond_it(shift: tuple[int, int]) -> None:
    picture, points = portrait(selfies.CLOSE, "corporate")
    marked = watermark(picture, points[:, :2] + np.array(shift), SECRETS[0])
    assert marked.shape == picture.shape


def face_on(canvas: Canvas) -> Double:
    """The astronaut's landmarks, a third of the canvas high, in its middle."""
    points = selfies.landmarks(selfies.ENLARGED).points[:, :2]
    middle, tall = (points.min(axis=0) + points.max(axis=0)) / 2, np.ptp(points[:, 1])
    return (points - middle) * (canvas.height / 3 / tall) + np.array([canvas.width, canvas.height]) / 2
