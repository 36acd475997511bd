"""The meter on the plaster head, whose ratio the lamps alone decide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.pipeline.contract import Float
from render.pipeline.light.meter import meter
from render.pipeline.measure import plaster
from render.pipeline.recipe import find
from render.pipeline.scene import Sitter, seat, set_up
from render.pipeline.stages.relight import Metering, relight

STYLE = find("mono_classic")
DARK = np.zeros(3, np.float32)


@pytest.fixture(scope="module")
def sitter() -> Sitter:
    return seat(plaster.head())


def gain(sitter: Sitter, ratio: float | None) -> Float:
    metering = None
    if ratio is not None:
        assert sitter.meter is not None
        metering = Metering(sitter.meter, ratio, STYLE.tone)
    return relight(
        sitter.identity, sitter.relief, STYLE.relight, sitter.old_light, DARK, metering=metering
    ).gain


def shown(sitter: Sitter, ratio: float | None) -> float:
    """Stops that the head shows when the fill is moved for ``ratio``."""
    assert sitter.meter is not None
    color = plaster.head().pixels[0, 0]
    return sitter.meter.ratio(gain(sitter, ratio) * color, STYLE.tone)


@pytest.mark.slow
@pytest.mark.parametrize("change", [-0.5, 0.5])
def test_the_fill_is_moved_toward_the_ratio(sitter: Sitter, change: float) -> None:
    plain = shown(sitter, None)
    assert shown(sitter, plain + change) == pytest.approx(plain + change, abs=0.2)


@pytest.mark.slow
def test_a_ratio_that_is_there_moves_nothing(sitter: Sitter) -> None:
    there = shown(sitter, None)
    assert np.abs(np.log2(gain(sitter, there) / gain(sitter, None))).max() < 0.1


@pytest.mark.slow
def test_no_ratio_makes_another_style(sitter: Sitter) -> None:
    """The fill stays within its limits, so an absurd ratio is not reached."""
    assert shown(sitter, 6.0) < 4.5


@pytest.mark.slow
def test_without_a_ratio_nothing_is_metered(sitter: Sitter) -> None:
    recipe = replace(STYLE, relight=replace(STYLE.relight, ratio=None))
    plain, blind = set_up(sitter, recipe, 1), set_up(replace(sitter, meter=None), STYLE, 1)
    assert np.array_equal(plain.lighting.gain, blind.lighting.gain)


def test_halves_that_cannot_be_compared_are_not_metered(sitter: Sitter) -> None:
    aside = sitter.relief.vertices @ np.array([[0.2, 0, -0.98], [0, 1, 0], [0.98, 0, 0.2]])
    assert meter(replace(sitter.relief, vertices=aside)) is None
