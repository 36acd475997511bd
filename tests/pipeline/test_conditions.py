"""A face in every condition in which people send one: a portrait, or one sentence and one fix.

The astronaut is a face without a license question that every machine has; the same conditions
are tried on a photograph of `PORTRAITOS_TEST_FACES` where there is one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from render.pipeline import errors, run
from render.pipeline.color import srgb
from render.pipeline.contract import Code, Identity
from render.pipeline.faces import quality
from render.pipeline.faces.mediapipe import shared
from render.pipeline.faces.patch import Face
from render.pipeline.identity_file import dump
from render.pipeline.light import relief
from render.pipeline.recipe import find
from render.pipeline.stages.decode import decode
from render.pipeline.stages.gate import placed_landmarks

from . import selfies
from .files import save
from .selfies import ASTRONAUT, CLOSE, ENLARGED, PROFILE, SITTER, THREE_QUARTERS, UPRIGHT

ON_A_FACE = pytest.param(SITTER, marks=[pytest.mark.faces, pytest.mark.slow])
ON_A_FACE_TOO = pytest.param(SITTER, marks=[pytest.mark.faces, pytest.mark.slow, pytest.mark.wide])
SITTERS = [ENLARGED, ON_A_FACE]


def identify(data: bytes | Code, *, mirrored: bool = False) -> Identity:
    file = data if isinstance(data, bytes) else save(data, "PNG")
    return run.identify(file, shared(), mirrored=mirrored)


def prove(identity: Identity, style: str = "corporate") -> run.Proof:
    """A proof that passed its gate."""
    proof = run.prove(run.sit(identity), find(style), shared())
    assert proof.finding.registration.passed()
    return proof


def refuse(data: bytes | Code, reason: type[errors.Refused]) -> None:
    """The selfie is refused for this reason, with one sentence and one fix."""
    with pytest.raises(errors.Refused) as caught:
        identify(data)
    assert caught.type is reason
    for line in (caught.value.sentence, caught.value.fix):
        assert line.endswith(".")
        assert ". " not in line


# What no portrait can be made of


@pytest.mark.parametrize("name", SITTERS)
@pytest.mark.parametrize("blur", [0.02, 0.03])
def test_out_of_focus(name: str, blur: float) -> None:
    """``blur`` is the sigma over the distance of the pupils."""
    sigma = blur * selfies.landmarks(name).ipd
    refuse(selfies.out_of_focus(selfies.picture(name), sigma), errors.Blurred)


@pytest.mark.parametrize("name", [ENLARGED, ON_A_FACE_TOO])
@pytest.mark.parametrize("degrees", [0, 45, 90, 135])
def test_shaken(name: str, degrees: float) -> None:
    moved = 0.08 * selfies.landmarks(name).ipd
    refuse(selfies.shaken(selfies.picture(name), moved, degrees), errors.Blurred)


@pytest.mark.parametrize("name", SITTERS)
def test_far_too_dark(name: str) -> None:
    refuse(selfies.exposed(selfies.picture(name), 0.02), errors.TooDark)


@pytest.mark.parametrize("name", SITTERS)
def test_blown_out(name: str) -> None:
    refuse(selfies.exposed(selfies.picture(name), 4), errors.BlownOut)


@pytest.mark.parametrize("name", SITTERS)
def test_tiny(name: str) -> None:
    smaller = 28 / selfies.landmarks(name).ipd
    refuse(selfies.far_away(selfies.picture(name), smaller), errors.FaceTooSmall)


@pytest.mark.parametrize("name", SITTERS)
def test_two_people(name: str) -> None:
    refuse(selfies.beside(selfies.picture(name), selfies.picture(ENLARGED)), errors.SeveralFaces)


def test_nobody() -> None:
    refuse(selfies.nobody(), errors.NoFace)
    refuse(np.full((768, 768, 3), 140, np.uint8), errors.NoFace)


@pytest.mark.parametrize("name", SITTERS)
def test_a_hand_over_half_the_face(name: str) -> None:
    refuse(selfies.with_hand(selfies.picture(name), selfies.landmarks(name)), errors.Covered)


@pytest.mark.faces
def test_turned_away() -> None:
    refuse(selfies.picture(PROFILE), errors.TurnedAway)


# What a portrait can be made of


@pytest.mark.slow
@pytest.mark.parametrize("name", selfies.names())
def test_good_photographs_are_accepted_without_a_warning(name: str) -> None:
    assert selfies.identity(name).warnings == ()


@pytest.mark.slow
@pytest.mark.faces
def test_a_three_quarter_view_ends_in_a_portrait_without_what_it_hides() -> None:
    """Turned by 32 degrees: nothing moved, and of the asymmetry there is no number to be had."""
    proof = prove(selfies.identity(THREE_QUARTERS), "rembrandt")
    assert abs(proof.scene.sitter.identity.pose.yaw) == pytest.approx(32, abs=2)
    assert proof.finding.registration.matched > 0.9
    assert proof.finding.asymmetry is None


def test_the_astronaut_is_warned_and_gets_a_portrait() -> None:
    (warning,) = selfies.identity(ASTRONAUT).warnings
    assert "too few for true 8K" in warning
    assert selfies.proof(ASTRONAUT, "corporate").finding.registration.passed()


def test_a_badge_is_no_second_sitter() -> None:
    """The astronaut's round patch looks a little like a face, most of all in the mirror."""
    identify(np.ascontiguousarray(selfies.picture(ENLARGED)[:, ::-1]))


CONDITIONS: dict[str, Callable[[Code], Code | bytes]] = {
    "strong JPEG": lambda code: save(code, "JPEG", quality=15),
    "HEIC": lambda code: save(code, "HEIC"),
    "gray": selfies.gray,
    "noise": lambda code: selfies.noisy(code, 250),
    "lamp light": lambda code: selfies.tinted(code, (1.0, 0.75, 0.4)),
    "blue hour": lambda code: selfies.tinted(code, (0.6, 0.8, 1.0)),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_that_do_not_matter_are_accepted(condition: str) -> None:
    assert identify(CONDITIONS[condition](selfies.picture(ASTRONAUT))).warnings


@pytest.mark.slow
@pytest.mark.faces
@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(one, marks=() if one in {"HEIC", "lamp light"} else pytest.mark.wide)
        for one in CONDITIONS
    ],
)
def test_conditions_that_do_not_matter_end_in_a_portrait(condition: str) -> None:
    prove(identify(CONDITIONS[condition](selfies.picture(SITTER))))


@pytest.mark.slow
@pytest.mark.parametrize("name", [ENLARGED, ON_A_FACE_TOO])
def test_dark_ends_in_a_brighter_portrait(name: str) -> None:
    identity = identify(selfies.exposed(selfies.picture(name), 0.25))
    assert identity.push > 1.5
    proof = prove(identity)
    printed = srgb.decode(proof.code.astype(np.float32) / 255)
    found = quality.measure(Face(printed, placed_landmarks(proof.scene)))
    assert found.median_luminance > 1.5 * identity.quality.median_luminance


@pytest.mark.slow
@pytest.mark.parametrize("pupils", [34, pytest.param(40, marks=pytest.mark.wide), 60])
@pytest.mark.parametrize("name", [CLOSE, ON_A_FACE_TOO])
def test_a_small_face_ends_in_a_portrait_or_a_sentence(name: str, pupils: float) -> None:
    """Refusing it is as good as a portrait; blaming style or light is not, and a traceback least."""
    code = selfies.far_away(selfies.picture(name), pupils / selfies.landmarks(name).ipd, side=640)
    try:
        prove(identify(code))
    except errors.Refused as refusal:
        assert isinstance(refusal, errors.FaceTooSmall | errors.Unsteady | errors.Blurred)  # noqa: PT017


@pytest.mark.slow
def test_a_small_face_in_a_large_photograph_costs_no_more_than_a_large_one() -> None:
    """Everything is laid out in inter-pupil distances; what no frame can show must not be."""
    code = selfies.far_away(selfies.picture(CLOSE), 40 / selfies.landmarks(CLOSE).ipd, side=2048)
    assert relief.build(identify(code)).depth.size < 3e6


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.6, pytest.param(1.0, marks=pytest.mark.wide)])
def test_blur_on_a_small_face_is_called_blur(sigma: float) -> None:
    """IPD 43 px: the proof would be six times as blurred."""
    try:
        prove(identify(selfies.out_of_focus(selfies.picture(ASTRONAUT), sigma)))
    except errors.Refused as refusal:
        assert isinstance(refusal, errors.Blurred | errors.FaceTooSmall | errors.Unsteady)  # noqa: PT017


# Mirrored and turned


@pytest.mark.parametrize("name", [ASTRONAUT, ON_A_FACE_TOO])
def test_a_mirrored_selfie_is_turned_back(name: str) -> None:
    """Left stays left: the flag gives the very identity of the selfie that was never mirrored."""
    mirrored = np.ascontiguousarray(selfies.picture(name)[:, ::-1])
    back, straight = identify(mirrored, mirrored=True), selfies.identity(name)
    assert back.mirrored
    assert np.array_equal(back.pixels, straight.pixels)
    assert np.array_equal(back.landmarks.points, straight.landmarks.points)


@pytest.mark.slow
@pytest.mark.parametrize("name", [ASTRONAUT, ON_A_FACE_TOO])
def test_a_mirrored_selfie_without_the_flag_is_taken_as_it_is(name: str) -> None:
    mirrored = identify(np.ascontiguousarray(selfies.picture(name)[:, ::-1]))
    assert not mirrored.mirrored
    yaw = selfies.identity(name).pose.yaw
    assert mirrored.pose.yaw == pytest.approx(-yaw, abs=1)
    prove(mirrored)


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_every_orientation_is_the_same_photograph(orientation: int) -> None:
    code = selfies.picture(ENLARGED)[:520, 240:880]
    upright = decode(save(code, "PNG")).pixels
    photograph = decode(selfies.turned(code, orientation))
    assert photograph.capture.orientation == orientation
    assert np.array_equal(photograph.pixels, upright)
    near = decode(selfies.turned(code, orientation, "JPEG", quality=95)).pixels
    assert np.abs(srgb.encode(near) - srgb.encode(upright)).mean() < 0.01


def test_a_turned_selfie_is_the_same_sitter() -> None:
    turned = identify(selfies.turned(selfies.picture(ASTRONAUT), 6))
    straight = selfies.identity(ASTRONAUT)
    assert turned.capture.orientation == 6
    assert len(dump(turned)) == len(dump(straight))
    assert np.array_equal(turned.pixels, straight.pixels)
    assert np.array_equal(turned.matte, straight.matte)
    assert np.array_equal(turned.landmarks.points, straight.landmarks.points)
