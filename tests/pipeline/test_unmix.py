"""Half-covered pixels: where both sides are plain the colors tell the coverage, elsewhere the network's
word stands."""

from __future__ import annotations

import numpy as np
import pytest

from render.pipeline.contract import Float
from render.pipeline.faces.unmix import unmixed

SIDE, IPD = 200, 60.0
NOWHERE = (np.zeros((SIDE, SIDE), np.bool_),) * 2
HAIR, WALL = (0.03, 0.02, 0.015), (0.6, 0.65, 0.7)


def ramp(width: float) -> Float:
    """Coverage: 1 on the left, 0 on the right, ``width`` pixels between."""
    across = np.clip((SIDE / 2 - (np.arange(SIDE) + 0.5)) / width + 0.5, 0, 1)
    return np.repeat(across[None], SIDE, axis=0).astype(np.float32)


def strands() -> Float:
    """The same with hairs that reach out."""
    true = ramp(4)
    true[20:SIDE:12, 100:125] = 0.7
    return true


def picture(true: Float, behind: Float) -> Float:
    front = np.array(HAIR, np.float32)
    return np.asarray(true[..., None] * (front - behind) + behind, np.float32)


def plain() -> Float:
    return np.broadcast_to(np.array(WALL, np.float32), (SIDE, SIDE, 3)).copy()


def test_hairs_before_a_plain_wall_are_told_from_the_haze_that_a_network_sees() -> None:
    true, believed = strands(), ramp(60)
    matte, *_ = unmixed(picture(true, plain()), believed, IPD, NOWHERE)
    band = (slice(None), slice(80, 125))
    assert np.abs(matte - true)[band].mean() < 0.3 * np.abs(believed - true)[band].mean()
    assert matte[20, 110] > 3 * matte[26, 110]


def test_where_both_sides_are_alike_the_network_s_word_stands() -> None:
    believed = ramp(30)
    behind = np.broadcast_to(np.array(HAIR, np.float32) * 1.05, (SIDE, SIDE, 3)).copy()
    matte, *_ = unmixed(picture(ramp(30), behind), believed, IPD, NOWHERE)
    assert np.abs(matte - believed).max() < 0.05


def test_a_restless_background_tells_little() -> None:
    """Negative control of the first: the same hairs, before confetti."""
    true, believed = strands(), ramp(60)
    confetti = np.random.default_rng(1).uniform(0, 1, (SIDE, SIDE, 3)).astype(np.float32)
    band = (slice(None), slice(80, 125))
    calm, *_ = unmixed(picture(true, plain()), believed, IPD, NOWHERE)
    wild, *_ = unmixed(picture(true, confetti), believed, IPD, NOWHERE)
    assert np.abs(wild - believed)[band].mean() < 0.7 * np.abs(calm - believed)[band].mean()


def test_what_is_sure_stays_so() -> None:
    believed = ramp(10)
    spotted = picture(believed, plain())
    spotted[:, 20:24] = WALL  # a white pattern on dark cloth is no hole
    matte, *_ = unmixed(spotted, believed, IPD, NOWHERE)
    assert matte[:, 10:60].min() > 0.9
    assert matte[:, 150:].max() == 0


def test_the_color_beside_the_edge_is_the_person_s() -> None:
    _, color, behind = unmixed(picture(ramp(30), plain()), ramp(30), IPD, NOWHERE)
    assert color[100, 100] == pytest.approx(np.array(HAIR), rel=0.2)
    assert behind[100, 100] == pytest.approx(0.64, abs=0.05)


def test_what_floats_is_dropped() -> None:
    believed = ramp(10)
    believed[50:60, 150:160] = 0.5
    matte, *_ = unmixed(picture(believed, plain()), believed, IPD, NOWHERE)
    assert matte[50:60, 150:160].max() == 0
