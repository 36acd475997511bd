"""The backdrop's light on the sitter's edge."""

from __future__ import annotations

import numpy as np
import pytest

from render.pipeline.contract import Float
from render.pipeline.stages.compose import wrapped

SIDE, IPD = 400, 128.0


def matte() -> Float:
    """The sitter is the left half."""
    across = np.clip(SIDE / 2 - np.arange(SIDE), 0, 1)
    return np.repeat(across[None], SIDE, axis=0).astype(np.float32)


def paper(*color: float) -> Float:
    return np.broadcast_to(np.array(color, np.float32), (SIDE, SIDE, 3)).copy()


def test_a_white_backdrop_lights_the_edge_and_nothing_deep_within() -> None:
    light = wrapped(paper(0.9, 0.9, 0.9), matte(), IPD)[200, :, 0]
    assert 0.04 < light[198] < 0.08
    assert (np.diff(light[:200]) > -1e-4).all()
    assert light[int(200 - 0.5 * IPD)] < 0.002


def test_it_has_the_backdrop_s_color_and_a_black_one_gives_none() -> None:
    """Negative control: before black nothing is added, wherever the edge lies."""
    blue = wrapped(paper(0.1, 0.2, 0.8), matte(), IPD)[200, 195]
    assert blue / blue[2] == pytest.approx([0.125, 0.25, 1], rel=0.01)
    assert wrapped(paper(0, 0, 0), matte(), IPD).max() == 0


def test_it_reaches_as_far_at_every_size() -> None:
    small = wrapped(paper(0.9, 0.9, 0.9)[::2, ::2], matte()[::2, ::2], IPD / 2)
    large = wrapped(paper(0.9, 0.9, 0.9), matte(), IPD)
    assert small[100, 60:98, 0] == pytest.approx(large[200, 121:197:2, 0], abs=0.004)
