"""The light plan of a style: where camera, sitter, backdrop and lamps stand, from the style's own numbers.

Drawings are in units of a centimeter with the sitter's eyes at 0,0: u to the right, v down. In the plan the
camera is below; in the side view it is at the right. Every lamp stands 1.2 m from the face, as in the engine
(`render/pipeline/light/lamps.py`).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from render.pipeline.recipe import Lamp, Recipe
from studio import light_words

DISTANCE_M = 1.2
SCALE = 100  # units to a meter
REACH_M = 1.75  # what stands farther from the sitter is drawn here, and its true distance is said
WIDEST = 120.0  # degrees of a lamp that are drawn
LINES = 52.0  # least height between two labels of two lines, units
COLUMNS = {
    "top": (-140.0, 140.0),
    "side": (-186.0, 218.0),
}  # where labels end at the left and begin at the right
CAMERA_BAND = 46.0  # half the height that the camera takes of the side view's right column

Place = tuple[float, float, float]


@dataclass(frozen=True)
class Point:
    u: float
    v: float


@dataclass(frozen=True)
class Mark:
    """One lamp in one view: its surface as the sitter sees it, its light, and where its words stand."""

    name: str
    says: str
    center: Point
    edge: tuple[Point, ...]
    label: Point
    strength: float

    @property
    def anchor(self) -> str:
        return "start" if self.label.u > 0 else "end"

    @property
    def leader(self) -> str:
        """The hairline from the lamp to its words."""
        near = self.label.u + (-6 if self.label.u > 0 else 6)
        return _line((self.center, Point(near, self.label.v + 3)))

    @property
    def surface(self) -> str:
        return _line(self.edge)

    @property
    def light(self) -> str:
        return _line((*self.edge, Point(0, 0)))


@dataclass(frozen=True)
class LightPlan:
    """Both views of one style's light."""

    top: tuple[Mark, ...]
    side: tuple[Mark, ...]
    camera_m: float
    backdrop_m: float

    @property
    def camera(self) -> float:
        return SCALE * min(self.camera_m, REACH_M)

    @property
    def backdrop(self) -> float:
        return -SCALE * min(self.backdrop_m, REACH_M)

    @property
    def head(self) -> float:
        """Where the plan's picture begins: above the backdrop, every lamp and every word."""
        lamps = [point.v - 12 for mark in self.top for point in mark.edge]
        return round(min(self.backdrop - 34, *lamps, *(mark.label.v - 26 for mark in self.top)), 1)

    @property
    def height(self) -> float:
        """From there to below the camera's words."""
        return round(self.camera + 62 - self.head, 1)


def plan(recipe: Recipe) -> LightPlan:
    lit = [lamp for lamp in recipe.relight.lamps if lamp.role != "backdrop"]
    above = [_mark(lamp, _from_above, _turned, light_words.short_power(lamp)) for lamp in lit]
    beside = [_mark(lamp, _from_the_side, _raised, light_words.height(lamp.elevation)) for lamp in lit]
    return LightPlan(
        top=_labeled(above, COLUMNS["top"]),
        side=_labeled(beside, COLUMNS["side"], taken=CAMERA_BAND),
        camera_m=recipe.place.distance_m,
        backdrop_m=recipe.backdrop.distance_m,
    )


def position(azimuth: float, elevation: float) -> Place:
    """Where a lamp stands, meters from the eyes: x to the camera's right, y up, z toward the camera."""
    a, e = math.radians(azimuth), math.radians(elevation)
    return (
        DISTANCE_M * math.sin(a) * math.cos(e),
        DISTANCE_M * math.sin(e),
        DISTANCE_M * math.cos(a) * math.cos(e),
    )


def _from_above(place: Place) -> Point:
    x, _, z = place
    return Point(round(SCALE * x, 1), round(SCALE * z, 1))


def _from_the_side(place: Place) -> Point:
    _, y, z = place
    return Point(round(SCALE * z, 1), round(-SCALE * y, 1))


def _turned(lamp: Lamp, degrees: float) -> Place:
    """A point of the lamp that many degrees beside its center."""
    return position(lamp.azimuth + degrees, lamp.elevation)


def _raised(lamp: Lamp, degrees: float) -> Place:
    """A point of the lamp that many degrees above its center."""
    return position(lamp.azimuth, lamp.elevation + degrees)


def _mark(
    lamp: Lamp, view: Callable[[Place], Point], along: Callable[[Lamp, float], Place], says: str
) -> Mark:
    size = min(lamp.size, WIDEST)
    count = 2 + round(size / 10)
    edge = tuple(view(along(lamp, size * (step / (count - 1) - 0.5))) for step in range(count))
    center = view(position(lamp.azimuth, lamp.elevation))
    return Mark(light_words.NAMES[lamp.role], says, center, edge, center, _strength(lamp))


def _strength(lamp: Lamp) -> float:
    """How dark its light is drawn: each stop less is fainter, and the weakest can still be seen."""
    return round(max(0.05, 0.26 + 0.045 * max(light_words.stops(lamp.power), -6)), 3)


def _labeled(marks: Sequence[Mark], columns: tuple[float, float], taken: float = 0.0) -> tuple[Mark, ...]:
    """Stand the words in a column at each side, level with their lamps, moved down where they would touch."""
    done: list[Mark] = []
    for column in columns:
        lowest = -math.inf
        right = column > 0
        for mark in sorted(marks, key=lambda mark: mark.center.v):
            if (mark.center.u >= 0) != right:
                continue
            v = max(mark.center.v, lowest)
            if right and abs(v) < taken:
                v = taken
            lowest = v + LINES
            done.append(replace(mark, label=Point(column, round(v, 1))))
    return tuple(done)


def _line(points: Sequence[Point]) -> str:
    return " ".join(f"{point.u:g},{point.v:g}" for point in points)
