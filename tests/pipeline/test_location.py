"""The selfie's own place: nobody is left in it, nothing in it is recognized, and it suits the face."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from render.pipeline import run
from render.pipeline.color import srgb
from render.pipeline.contract import Code, Float, Identity, Landmarks, Window
from render.pipeline.evaluation import surroundings
from render.pipeline.faces.mediapipe import shared
from render.pipeline.identity_file import dump, load
from render.pipeline.light.relief import Relief
from render.pipeline.light.side import agreeing, side
from render.pipeline.location import DISC, GRID, LONGEST, across, behind, grid_of, key, widened
from render.pipeline.recipe import Recipe, find, load_catalogue
from render.pipeline.recipe_rules import LOCATION
from render.pipeline.resample import enlarge
from render.pipeline.scene import seat, set_up
from render.pipeline.stages.location import ABOVE_KEY, on_location, selfie
from render.pipeline.stages.place import place

from . import rig, selfies
from .files import save

SIZE = (900, 1200)
STYLES = [recipe for recipe in load_catalogue() if recipe.backdrop.kind == LOCATION]
ROSE = np.array([0.9, 0.05, 0.5], np.float32)


def wall(light: float = 0.2) -> Float:
    """Gray, lighter to the right."""
    across_it = np.linspace(0.5, 1.5, SIZE[0], dtype=np.float32)[None, :, None]
    return np.asarray(np.full((*SIZE[::-1], 3), light, np.float32) * across_it, np.float32)


def somebody() -> tuple[Float, Float, Landmarks]:
    """A rose sitter before the wall, a rose glow around them, the matte, and landmarks."""
    marks = rig.standard()[0].landmarks
    matte = np.zeros(SIZE[::-1], np.float32)
    cv2.ellipse(matte, (450, 540), (150, 210), 0, 0, 360, 1.0, -1)
    matte[800:, 200:700] = 1
    glow = cv2.dilate(matte, np.ones((2 * round(0.1 * marks.ipd) + 1,) * 2, np.uint8))
    return np.where(glow[..., None] > 0, ROSE, wall()).astype(np.float32), matte, marks


def kept(light: Float, matte: Float, marks: Landmarks) -> Float:
    return behind(light, matte, marks)


def coded(light: Float) -> Code:
    return np.asarray(np.round(255 * srgb.encode(np.clip(light, 0, 1))), np.uint8)


def redness(picture: Float) -> float:
    return float((picture[..., 0] / np.maximum(picture[..., 1], 1e-4)).max())


# What is kept


def test_nothing_of_the_sitter_is_left() -> None:
    picture, matte, marks = somebody()
    assert redness(kept(picture, matte, marks)) < 1.01
    assert redness(kept(picture, np.zeros_like(matte), marks)) > 10  # the negative control


def test_what_is_filled_is_what_is_around_it() -> None:
    picture, matte, marks = somebody()
    empty, found = kept(wall(), np.zeros_like(matte), marks), kept(picture, matte, marks)
    assert np.abs(found / empty - 1).max() < 0.25
    assert np.abs(found / empty - 1).mean() < 0.03


def test_a_lamp_beside_the_head_is_not_carried_behind_it() -> None:
    picture, matte, marks = somebody()
    cv2.circle(picture, (690, 480), 20, (8.0, 8.0, 8.0), -1)
    plain, lit = kept(somebody()[0], matte, marks), kept(picture, matte, marks)
    height, width = lit.shape[:2]
    head = np.s_[round(0.35 * height) : round(0.6 * height), round(0.4 * width) : round(0.6 * width)]
    assert lit.max() > 2 * plain.max()
    assert (lit[head] / plain[head]).max() < 1.15


def test_a_photograph_that_shows_nothing_else_has_a_place_all_the_same() -> None:
    picture, matte, marks = somebody()
    found = kept(picture, np.ones_like(matte), marks)
    assert np.isfinite(found).all()
    assert found.std(axis=(0, 1)).max() < 1e-3


def test_nothing_finer_than_the_disc_is_kept() -> None:
    _, matte, marks = somebody()
    empty, (width, height) = np.zeros_like(matte), grid_of(matte.shape, marks.ipd)
    assert width == pytest.approx(SIZE[0] * GRID / marks.ipd, abs=1)
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]

    def contrast(period: float) -> float:
        """Of stripes, lengths in IPD."""
        stripes = 0.3 * (1 + np.sin(2 * np.pi * x / (period * marks.ipd)) + 0 * y)
        found = kept(np.dstack([stripes] * 3).astype(np.float32), empty, marks)
        middle = found[height // 4 : -height // 4, width // 4 : -width // 4, 1]
        return float((middle.max() - middle.min()) / 0.6)

    # Of a disc: |2 J1(x) / x| at x = pi D / period: 0.18 at its diameter, no more than 0.13 from there on.
    assert contrast(DISC) < 0.25
    assert contrast(0.7 * DISC) < 0.15
    assert contrast(5 * DISC) > 0.85  # the negative control: a place stays a place


@pytest.mark.parametrize("shape", [(3000, 4000), (500, 400), (20000, 200)])
def test_the_grid_is_small(shape: tuple[int, int]) -> None:
    assert max(grid_of(shape, 40.0)) <= LONGEST
    assert min(grid_of(shape, 400.0)) >= 1


@pytest.mark.slow
@pytest.mark.faces
def test_a_bystander_is_nobody() -> None:
    code, face = selfies.picture("sitter-04"), selfies.landmarks("sitter-04")
    matte = shared().person_masks(code)[0]
    crowded = surroundings.with_bystander(code, face, matte, selfies.picture("sitter-09"))
    light = srgb.decode(crowded.astype(np.float32) / 255)
    place = kept(light, (matte > 0.5).astype(np.float32), face)
    assert faces(crowded) == 2
    assert faces(coded(enlarged(place, crowded.shape))) == 0
    small = cv2.resize(light, place.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert (
        faces(coded(enlarged(small, crowded.shape))) == 2
    )  # the negative control: the grid alone hides nobody


def faces(code: Code) -> int:
    return len(shared().detect(code))


def enlarged(light: Float, shape: tuple[int, ...]) -> Float:
    return np.asarray(cv2.resize(light, shape[1::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def test_what_is_kept_is_stored_exactly() -> None:
    picture, matte, marks = somebody()
    location = across(kept(picture, matte, marks), 0.3)
    person = replace(rig.standard()[0], location=location)
    assert np.array_equal(load(dump(person)).location, location)
    assert location.shape[1] == pytest.approx(1.6 * kept(picture, matte, marks).shape[1], abs=1)


# Beyond the photograph


def stripes(period: int = 8) -> Float:
    x = np.arange(128) + 0 * np.arange(96)[:, None]
    return np.dstack([0.5 + 0.5 * np.sin(2 * np.pi * x / period)] * 3).astype(np.float32)


def test_the_photograph_itself_is_not_changed() -> None:
    wide = widened(stripes(), 10, 20, 40, 50)
    assert wide.shape == (126, 218, 3)
    assert np.allclose(wide[10:106, 40:168], stripes(), atol=1e-6)
    assert widened(stripes(), 0, 0, 0, 0) is not None


def test_beyond_it_all_is_softer_the_farther_out() -> None:
    beyond = widened(stripes(), 0, 0, 0, 64)[:, 128:, 1]
    spread = [float(beyond[:, start : start + 16].std()) for start in (0, 16, 32)]
    assert spread[0] > 3 * spread[1]
    assert max(spread[1:]) < 0.02
    assert stripes()[..., 1].std() > 0.3


# Before the face


def standing(location: Float) -> tuple[Identity, Relief]:
    person, shape = rig.standard()
    return replace(person, location=location), shape


def seen(location: Float, recipe: Recipe) -> Float:
    person, shape = standing(location)
    return on_location(person, place(person, shape, recipe.place), recipe, 1)


def flat(light: float) -> Float:
    return np.full((240, 180, 3), light, np.float32)


def level(picture: Float) -> float:
    return float(np.median(srgb.luminance(picture)))


@pytest.mark.parametrize("recipe", STYLES, ids=lambda recipe: recipe.slug)
def test_nothing_behind_outshines_the_face(recipe: Recipe) -> None:
    key = float(srgb.luminance(np.asarray(rig.SKIN, np.float32)))
    most = key * 1.35 * 2 ** (ABOVE_KEY + max(recipe.backdrop.exposure, 0))
    assert srgb.luminance(seen(flat(20.0), recipe)).max() < 1.02 * most


def test_a_place_keeps_its_own_lightness_within_the_styles_range() -> None:
    recipe = find("on_location")
    recipe = replace(recipe, backdrop=replace(recipe.backdrop, exposure=-0.5, range_stops=1.0))
    dark, low, high, bright = (level(seen(flat(light), recipe)) for light in (0.01, 0.12, 0.18, 8.0))
    assert dark < low < high < bright
    assert high / low == pytest.approx(1.5, rel=0.05)
    assert bright < 8 * low
    assert dark < 0.4 * low


def test_the_selfie_is_shown_in_its_own_place_and_light() -> None:
    """And not before the smear that lies behind the outline of a picture that was cut out."""
    person, shape = standing(flat(0.1))
    smear = np.where(person.matte[..., None] > 0.5, person.pixels, np.float32(0))
    frame = place(person, shape, find("corporate").place)
    whole = Window.whole(frame.canvas)
    shown = srgb.decode(selfie(replace(person, pixels=smear), frame) / np.float32(255))
    matte = np.clip(frame.look(person.matte, whole), 0, 1)
    assert np.allclose(shown[matte < 0.01], 0.1, atol=0.005)
    assert np.median(frame.look(smear, whole)[matte < 0.01]) < 0.01, "what was shown before"
    within = matte > 0.99
    assert np.allclose(shown[within], np.clip(frame.look(smear, whole)[within], 0, 1), atol=0.02)


def test_a_place_is_lit_as_it_was_when_only_the_face_was_brightened() -> None:
    recipe = find("on_location")
    person, shape = standing(flat(0.1))
    frame = place(person, shape, recipe.place)
    plain, pushed = (
        level(on_location(replace(person, location=flat(0.1 * push), push=push), frame, recipe, 1))
        for push in (1.0, 2.0)
    )
    assert pushed == pytest.approx(plain, rel=0.05)
    assert level(on_location(replace(person, location=flat(0.2)), frame, recipe, 1)) > 1.3 * plain


def test_a_dark_style_is_darker_and_a_bright_one_brighter() -> None:
    shown = [level(seen(flat(0.15), find(slug))) for slug in ("evening_flash", "on_location", "morning")]
    assert shown[0] < 0.6 * shown[1]
    assert shown[2] > 1.2 * shown[1]


def test_an_airy_place_stays_airy_on_location_and_a_dim_one_dim() -> None:
    """White paper behind a dark face became a murky gray, which strangers named against it."""
    of = find("on_location")
    person, _ = standing(flat(0.1))
    face = key(person.pixels, person.landmarks)
    airy, dim = (level(seen(flat(light), of)) for light in (1.6 * face, 0.4 * face))
    assert airy == pytest.approx(1.6 * face, rel=0.25)
    assert dim == pytest.approx(0.4 * face, rel=0.25)
    murky = replace(of, backdrop=replace(of.backdrop, exposure=-0.1))
    assert level(seen(flat(1.6 * face), murky)) < 0.75 * airy


def test_color_is_held_back_and_tinted() -> None:
    green = flat(0.15) * np.array([0.4, 1.2, 0.4], np.float32)

    def hue(slug: str, **changes: Any) -> Float:
        recipe = find(slug)
        shown = seen(green, replace(recipe, backdrop=replace(recipe.backdrop, **changes)))
        return np.asarray(np.median(shown, axis=(0, 1)))

    plain, pale, warm = hue("press"), hue("press", saturation=0.3), hue("press", light=(1.3, 1.0, 0.6))
    assert pale[1] / pale[0] < plain[1] / plain[0]
    assert warm[0] / warm[2] > 1.5 * plain[0] / plain[2]


def test_a_wider_aperture_resolves_less() -> None:
    recipe = find("press")

    def detail(aperture: float) -> float:
        lens = replace(recipe.lens, aperture=aperture)
        shown = seen(np.tile(stripes(16), (2, 2, 1)) * 0.3, replace(recipe, lens=lens))
        return float(srgb.luminance(shown).std() / srgb.luminance(shown).mean())

    assert detail(1.8) < detail(4) < detail(8)


def test_it_is_the_same_every_time_and_at_every_size() -> None:
    draw = np.random.Generator(np.random.PCG64(4))
    rough = cv2.GaussianBlur(draw.uniform(0, 0.6, (240, 180, 3)).astype(np.float32), (0, 0), 3)
    person, _ = standing(rough)
    sitter = seat(person)
    scene = set_up(sitter, find("dusk"), 1)
    assert np.array_equal(scene.backdrop, set_up(sitter, find("dusk"), 1).backdrop)
    canvas = scene.placement.canvas
    strip = Window(canvas, 4, 1600, 1760)
    averaged = cv2.resize(enlarge(scene.backdrop, strip), (canvas.width, 40), interpolation=cv2.INTER_AREA)
    apart = np.abs(srgb.encode(averaged) - srgb.encode(scene.backdrop[400:440])) * 255
    assert apart.max() < 1.5


# The lamps


def test_lamps_stand_where_the_selfies_light_came_from() -> None:
    _, shape = rig.standard()
    recipe = find("on_location")
    columns = np.linspace(-1, 1, shape.depth.shape[1], dtype=np.float32)[None, :, None]
    from_right = np.exp(np.broadcast_to(columns, (*shape.depth.shape, 3))).astype(np.float32)
    hung = [agreeing(recipe, shape, light) for light in (from_right, from_right[:, ::-1])]
    assert [one.relight.lamps[0].azimuth for one in hung] == [32.0, -32.0]
    assert [one.mirrored for one in hung] == [False, True]
    assert side(shape, from_right) > 0 > side(shape, from_right[:, ::-1])
    assert agreeing(recipe, shape, np.ones_like(from_right)) is recipe


@pytest.mark.parametrize(("style", "drawn"), [("corporate", True), ("on_location", False)])
def test_a_studio_turns_with_its_lamps_and_a_place_does_not(style: str, drawn: bool) -> None:
    rough = np.random.Generator(np.random.PCG64(4)).uniform(0.1, 0.3, (240, 180, 3)).astype(np.float32)
    person, _ = standing(cv2.GaussianBlur(rough, (0, 0), 3))
    columns = np.linspace(1.2, -1.2, person.matte.shape[1], dtype=np.float32)[None, :, None]
    recipe = replace(find(style), place=replace(find(style).place, offset=0.1))
    left, right = (
        set_up(seat(replace(person, pixels=person.pixels * np.exp(sign * columns))), recipe, 1)
        for sign in (1, -1)
    )
    azimuth = recipe.relight.lamps[0].azimuth
    assert [one.recipe.relight.lamps[0].azimuth for one in (left, right)] == [-azimuth, azimuth]
    assert left.recipe.place.offset == -right.recipe.place.offset == -0.1
    assert np.allclose(left.backdrop, right.backdrop[:, ::-1]) is drawn


# The whole way


@pytest.mark.slow
def test_a_portrait_on_location_passes_its_gate() -> None:
    report = selfies.proof(selfies.CLOSE, "on_location").report()
    assert "own place" in str(report["engine"])


@pytest.mark.slow
def test_the_place_is_of_the_photograph_and_not_of_the_sitter() -> None:
    identity = selfies.identity(selfies.CLOSE)
    height, width = identity.matte.shape
    assert identity.location.shape[0] / identity.location.shape[1] == pytest.approx(height / width, rel=0.02)
    lighter = run.identify(save(selfies.exposed(selfies.picture(selfies.CLOSE), 0.8), "PNG"), shared())
    assert not np.array_equal(lighter.location, identity.location)
