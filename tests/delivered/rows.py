"""The covering array: which originals are carried to which portraits and copies.

A fault of delivery hides where two things meet, such as a focal length that moves the picture and a size
that adds texture. So every two of them meet: each pair of a style, a focal length, an orientation, a size,
a container, an aspect and a copy stands in a row. What is read alike is one class; its values take turns.

40 styles times six classes are the 240 rows that there are at least. Four styles share six originals, which
show every class once, so that an original is analyzed once for four portraits. A portrait is developed once
for all of its copies: the nine kinds are dealt out over a style's six rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from itertools import combinations, count, cycle, product

from render.copies import KINDS
from render.pipeline.recipe import load_catalogue
from tests.phone import ASPECTS, CONTAINERS, Original
from tests.pipeline.selfies import CLOSE, FIT

STYLES = tuple(recipe.slug for recipe in load_catalogue())
COPIES, NO_COPY = tuple(KINDS), "none"
LENSES: tuple[tuple[int | None, ...], ...] = ((None,), (21,), (24,), (26, 28), (35,), (50, 70))
"""EXIF's 35 mm equivalents in classes: nothing, ultra wide, wide, a phone's two usual ones, normal, and
longer ones, from which a selfie is seldom nearer than a portrait."""

TAGS: tuple[tuple[int, ...], ...] = ((1,), (6,), (8,), (3,), (2, 4), (5, 7))
"""EXIF's tags: upright, turned either way, upside down, mirrored, and mirrored on its side."""

MEGAPIXELS = (1, 3, 8, 12, 24, 48)
SHARED, ROWS_OF_A_STYLE = 4, 6
NARROW = ("sitter-01", "sitter-02", "sitter-04", "sitter-06", "sitter-08", "sitter-09", "sitter-10", CLOSE)
"""Whose face is whole in a ninth by a sixteenth of the test photographs."""

LOW = ("sitter-01", "sitter-02", "sitter-04", "sitter-06", "sitter-09", "sitter-10", CLOSE)
"""Whose head is whole in three quarters of their height."""

SITTERS = {"3:4": (*FIT, CLOSE), "1:1": (*FIT, CLOSE), "9:16": NARROW, "4:3": LOW}
TURNING = TAGS, MEGAPIXELS, (*CONTAINERS, "JPEG"), (*ASPECTS, "3:4", "4:3")
"""What is dealt to the six lenses; there are fewer containers and aspects, so some come twice."""

TURNED = (
    (0, 0, 0, 0), (1, 1, 3, 2), (0, 5, 5, 4), (1, 3, 4, 3),
    (5, 2, 1, 5), (2, 0, 4, 1), (4, 5, 2, 3), (3, 4, 4, 0),
    (2, 3, 0, 5), (4, 1, 5, 2),
)  # fmt: skip
"""How far each of them is turned against the lenses, for every four styles; found by trying."""

Level = tuple[str, object]
"""A factor's name and what it is in a row."""

Pair = frozenset[Level]


@dataclass(frozen=True)
class Shot:
    """What a file is made of, in classes."""

    lens: tuple[int | None, ...]
    tags: tuple[int, ...]
    megapixels: int
    container: str
    aspect: str

    def levels(self) -> tuple[Level, ...]:
        return tuple((field.name, getattr(self, field.name)) for field in fields(self))


@dataclass(frozen=True)
class Row:
    """One full portrait, and the copies that are made of it."""

    shot: Shot
    original: Original
    style: str
    copies: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.style}, {self.original.name}, {' '.join(self.copies) or 'no copy'}"

    def pairs(self) -> set[Pair]:
        """Every two things that meet in it."""
        fixed = (*self.shot.levels(), ("style", self.style))
        copies: list[Level] = [("copy", name) for name in self.copies or (NO_COPY,)]
        return {frozenset(pair) for pair in (*combinations(fixed, 2), *product(copies, fixed))}


def wanted() -> set[Pair]:
    """Every pair that the array has to hold."""
    factors: dict[str, tuple[object, ...]] = {
        "lens": LENSES,
        "tags": TAGS,
        "megapixels": MEGAPIXELS,
        "container": CONTAINERS,
        "aspect": tuple(ASPECTS),
        "style": STYLES,
        "copy": (NO_COPY, *COPIES),
    }
    every = [[(name, level) for level in levels] for name, levels in factors.items()]
    return {frozenset(pair) for one, other in combinations(every, 2) for pair in product(one, other)}


@cache
def rows() -> tuple[Row, ...]:
    """The array, the rows of one original side by side: the first deal that leaves no gap."""
    goal = wanted()
    return next(found for found in map(_dealt, count(1)) if goal <= held(found))


def in_ci(number: int) -> bool:
    """Whether CI carries the row of this number: two of every three originals, and each style once.

    The array takes longer than CI has. Which
    originals of a style's six turns from one four of styles to the next, so that every lens is among them.
    """
    original = number // SHARED
    return number % SHARED == (original + original // ROWS_OF_A_STYLE) % ROWS_OF_A_STYLE


def held(found: Iterable[Row]) -> set[Pair]:
    """Every pair that stands in these rows."""
    return set().union(*(row.pairs() for row in found))


def _dealt(seed: int) -> tuple[Row, ...]:
    draw, turns, found = random.Random(seed), Turns(), []
    for first, shots in zip(range(0, len(STYLES), SHARED), map(_shots, TURNED), strict=True):
        styles = STYLES[first : first + SHARED]
        dealt = {style: _hands(draw) for style in styles}
        for at, shot in enumerate(shots):
            original = turns.original(shot)
            found += [Row(shot, original, style, dealt[style][at]) for style in styles]
    return tuple(found)


class Turns:
    """The values of each class, and the sitters that fit into each aspect, one after the other."""

    def __init__(self) -> None:
        self._lenses = {values: cycle(values) for values in LENSES}
        self._tags = {values: cycle(values) for values in TAGS}
        self._sitters = {aspect: cycle(names) for aspect, names in SITTERS.items()}

    def original(self, shot: Shot) -> Original:
        return Original(
            sitter=next(self._sitters[shot.aspect]),
            focal_length_35mm=next(self._lenses[shot.lens]),
            orientation=next(self._tags[shot.tags]),
            megapixels=shot.megapixels,
            container=shot.container,
            aspect=shot.aspect,
        )


def _shots(turned: tuple[int, ...]) -> list[Shot]:
    """Six that show every class of every factor."""
    columns = (values[by:] + values[:by] for values, by in zip(TURNING, turned, strict=True))
    return [Shot(*values) for values in zip(LENSES, *columns, strict=True)]


def _hands(draw: random.Random) -> list[tuple[str, ...]]:
    """The kinds of copies dealt to the rows of a style; one row gets none."""
    cards = draw.sample(COPIES, len(COPIES))
    hands = [tuple(cards[at :: ROWS_OF_A_STYLE - 1]) for at in range(ROWS_OF_A_STYLE - 1)]
    return draw.sample([*hands, ()], ROWS_OF_A_STYLE)
