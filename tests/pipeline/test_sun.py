"""Sun on a part of the face is found; soft light, studio light, beards and dark skin are not taken for it."""

from __future__ import annotations

import numpy as np
import pytest

from render.pipeline import errors, run
from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double
from render.pipeline.evaluation.light_conditions import gains, in_linear_light, sun_patch, window_light
from render.pipeline.faces import sun, topology
from render.pipeline.faces.mediapipe import shared
from render.pipeline.faces.patch import Face

from . import selfies
from .files import save

ON = [selfies.CLOSE, pytest.param(selfies.name_of(9), marks=pytest.mark.faces)]


def in_sun(name: str, stops: float) -> Code:
    """The phone exposes between shade and sun."""
    code = selfies.exposed(selfies.picture(name), 2 ** (-stops / 2 - 0.25))
    return sun_patch(code, selfies.landmarks(name), stops)


def refused(code: Code, name: str) -> bool:
    try:
        sun.check(Face(srgb.decode(code.astype(np.float32) / 255), selfies.landmarks(name)))
    except errors.SunPatch:
        return True
    return False


@pytest.mark.parametrize("name", ON)
@pytest.mark.parametrize("stops", [2.0, 2.5, 3.0])
def test_sun_on_a_third_of_the_face_is_refused(name: str, stops: float) -> None:
    assert refused(in_sun(name, stops), name)


def test_the_refusal_says_what_to_do() -> None:
    with pytest.raises(errors.SunPatch) as caught:
        run.look(save(in_sun(selfies.CLOSE, 2.5), "PNG"), shared())
    assert str(caught.value) == "Sun falls on part of your face. Step into the shade."


@pytest.mark.parametrize("name", [selfies.CLOSE, *selfies.names()])
def test_good_photographs_are_not(name: str) -> None:
    assert not refused(selfies.picture(name), name)


@pytest.mark.parametrize("name", ON)
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_window_beside_the_face_is_soft(name: str, side: str) -> None:
    code = window_light(selfies.picture(name), selfies.landmarks(name), "left" if side == "left" else "right")
    assert not refused(code, name)


def bar(name: str, stops: float, color: Double, *, pair: bool = False) -> Code:
    """A bar down one cheek, or down both, in other light, so many ``stops`` above the rest."""
    code, face = selfies.picture(name), selfies.landmarks(name)
    beside = (np.arange(code.shape[1]) - face.points[topology.NOSE_TIP, 0]) / face.ipd
    beside = np.abs(beside) if pair else beside
    lit = 2**stops * color / (color @ srgb.LUMINANCE)
    rise = np.where((np.abs(beside - 0.35) < 0.2)[None, :, None], lit, 1.0) * 2 ** (-stops / 2 - 0.25)
    return in_linear_light(code, lambda light: (light * rise).astype(np.float32))


def test_hard_studio_light_of_one_color_is_not_sun() -> None:
    white, sunny = np.ones(3), gains(4800)
    assert not refused(bar(selfies.CLOSE, 2.0, white), selfies.CLOSE)
    assert refused(bar(selfies.CLOSE, 2.0, sunny), selfies.CLOSE)


def test_what_both_cheeks_have_is_the_faces_own() -> None:
    assert not refused(bar(selfies.CLOSE, 2.0, gains(4800), pair=True), selfies.CLOSE)


def test_a_bluer_light_is_not_sun() -> None:
    assert not refused(bar(selfies.CLOSE, 2.0, gains(9000)), selfies.CLOSE)


def test_a_faint_edge_is_shading() -> None:
    assert not refused(bar(selfies.CLOSE, 0.5, gains(4800)), selfies.CLOSE)
