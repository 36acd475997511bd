"""The lamps over the selfie: what sets the exposure, what is not burnt out, and whose color the skin has."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from render.pipeline.color import srgb
from render.pipeline.contract import Float, Identity
from render.pipeline.light import ambient, relief
from render.pipeline.light.shine import CLOTH, WHITEST, colored
from render.pipeline.recipe import Lamp, Relight
from render.pipeline.stages.relight import Lighting, _zones, relight

from . import rig

SIDE = Relight((Lamp("key", 50, 25, size=30),), ambient=0.15, gloss=0.0)
FRONT = Relight((Lamp("key", 0, 0, size=90),), ambient=0.5, gloss=0.0)
CHEEKS = (50, 280)  # landmarks: at the picture's left, at its right


def under(person: Identity, spec: Relight) -> tuple[Lighting, relief.Relief]:
    """The lamps on a selfie that was taken in even light."""
    shape = relief.build(person)
    return relight(person, shape, spec, np.ones_like(shape.color), np.zeros(3, np.float32)), shape


def painted(person: Identity, top: int, bottom: int, color: Float | float) -> Identity:
    """The sitter with the rows from ``top`` to ``bottom`` of one color."""
    pixels = person.pixels.copy()
    pixels[top:bottom] = color
    return replace(person, pixels=pixels)


def at(field: Float, shape: relief.Relief, landmark: int) -> Float:
    """Values of a field on the relief's grid at a landmark, (c,)."""
    x, y = shape.vertices[landmark, :2]
    return np.asarray(field[round(float(y)), round(float(x))])


def test_a_white_hat_sets_no_exposure() -> None:
    """Nor does a black one; skin that is as bright is skin, and does."""
    person, _ = rig.standard()
    brim = int(person.landmarks.points[:, 1].min() - 0.3 * person.landmarks.ipd)
    white, black = (
        at(under(painted(person, 0, brim, level), SIDE)[0].gain, relief.build(person), 5)
        for level in (0.95, 0.02)
    )
    assert white == pytest.approx(black, rel=0.03)


@pytest.mark.parametrize("push", [1.0, 2.0])
def test_what_the_selfie_holds_is_not_burnt_out(push: float) -> None:
    """A light shirt under lamps that lift it, and one that a dark face took along, which is white; a dark one
    is let be."""
    person, _ = rig.standard()
    chin = int(person.landmarks.points[:, 1].max() + 0.7 * person.landmarks.ipd)
    bright = replace(FRONT, exposure=0.4)
    shirts = {}
    for level in (0.03, 0.55 * push):
        worn = replace(painted(person, chin, person.pixels.shape[0], level), push=push)
        lighting, shape = under(worn, bright)
        deep = cv2.erode((shape.matte > 0.9).astype(np.uint8), np.ones((9, 9))) > 0
        deep[: int((chin + 0.4 * person.landmarks.ipd) * shape.scale)] = False
        shirts[level] = srgb.luminance(shape.color * lighting.gain)[deep] / level
    dark, light = shirts.values()
    assert np.median(light * 0.55 * push) < (WHITEST if push == 1 else CLOTH) + 0.02
    assert np.median(dark) * 0.55 * push > 1.05 * WHITEST  # what it would have been


def test_a_highlight_is_not_lit_again_and_white_cloth_has_no_seam() -> None:
    """A cheek that shone keeps its level under a lamp that brightens the other skin beside it."""
    person, plain = rig.standard()
    rows, columns = np.mgrid[0 : person.matte.shape[0], 0 : person.matte.shape[1]]
    x, y = person.landmarks.points[CHEEKS[1], :2]
    spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (0.3 * person.landmarks.ipd) ** 2)
    chin = int(person.landmarks.points[:, 1].max() + 0.25 * person.landmarks.ipd)
    dim = painted(replace(person, pixels=0.5 * person.pixels), chin, person.pixels.shape[0], 0.6)
    shining = replace(dim, pixels=(dim.pixels * (1 + 0.8 * spot[..., None])).astype(np.float32))
    gains = [srgb.luminance(under(of, SIDE)[0].gain) for of in (dim, shining)]
    dull, shone = (float(at(gain[..., None], plain, CHEEKS[1])[0]) for gain in gains)
    assert dull > 1.15
    assert shone < 1 + 0.5 * (dull - 1)
    cloth = cv2.erode((plain.matte > 0.9).astype(np.uint8), np.ones((9, 9))) > 0
    cloth[: int((chin + 0.3 * person.landmarks.ipd) * plain.scale)] = False
    steps = np.abs(np.diff(np.log(gains[1]), n=2, axis=0))[cloth[1:-1]]
    assert steps.max() < 0.01  # the field is smooth; a seam is a step


@pytest.mark.parametrize("azimuth", [0, 52])
def test_white_lamps_leave_the_face_its_color_and_warm_ones_do_not(azimuth: float) -> None:
    """Scatter reddens the edge of a shadow, and not the skin."""
    person, _ = rig.standard()

    def change(kelvin: float) -> float:
        """How far the skin's chromaticity moves, of itself."""
        lamp = Lamp("key", azimuth, 25, size=30, kelvin=kelvin)
        lighting, shape = under(person, replace(SIDE, lamps=(lamp,)))
        skin = ambient.skin_mask(shape, np.maximum(shape.color, 1e-4)) > 0.5
        own, lit = (picture[skin].mean(axis=0) for picture in (shape.color, shape.color * lighting.gain))
        return float(np.abs((lit / lit.sum()) / (own / own.sum()) - 1).max())

    assert change(5600) < 0.008
    assert change(4000) > 0.05


def spotted(person: Identity, size: float, strength: float) -> Identity:
    """The sitter with a white spot on the cheek that the lamp reaches, ``size`` IPD wide (one sigma)."""
    rows, columns = np.mgrid[0 : person.matte.shape[0], 0 : person.matte.shape[1]]
    x, y = person.landmarks.points[CHEEKS[1], :2]
    spot = np.exp(
        -((columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2) / 2 / (size * person.landmarks.ipd) ** 2
    )
    white = strength * srgb.luminance(person.pixels).mean() * spot[..., None]
    return replace(person, pixels=(person.pixels + white).astype(np.float32))


def test_a_small_spot_that_shines_is_blotted_and_gets_the_skins_color() -> None:
    """And a dark one, which is the sitter's own, is not."""
    person, plain = rig.standard()
    bright, dark = (
        at(under(spotted(person, 0.03, by), FRONT)[0].gain, plain, CHEEKS[1])
        / at(under(person, FRONT)[0].gain, plain, CHEEKS[1])
        for by in (0.8, -0.2)
    )
    assert srgb.luminance(bright) < 0.97
    assert bright[0] > bright[2]  # the skin is redder than the lamp
    assert srgb.luminance(dark) == pytest.approx(1, abs=0.03)


def test_what_is_burnt_out_is_not_shaded_to_gray() -> None:
    """The far cheek under a key from the side, burnt out or as light as skin is."""
    person, plain = rig.standard()
    rows, columns = np.mgrid[0 : person.matte.shape[0], 0 : person.matte.shape[1]]
    x, y = person.landmarks.points[CHEEKS[0], :2]
    share = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (0.4 * person.landmarks.ipd) ** 2)[..., None]
    burnt = (person.pixels + share * (0.98 - person.pixels)).astype(np.float32)
    soft = replace(SIDE, ambient=0.25)
    kept = at(under(replace(person, pixels=burnt), soft)[0].gain, plain, CHEEKS[0])
    shaded = at(under(person, soft)[0].gain, plain, CHEEKS[0])
    assert srgb.luminance(shaded) < 0.8
    assert srgb.luminance(kept) > 0.85


@pytest.mark.parametrize("brightness", [0.3, 1.0])
@pytest.mark.parametrize("azimuth", [0, 50])
def test_nobody_is_made_paler(azimuth: float, brightness: float) -> None:
    """Whatever the lamps do, the middle of the face has the light that it had, and what a style adds."""
    person, plain = rig.standard()
    of = replace(person, pixels=person.pixels * np.float32(brightness))
    lighting, shape = under(of, Relight((Lamp("key", azimuth, 25, size=60),), ambient=0.3, gloss=0.0))
    skin = ambient.skin_mask(plain, np.maximum(plain.color, 1e-4)) > 0.5
    before, after = (
        np.median(srgb.luminance(light)[skin]) for light in (shape.color, shape.color * lighting.gain)
    )
    assert after < 1.04 * before


def test_the_light_falls_off_down_the_body() -> None:
    """A softbox above the face hangs nearer to it than to the chest; light from everywhere does not."""
    person, shape = rig.standard()
    middle = int(shape.vertices[:, 0].mean())

    def share(elevation: float, ambient: float) -> float:
        """The chest's light over the face's."""
        gain = under(person, Relight((Lamp("key", 0, elevation, size=60),), ambient=ambient, gloss=0.0))[
            0
        ].gain
        return float(srgb.luminance(gain[-1, middle]) / srgb.luminance(at(gain, shape, 168)))

    assert share(50, 0.4) < 0.9
    assert share(0, 4.0) == pytest.approx(1, abs=0.04)
    assert share(-50, 0.4) > 1.1


@pytest.mark.parametrize("chroma", [1.0, 0.3])
def test_a_pale_highlight_is_not_darkened_to_gray(chroma: float) -> None:
    """A patch of sun on the far cheek, with the skin's own color or with a third of its chroma."""
    person, plain = rig.standard()
    rows, columns = np.mgrid[0 : person.matte.shape[0], 0 : person.matte.shape[1]]
    x, y = person.landmarks.points[CHEEKS[0], :2]
    hill = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (0.4 * person.landmarks.ipd) ** 2)[..., None]
    luma = srgb.luminance(person.pixels)[..., None]
    sun = 1.5 * (luma + chroma * (person.pixels - luma))
    lit = replace(person, pixels=(person.pixels + hill * (sun - person.pixels)).astype(np.float32))
    gain = float(srgb.luminance(at(under(lit, replace(SIDE, ambient=0.4))[0].gain, plain, CHEEKS[0])))
    assert (gain > 0.9) == (chroma < 0.9)


def test_what_is_darkened_gets_the_skins_color() -> None:
    """What is taken off a place that has half of the face's chroma was the lamp's."""
    _, plain = rig.standard()
    skin = _zones(plain.close_up).skin
    gray = plain.color.copy()
    x, y = np.round(plain.vertices[CHEEKS[0], :2]).astype(int)
    luma = srgb.luminance(gray)[..., None]
    gray[y - 6 : y + 7, x - 6 : x + 7] = (luma + 0.5 * (gray - luma))[y - 6 : y + 7, x - 6 : x + 7]
    shape = replace(plain, color=gray)
    for level, most in ((0.7, 1.0), (1.2, 0.0)):
        gain = np.full_like(gray, level)
        factor = at(colored(shape, skin, gain), plain, CHEEKS[0])
        given = float(np.ptp(factor * at(gray, plain, CHEEKS[0])) / np.ptp(at(gray, plain, CHEEKS[0])) - 1)
        assert given == pytest.approx(most * (1 / 0.7 - 1), abs=0.08)


def test_soft_light_is_added_to_the_selfies_and_hard_light_takes_its_place() -> None:
    """Of a stop more on one side of the selfie a soft plan leaves the most, and a hard one little."""
    person, shape = rig.standard()
    old = np.exp(1.0 * shape.normals[..., :1] * np.ones(3)).astype(np.float32)
    left = []
    for fill in (0.4, 0.12):
        spec = Relight((Lamp("key", 40, 25, size=30),), ambient=fill, gloss=0.0)
        assert spec.hard == (fill < 0.2)
        even, sided = (
            relight(person, shape, spec, light, np.zeros(3, np.float32)).gain
            for light in (np.ones_like(old), old)
        )
        taken = [float(srgb.luminance(at(even / sided, shape, cheek))) for cheek in CHEEKS]
        known = [float(srgb.luminance(at(old, shape, cheek))) for cheek in CHEEKS]
        left.append(1 - np.log(taken[1] / taken[0]) / np.log(known[1] / known[0]))
    assert left[0] > 0.6
    assert left[1] < 0.45
