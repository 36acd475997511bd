"""An underexposed face is brightened as far as skin and shine tell, and dark skin stays dark."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from render.pipeline import errors
from render.pipeline.color import lab, srgb
from render.pipeline.contract import Code, Float
from render.pipeline.evaluation.light_conditions import backlit
from render.pipeline.evaluation.surroundings import white_wall
from render.pipeline.faces import exposure, topology
from render.pipeline.faces.mediapipe import shared
from render.pipeline.faces.patch import Face
from render.pipeline.stages import analyze

from . import selfies

FACE = selfies.landmarks(selfies.CLOSE)

SKINS = {  # reflectances, linear sRGB, of the middle of each group of individual typology angles
    name: lab.to_linear(color).astype(np.float32)
    for name, color in (
        ("very light", (72.0, 8.0, 14.0)),
        ("light", (67.0, 10.0, 16.0)),
        ("intermediate", (62.0, 12.0, 19.0)),
        ("tan", (55.0, 13.0, 19.0)),
        ("brown", (44.0, 13.0, 17.0)),
        ("dark", (33.0, 10.0, 11.0)),
    )
}


EYES = 0.5  # what the whites of eyes reflect under their lids


def portrait(skin: Float, shine: float, behind: float, light: float = 1.0) -> Float:
    """A face of even skin (3,) with eyes and a nose that shines, in ``light`` before an even wall."""
    picture = np.full((600, 600, 3), behind, np.float32)
    oval = np.rint(FACE.points[topology.FACE_OVAL, :2]).astype(np.int32)
    cv2.fillPoly(picture, [cv2.convexHull(oval)], tuple(float(light * channel) for channel in skin))
    for eye, pupil in ((topology.RIGHT_EYE, 468), (topology.LEFT_EYE, 473)):
        outline = np.rint(FACE.points[eye, :2]).astype(np.int32)
        cv2.fillPoly(picture, [outline], (light * EYES,) * 3)
        x, y = np.rint(FACE.points[pupil, :2]).astype(int).tolist()
        cv2.circle(picture, (x, y), round(0.09 * FACE.ipd), (light * 0.02,) * 3, -1)
    x, y = FACE.points[topology.NOSE_TIP, :2]
    cv2.circle(picture, (int(x), int(y)), round(0.2 * FACE.ipd), (light * shine,) * 3, -1)
    return picture


def push(skin: Float, shine: float = 0.8, light: float = 1.0) -> float:
    return exposure.push(Face(portrait(skin, shine, 0.9, light), FACE))


@pytest.mark.parametrize("group", SKINS)
@pytest.mark.parametrize("shine", [0.0, 0.8])
def test_skin_that_was_exposed_well_is_not_brightened(group: str, shine: float) -> None:
    """Least of all dark skin, matte, before a white wall: there is little that is bright in that face."""
    reflectance = SKINS[group]
    gain = push(reflectance, shine or float(reflectance.max()))
    before, after = (lab.from_linear(factor * reflectance)[0] for factor in (1, gain))
    assert after - before < 2


@pytest.mark.parametrize("group", SKINS)
@pytest.mark.parametrize("stops", [1, 2, 3])
def test_underexposed_skin_is_brightened_to_what_it_reflects_and_no_further(group: str, stops: int) -> None:
    gain = push(SKINS[group], light=2**-stops)
    assert 2 ** (stops - 0.5) <= gain <= 2**stops


def test_what_shines_says_how_far_is_too_far() -> None:
    light = SKINS["very light"]
    assert push(light / 4, shine=0.7) == 1


def test_a_little_too_dark_is_left_alone_and_there_is_an_end_to_it() -> None:
    light = SKINS["light"]
    assert push(light, light=0.9) == 1
    assert push(light, light=0.01) == 2**exposure.MOST


def test_what_a_lamp_took_is_given_back_without_more_certainty() -> None:
    skin = SKINS["light"]
    dim, good = (portrait(skin, 0.8, 0.5, light) for light in (0.85, 1.0))
    assert exposure.push(Face(dim, FACE)) == 1
    assert 1 < exposure.push(Face(dim, FACE), lost=0.5) <= 1 / 0.85
    assert exposure.push(Face(good, FACE), lost=0.5) == 1


# Before a window


@cache
def matte() -> Float:
    return shared().person_masks(selfies.picture(selfies.CLOSE))[0]


def linear(code: Code) -> Float:
    return srgb.decode(code.astype(np.float32) / 255)


@pytest.mark.parametrize("stops", [1.0, 2.0, 3.0])
def test_a_backlit_face_is_exposed_as_in_the_good_photograph(stops: float) -> None:
    code = selfies.picture(selfies.CLOSE)
    good, dark = linear(code), linear(backlit(code, matte(), stops))
    exposure.check(Face(dark, FACE))
    pushed = dark * np.float32(exposure.push(Face(dark, FACE)))
    first, last = (lab.from_linear(Face(one, FACE).lit_skin) for one in (good, pushed))
    assert last[0] == pytest.approx(first[0], abs=6)
    assert exposure.push(Face(good, FACE)) == 1


@pytest.mark.parametrize("name", [selfies.CLOSE, pytest.param(selfies.name_of(3), marks=pytest.mark.faces)])
def test_before_a_white_wall_nobody_becomes_lighter(name: str) -> None:
    code, face = selfies.picture(name), selfies.landmarks(name)
    good, wall = linear(code), linear(white_wall(code, shared().person_masks(code)[0]))
    first, last = (
        lab.from_linear(Face(one, face).lit_skin)[0]
        for one in (good, analyze.development(Face(wall, face))(wall))
    )
    assert last == pytest.approx(first, abs=2)


def test_beyond_what_the_pixels_carry_it_is_refused_and_named() -> None:
    code = selfies.picture(selfies.CLOSE)
    with pytest.raises(errors.Backlit) as caught:
        exposure.check(Face(linear(backlit(code, matte(), 4.5)), FACE))
    assert str(caught.value).endswith("Turn toward the light.")


def test_a_dark_room_is_not_called_backlit() -> None:
    exposure.check(Face(linear(selfies.exposed(selfies.picture(selfies.CLOSE), 2**-4.5)), FACE))
