"""The drawing stands where the style's numbers say."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.pipeline.light.lamps import direction
from render.pipeline.recipe import Lamp, Recipe, load_catalogue
from studio import light_words
from studio.light_plan import DISTANCE_M, LINES, SCALE, Mark, plan, position
from tests.catalogue.texts import recipe

RADIUS = DISTANCE_M * SCALE


def lit(*lamps: Lamp) -> Recipe:
    made = recipe("one")
    return replace(made, relight=replace(made.relight, lamps=lamps))


def both(azimuth: float, elevation: float) -> tuple[Mark, Mark]:
    drawn = plan(lit(Lamp("key", azimuth=azimuth, elevation=elevation)))
    return drawn.top[0], drawn.side[0]


@pytest.mark.parametrize(
    ("azimuth", "elevation", "top", "side"),
    [
        (0, 0, (0, RADIUS), (RADIUS, 0)),  # at the lens: below in the plan, toward the camera from the side
        (90, 0, (RADIUS, 0), (0, 0)),  # at the picture's right
        (-90, 0, (-RADIUS, 0), (0, 0)),  # at its left
        (180, 0, (0, -RADIUS), (-RADIUS, 0)),  # behind
        (0, 90, (0, 0), (0, -RADIUS)),  # straight above: up is up
        (0, -90, (0, 0), (0, RADIUS)),
        (0, 30, (0, RADIUS * math.cos(math.radians(30))), (RADIUS * math.cos(math.radians(30)), -RADIUS / 2)),
    ],
)
def test_a_lamp_is_drawn_where_it_stands(
    azimuth: float, elevation: float, top: tuple[float, float], side: tuple[float, float]
) -> None:
    above, beside = both(azimuth, elevation)
    assert (above.center.u, above.center.v) == pytest.approx(top, abs=0.1)
    assert (beside.center.u, beside.center.v) == pytest.approx(side, abs=0.1)


def test_the_two_sides_are_told_apart() -> None:
    """The control: a drawing that mixed them up would pass none of this."""
    right, left = both(48, 38)[0], both(-48, 38)[0]
    assert right.center.u == -left.center.u > 0
    assert (right.anchor, left.anchor) == ("start", "end")
    assert right.label.u > 0 > left.label.u


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_the_plan_and_the_engine_mean_the_same_place(azimuth: float, elevation: float) -> None:
    engine = direction(Lamp("key", azimuth=azimuth, elevation=elevation)) * DISTANCE_M
    assert position(azimuth, elevation) == pytest.approx(tuple(engine), abs=1e-12)


@pytest.mark.parametrize("size", [6, 22, 60, 100])
def test_a_lamp_is_as_wide_as_the_sitter_sees_it(size: float) -> None:
    mark = plan(lit(Lamp("key", azimuth=20, elevation=0, size=size))).top[0]
    first, last = mark.edge[0], mark.edge[-1]
    angle = math.degrees(math.atan2(last.u, last.v) - math.atan2(first.u, first.v))
    assert angle == pytest.approx(size, abs=0.2)
    assert all(math.hypot(point.u, point.v) == pytest.approx(RADIUS, abs=0.2) for point in mark.edge)


def test_a_stop_less_is_drawn_fainter() -> None:
    lamps = [Lamp("key"), *(Lamp("fill", azimuth=90, power=power) for power in (0.5, 0.25, 0.125))]
    strengths = sorted((mark.strength for mark in plan(lit(*lamps)).top), reverse=True)
    assert strengths == sorted(set(strengths), reverse=True)
    assert len(strengths) == 4


def test_a_lamp_on_the_backdrop_lights_no_sitter() -> None:
    made = lit(Lamp("key"), Lamp("backdrop", azimuth=170))
    assert len(plan(made).top) == 1
    assert [row.name for row in light_words.rows(made)] == ["Key", "Backdrop lamp"]


@pytest.mark.parametrize("made", load_catalogue(), ids=lambda made: made.slug)
def test_no_words_cover_each_other(made: Recipe) -> None:
    drawn = plan(made)
    for marks in (drawn.top, drawn.side):
        assert len(marks) == sum(lamp.role != "backdrop" for lamp in made.relight.lamps)
        for anchor in ("start", "end"):
            heights = sorted(mark.label.v for mark in marks if mark.anchor == anchor)
            gaps = [low - high for high, low in pairwise(heights)]
            assert all(gap >= LINES - 0.1 for gap in gaps)


def test_labels_without_the_rule_would_touch() -> None:
    drawn = plan(lit(Lamp("key", azimuth=40), Lamp("fill", azimuth=50)))
    centers = sorted(mark.center.v for mark in drawn.top)
    labels = sorted(mark.label.v for mark in drawn.top)
    assert centers[1] - centers[0] < LINES <= labels[1] - labels[0]


def test_camera_and_backdrop_stand_at_their_distance() -> None:
    made = recipe("one")
    near = plan(replace(made, backdrop=replace(made.backdrop, distance_m=0.45)))
    assert (near.camera, near.backdrop) == (150, -45)
    far = plan(replace(made, backdrop=replace(made.backdrop, distance_m=5)))
    assert (far.backdrop, far.backdrop_m) == (-175, 5)


@pytest.mark.parametrize("made", load_catalogue(), ids=lambda made: made.slug)
def test_everything_stands_inside_the_picture(made: Recipe) -> None:
    drawn = plan(made)
    assert drawn.head < drawn.backdrop
    assert drawn.head + drawn.height > drawn.camera
    for mark in drawn.top:
        assert all(abs(point.u) < 290 and point.v > drawn.head for point in (*mark.edge, mark.label))
        assert all(point.v < drawn.head + drawn.height for point in (*mark.edge, mark.label))


@pytest.mark.parametrize(
    ("power", "words"),
    [(1, "as the key"), (0.5, "1 stop under"), (0.25, "2 stops under"), (2, "1 stop over"), (0, "none")],
)
def test_power_in_stops(power: float, words: str) -> None:
    assert light_words.share(power) == words


def test_where_a_lamp_stands_in_words() -> None:
    assert light_words.side(-48) == "48° left"
    assert light_words.side(140) == "140° right"
    assert (light_words.side(0), light_words.side(180)) == ("at the lens", "straight behind")
    assert (light_words.height(38), light_words.height(-20), light_words.height(0)) == (
        "38° up",
        "20° down",
        "eye level",
    )


def test_nothing_is_retouched_unless_it_is_said() -> None:
    made = recipe("one")
    assert light_words.retouch(made).startswith("Nothing is retouched")
    assert "retouches skin" in light_words.retouch(replace(made, retouch=0.2))


@pytest.mark.parametrize("made", load_catalogue(), ids=lambda made: made.slug)
def test_every_style_has_all_its_facts(made: Recipe) -> None:
    facts = dict(light_words.facts(made))
    assert set(facts) == {"Light", "Backdrop", "Lens design", "Perspective", "Aperture", "Format", "Retouch"}
    assert all(facts.values())
