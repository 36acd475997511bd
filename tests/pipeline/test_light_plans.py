"""Light plans as drawings: they show what the lamps do, and no two that look alike are asked about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.pipeline.contract import Double
from render.pipeline.errors import Refused
from render.pipeline.evaluation import light_plans
from render.pipeline.light.side import mirrored
from render.pipeline.recipe import Lamp, Relight, find, load_catalogue

EXTENT = 120
PLAN = Relight((Lamp("key", 30, 30, 30), Lamp("fill", -30, 0, 90, 0.1)), ambient=0.1, ratio=1.5)


def keyed(**change: float) -> Relight:
    """The plan with another key, or another ratio."""
    key = PLAN.lamps[0]
    azimuth, elevation, size = (
        change.get(one, getattr(key, one)) for one in ("azimuth", "elevation", "size")
    )
    lamps = (Lamp("key", azimuth, elevation, size), *PLAN.lamps[1:])
    return replace(PLAN, ratio=change.get("ratio", PLAN.ratio), lamps=lamps)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"azimuth": 54.0}, True),
        ({"azimuth": 55.0}, False),
        ({"azimuth": -30.0}, False),
        ({"elevation": 49.0}, True),
        ({"elevation": 10.0}, False),
        ({"size": 74.0}, True),
        ({"size": 75.0}, False),
        ({"size": 12.0}, False),
        ({"ratio": 2.4}, True),
        ({"ratio": 0.5}, False),
        ({"azimuth": 50.0, "elevation": 45.0, "size": 60.0, "ratio": 2.0}, True),
    ],
)
def test_one_difference_that_can_be_seen_is_enough(change: dict[str, float], same: bool) -> None:
    other = keyed(**change)
    assert light_plans.alike(PLAN, other) is same
    assert light_plans.alike(other, PLAN) is same


def test_a_ratio_that_is_not_metered_is_that_of_the_lamps() -> None:
    assert light_plans.stops(replace(PLAN, ratio=None)) == pytest.approx(np.log2(1.2 / 0.2))


@pytest.mark.parametrize("style", [recipe.slug for recipe in load_catalogue()])
def test_every_style_has_three_others_that_can_be_told_apart(style: str) -> None:
    right = find(style).relight
    plans = {recipe.slug: recipe.relight for recipe in load_catalogue() if recipe.slug != style}
    seen = set()
    for seed in range(60):
        names = light_plans.others(right, plans, np.random.default_rng(seed))
        four = [right, *(plans[name] for name in names)]
        assert len(four) == light_plans.CHOICES
        assert not any(light_plans.alike(a, b) for n, a in enumerate(four) for b in four[:n])
        seen |= set(names)
    assert len(seen) > 8  # not the same three again and again


def test_a_catalogue_of_plans_that_look_alike_is_refused() -> None:
    plans = {str(n): keyed(azimuth=30.0 + n) for n in range(9)}
    with pytest.raises(Refused, match="Too few light plans"):
        light_plans.others(PLAN, plans, np.random.default_rng(1))


# Drawings


def ball(plan: Relight) -> Double:
    return light_plans.ball(plan, EXTENT)[..., 0].astype(np.float64)


def halves(picture: Double) -> tuple[float, float]:
    """How much lighter the right half is than the left one, and the upper than the lower, code values."""
    middle = EXTENT // 2
    across = picture[:, middle:].mean() - picture[:, :middle].mean()
    return across, picture[:middle].mean() - picture[middle:].mean()


@pytest.mark.parametrize("azimuth", [-50.0, 0.0, 50.0])
@pytest.mark.parametrize("elevation", [-30.0, 0.0, 40.0])
def test_the_ball_is_light_where_the_key_stands(azimuth: float, elevation: float) -> None:
    across, down = halves(ball(Relight((Lamp("key", azimuth, elevation, 20),), ambient=0.1)))
    for found, angle in ((across, azimuth), (down, elevation)):
        assert abs(found) < 1 if angle == 0 else found * np.sign(angle) > 15


def test_less_fill_and_a_smaller_lamp_make_deeper_and_harder_shadows() -> None:
    def lit(size: float, ambient: float) -> Double:
        return ball(Relight((Lamp("key", 60, 0, size),), ambient=ambient))[EXTENT // 2]

    assert lit(10, 0.05)[8] < lit(10, 0.3)[8] - 30
    small, large = lit(6, 0.1), lit(120, 0.1)
    # How fast it grows dark at the shadow's edge.
    edges = [np.abs(np.diff(row[6:-6])).max() for row in (small, large)]
    assert edges[0] > 1.3 * edges[1]


def test_lamps_hung_the_other_way_round_are_drawn_so() -> None:
    for style in ("noir", "executive", "clamshell"):
        plan = find(style).relight
        for view in (light_plans.ball, light_plans.from_above):
            drawn, turned = (view(one, EXTENT).astype(float) for one in (plan, mirrored(plan)))
            assert np.abs(drawn[:, ::-1] - turned).mean() < 2
            assert bool(np.abs(drawn - turned).mean() > 5) is (style != "clamshell")


def test_from_above_lamps_stand_in_their_direction_as_wide_as_they_are() -> None:
    def beam(azimuth: float, size: float, role: str = "key") -> tuple[float, float]:
        """Direction of the light and its width, degrees, on a circle near the edge."""
        picture = light_plans.from_above(Relight((Lamp(role, azimuth, 30, size),), ambient=0), 300)
        around = np.radians(np.arange(15, 346))  # the camera stands at 0
        rows = (150 + 138 * np.cos(around)).astype(int)
        columns = (150 + 138 * np.sin(around)).astype(int)
        lit = around[picture[rows, columns, 0] > 120]
        return float(np.degrees(np.angle(np.exp(1j * lit).mean()))), float(len(lit))

    for azimuth, size in ((45, 30), (-60, 12), (-140, 50), (150, 20)):
        direction, width = beam(azimuth, size, "rim" if abs(azimuth) > 90 else "key")
        assert direction == pytest.approx(azimuth, abs=2)
        assert width == pytest.approx(size, abs=4)


def test_from_the_side_the_key_is_as_high_as_it_is() -> None:
    def height(elevation: float) -> float:
        plan = Relight((Lamp("key", 50, elevation, 12),), ambient=0)
        lit = light_plans.from_the_side(plan, 300)[:, 100:150, 0] > 140
        return float(np.nonzero(lit)[0].mean())

    assert height(50) < height(30) - 15 < height(12) - 30


def test_plans_on_a_board_are_told_apart_by_nothing_but_their_place() -> None:
    plan, other = find("noir").relight, find("clamshell").relight
    width, height = light_plans.CELL
    one = light_plans.board([plan, other, other, other])
    two = light_plans.board([other, other, other, plan])
    letter = np.s_[40:height, :width]
    corner = one[letter]
    right = two[height + light_plans.GAP + 40 : 2 * height + light_plans.GAP, width + light_plans.GAP :]
    assert np.array_equal(corner[:, 60:], right[:, 60:])
    assert (one[..., 0] == one[..., 1]).mean() > 0.85  # no gel, no kelvin: gray but for the paper
