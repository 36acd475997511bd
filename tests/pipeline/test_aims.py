"""Aims: each reason moves the picture toward the selfie in its own thing, as measured, and in no other."""

from dataclasses import replace

import numpy as np
import pytest

from render import answers
from render.models import Portrait
from render.pipeline.aims import AIMS, aimed
from render.pipeline.color import lab, srgb
from render.pipeline.develop import photograph
from render.pipeline.evidence.reading import style_light
from render.pipeline.faces.mediapipe import shared
from render.pipeline.recipe import Recipe, find, load_catalogue
from render.pipeline.recipe_rules import broken_rules
from render.pipeline.run import SEED, did, prove
from render.pipeline.scene import Scene, set_up
from render.pipeline.stages.gate import placed_landmarks, placed_selfie

from . import selfies

STYLE = "golden_hour"  # warm, contrasty, with lamps from behind
SITTER = "sitter-04"
PHONE_MM = 26.0  # of a front camera, as a 35 mm film's


def scene(recipe: Recipe, sitter: str = SITTER) -> Scene:
    return set_up(selfies.sitter(sitter), recipe, SEED)


def again(*aims: str) -> Recipe:
    return aimed(find(STYLE), aims)


def test_every_reason_has_an_aim_and_an_answer() -> None:
    assert set(AIMS) == set(Portrait.Reason.values) == {reason.value for reason in answers.ANSWERS}
    assert answers.words([]) == ""
    assert answers.words(["eyes", "eyes"]) == answers.ANSWERS[Portrait.Reason.EYES]
    with pytest.raises(KeyError):
        again("taller")


def test_no_aim_is_the_style_itself() -> None:
    assert again() == find(STYLE)


@pytest.mark.parametrize("aim", sorted(AIMS))
def test_an_aimed_style_is_a_sound_one_also_the_third_time(aim: str) -> None:
    for recipe in load_catalogue():
        once, thrice = aimed(recipe, [aim]), aimed(recipe, [aim] * 3)
        assert broken_rules(once) == broken_rules(thrice) == []
        assert once.aims == (aim,)
        assert replace(once, aims=()) != recipe, recipe.slug
        assert once.digest == recipe.digest


def test_light_has_half_of_the_ratio() -> None:
    plain, softer = style_light(find(STYLE)), style_light(again("light"))
    assert softer.ratio < 0.75 * plain.ratio
    assert abs(softer.azimuth - plain.azimuth) < 12  # the same pattern
    measured = [prove(selfies.sitter(SITTER), r, shared()).finding for r in (find(STYLE), again("light"))]
    assert all(finding.registration.p95 <= 0.0015 for finding in measured)


def test_shape_keeps_the_perspective_of_the_selfie() -> None:
    sitter = selfies.sitter(SITTER)
    capture = replace(sitter.identity.capture, focal_length_35mm=PHONE_MM)
    near = replace(sitter, identity=replace(sitter.identity, capture=capture))
    plain, own = (set_up(near, recipe, SEED) for recipe in (find(STYLE), again("shape")))
    assert plain.placement.shift is not None  # the control: the style redraws it
    assert own.placement.shift is None
    assert own.placement.taken_from_m == plain.placement.taken_from_m


def test_skin_has_the_hue_of_the_selfie() -> None:
    def shift(recipe: Recipe) -> float:
        """Distance in chroma of the face from the selfie's, median."""
        found = scene(recipe)
        picture = srgb.decode(photograph(found)[0].astype(np.float32) / 255)
        selfie = srgb.decode(placed_selfie(found).astype(np.float32))
        x, y = placed_landmarks(found).points[[50, 280, 151], :2].mean(axis=0).astype(int)
        reach = int(0.4 * placed_landmarks(found).ipd)
        face = (slice(y - reach, y + reach), slice(x - reach, x + reach))
        a, b = (np.median(lab.from_linear(p[face]).reshape(-1, 3), axis=0) for p in (picture, selfie))
        return float(np.hypot(*(a / max(a[0], 1) - b / max(b[0], 1))[1:]))

    assert shift(again("skin")) < 0.5 * shift(find(STYLE))


def test_eyes_are_those_of_the_selfie() -> None:
    drawn, own = (scene(recipe, selfies.CLOSE) for recipe in (find(STYLE), again("eyes")))
    assert not drawn.sitter.sparkling  # else they are in every style
    assert np.array_equal(own.plate, own.sitter.own_eyes)
    assert not np.array_equal(drawn.plate, own.plate)
    assert "catchlights" in did(drawn.recipe)
    assert "catchlights" not in did(own.recipe)


def test_the_backdrop_is_called_what_it_is() -> None:
    assert "a drawn backdrop" in did(find(STYLE))
    assert "the photograph's own place" in did(find("dusk"))


def test_cutout_is_closer_and_softer_behind() -> None:
    plain, closer = scene(find(STYLE)), scene(again("cutout"))
    assert closer.placement.zoom < 0.9 * plain.placement.zoom
    assert closer.matte.mean() > plain.matte.mean()
