"""The upload coach's own checks: each on what it is for, and on the same faces without it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from render.pipeline import errors, run
from render.pipeline.bars import bars
from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.evaluation.conditions import night
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import shared
from render.pipeline.faces.patch import Face, skin_region
from render.pipeline.faces.quality import measure
from render.pipeline.faces.unfiltered import SMOOTHED, by_night, smooth, texture_ratio
from render.pipeline.stages.inspect import SMEARED

from . import selfies
from .files import save
from .selfies import ENLARGED, SITTER

EVERYBODY = [ENLARGED, *selfies.names()]
ON_A_FACE = [ENLARGED, pytest.param(SITTER, marks=pytest.mark.faces)]
ON_A_FACE_TOO = [ENLARGED, pytest.param(SITTER, marks=[pytest.mark.faces, pytest.mark.wide])]


def refused(code: Code, *, mirrored: bool = False) -> errors.Refused:
    with pytest.raises(errors.Refused) as caught:
        run.look(save(code, "PNG"), shared(), mirrored=mirrored)
    return caught.value


def light(code: Code) -> Float:
    return srgb.decode(code.astype(np.float32) / 255)


# Made by code


def smoothed(code: Code, face: Landmarks) -> Code:
    """What a beauty filter does: an edge-keeping blur of the skin, features left sharp."""
    guide = code.astype(np.float32) / 255
    soft = cv2.ximgproc.guidedFilter(guide, guide, int(0.08 * face.ipd), 0.002)
    skin = cv2.GaussianBlur(skin_region(face, code.shape), (0, 0), 2)[..., None]
    return np.asarray(np.clip((guide * (1 - skin) + soft * skin) * 255, 0, 255), np.uint8)


def screenshot(code: Code, background: int) -> Code:
    """A phone's screen with the photograph across it, a clock and a line of text."""
    picture = cv2.resize(code, (1080, 1080), interpolation=cv2.INTER_CUBIC)
    screen = np.full((2200, 1080, 3), background, np.uint8)
    screen[500:1580] = picture
    screen[40:80, 40:200] = screen[1700:1720, 60:700] = 128  # a clock, a name
    return screen


# Filtered


@pytest.mark.parametrize("name", selfies.names())
def test_skin_is_told_from_filtered_skin(name: str) -> None:
    code, face = selfies.picture(name), selfies.landmarks(name)
    for look in (code, selfies.jpeg_again(code, 15), selfies.jpeg_again(code, 60), selfies.noisy(code, 250)):
        assert texture_ratio(Face(light(look), face)) > 1.6 * SMOOTHED
    assert texture_ratio(Face(light(smoothed(code, face)), face)) < 0.8 * SMOOTHED
    assert isinstance(refused(smoothed(code, face)), errors.Filtered)


@pytest.mark.parametrize("name", selfies.names())
def test_what_the_phone_smears_by_night_is_no_filter(name: str) -> None:
    code, face = selfies.picture(name), selfies.landmarks(name)
    dim = night(code)
    seen = run.look(save(dim, "PNG"), shared())
    smeared = smooth(Face(light(dim), face), seen.quality)
    assert (SMEARED in seen.warnings) == smeared
    assert not by_night(Face(light(smoothed(code, face)), face))


@pytest.mark.faces
def test_a_filter_in_the_dark_is_one() -> None:
    """It leaves brows and lashes their hairs."""
    name = selfies.name_of(6)
    code, face = selfies.picture(name), selfies.landmarks(name)
    dim = selfies.exposed(smoothed(code, face), 2**-1.5)
    assert isinstance(refused(dim), errors.Filtered)
    assert by_night(Face(light(night(code)), face))


@pytest.mark.faces
def test_a_soft_lens_is_no_filter() -> None:
    """Blur takes the texture too, but not from the skin alone."""
    code, face = selfies.picture(SITTER), selfies.landmarks(SITTER)
    soft = selfies.out_of_focus(code, 0.0105 * face.ipd)
    assert texture_ratio(Face(light(soft), face)) < 1.5 * SMOOTHED
    assert measure(Face(light(soft), face)).sharpness_sigma > 0.0085 * face.ipd


# Screenshot


@pytest.mark.parametrize("name", EVERYBODY)
def test_photographs_have_no_bars(name: str) -> None:
    code = selfies.picture(name)
    assert max(bars(code)) == 0
    assert max(bars(selfies.jpeg_again(code, 20))) == 0


@pytest.mark.parametrize("name", ON_A_FACE_TOO)
@pytest.mark.parametrize("background", [0, 255])
@pytest.mark.parametrize("lossy", [False, True])
def test_screenshots_are_refused(name: str, background: int, lossy: bool) -> None:
    code = screenshot(selfies.picture(name), background)
    code = selfies.jpeg_again(code, 40) if lossy else code
    top, bottom, left, right = bars(code)
    # One of them may be hidden: a dark wall under a black bar shows no edge.
    assert any(found == pytest.approx(true / 2200, abs=0.003) for found, true in ((top, 500), (bottom, 620)))
    assert (left, right) == (0, 0)
    assert isinstance(refused(code), errors.Screenshot)


def test_a_white_backdrop_is_no_bar() -> None:
    code = selfies.picture(ENLARGED).copy()
    code[:, :60] = 255
    head = code.copy()
    head[:100, :400] = head[:100, 700:] = 255  # the hair reaches the top between
    head[:20] = 255
    assert bars(head)[0] == 0
    assert bars(code)[2] > 0  # and a straight edge is one


# Tilted


@pytest.mark.parametrize("name", ON_A_FACE_TOO)
@pytest.mark.parametrize(("degrees", "wrong"), [(35, True), (-35, True), (12, False)])
def test_a_tilted_head(name: str, degrees: float, wrong: bool) -> None:
    code = selfies.picture(name)
    turn = cv2.getRotationMatrix2D((code.shape[1] / 2, code.shape[0] / 2), degrees, 1.0)
    turned = cv2.warpAffine(code, turn, code.shape[1::-1], borderMode=cv2.BORDER_REFLECT)
    if wrong:
        assert isinstance(refused(turned), errors.Tilted)
    else:
        assert abs(run.look(save(turned, "PNG"), shared()).pose.roll) < 25


# Where the face is


@pytest.mark.faces
def test_no_line_is_drawn_across_a_turned_face() -> None:
    """The oval itself crosses the face there; its hull turns one way all around and holds all of it."""
    code = selfies.picture(selfies.PROFILE)
    (line,) = refused(code).outlines

    def bends(corners: Double) -> Double:
        sides = np.roll(corners, -1, axis=0) - corners
        after = np.roll(sides, -1, axis=0)
        return sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]

    points = shared().landmarks(code).points[topology.FACE_OVAL, :2] / code.shape[1::-1]
    assert np.ptp(np.sign(bends(points))) == 2
    found = bends(np.array(line)) * 1e4
    assert (found > -0.05).all() or (found < 0.05).all()
    (left, top), (right, bottom) = np.min(line, axis=0), np.max(line, axis=0)
    assert [left, top, right, bottom] == pytest.approx([*points.min(0), *points.max(0)], abs=0.01)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_refusal_says_where_the_face_is(mirrored: bool) -> None:
    """On the photograph as it was sent, whatever the sitter said about mirrors."""
    dark = selfies.exposed(selfies.picture(ENLARGED), 0.02)
    (oval,) = refused(dark, mirrored=mirrored).outlines
    height, width = dark.shape[:2]
    eye = selfies.landmarks(ENLARGED).points[topology.RIGHT_PUPIL, :2] / [width, height]
    (left, top), (right, bottom) = np.min(oval, axis=0), np.max(oval, axis=0)
    assert left < eye[0] < right
    assert top < eye[1] < bottom
    assert right - left < 0.35


def test_two_faces_are_both_shown() -> None:
    pair = selfies.beside(selfies.picture(ENLARGED), selfies.picture(ENLARGED))
    refusal = refused(pair)
    assert isinstance(refusal, errors.SeveralFaces)
    first, second = sorted(np.mean(line, axis=0)[0] for line in refusal.outlines)
    assert second - first == pytest.approx(0.5, abs=0.02)


def test_an_inspection_knows_its_points_on_the_photograph() -> None:
    code = selfies.picture(ENLARGED)
    straight = run.look(save(code, "PNG"), shared()).points
    mirrored = run.look(save(np.ascontiguousarray(code[:, ::-1]), "PNG"), shared(), mirrored=True).points
    assert mirrored[:, 0] == pytest.approx(1 - straight[:, 0], abs=1e-9)
    assert mirrored[:, 1] == pytest.approx(straight[:, 1], abs=1e-9)


@pytest.mark.parametrize("name", selfies.names())
def test_the_eleven_pass(name: str) -> None:
    assert run.look(save(selfies.picture(name), "PNG"), shared()).warnings == ()


@pytest.mark.parametrize("kind", errors.Refused.__subclasses__())
def test_a_refusal_is_found_again_by_its_code(kind: type[errors.Refused]) -> None:
    assert type(errors.refusal(kind.code)) is kind
    assert errors.refusal(kind.code, "Do this.").fix == "Do this."


def test_an_unknown_code_is_a_file_we_cannot_read() -> None:
    assert isinstance(errors.refusal("nonsense"), errors.UnreadableFile)
