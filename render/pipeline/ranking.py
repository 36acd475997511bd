"""Which styles suit a photograph, and why: the catalogue in the order in which to show it to one sitter.

What makes a portrait look cut out and pasted can be told before it is made: a backdrop much darker or lighter
than what was behind the hair, a frontal key against side light that is left on the face, a bright print of a
dark photograph. Every such thing costs a style some points, in stops of light; the fewest come first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .recipe import Backdrop, Color, Recipe
from .recipe_rules import DIM, LIFT, LOCATION

LEVELS: dict[str, tuple[float, float]] = {
    "bookshelf": (0.25, 0.25),
    "canvas": (1.0, 0.0),
    "city": (1.0, 0.5),
    "dark_room": (1.0, 0.4),
    "garden": (0.0, 0.65),
    "gel": (1.0, 0.8),
    "golden": (1.0, 1.2),
    "horizon": (0.5, 0.5),
    "office": (0.2, 0.45),
    "plaster": (0.42, 0.0),
    "seamless": (0.85, 0.0),
    "sky": (0.5, 0.5),
    "window": (0.15, 0.2),
}
"""How light a drawn backdrop is: shares of its ``color`` and of its ``accent``, in its ``light``."""

EDGE, LOOSE = 0.25, 0.5
"""Points for each stop that the backdrop departs from what was behind a smooth head; for loose hair more."""

FORGIVEN = 0.7
"""Stops that it may depart without a point."""

PLAIN = frozenset({"canvas", "gel", "plaster", "seamless"})
"""Backdrops with nothing on them: every flaw of an outline shows."""

SHOWN, BUSY = 0.8, (6.0, 18.0)
"""Points for such a backdrop where what was behind the head was busy, and the spreads of its lightness, L*,
at which they begin and are whole. A busy place leaves an uneven edge."""

LOST, LIGHT = 0.6, 0.3
"""Points for light paper that is as light as the outline of the head, and the luminance from which paper is
light: a dark edge that is lost in the dark looks meant."""

AGAINST, PLAIN_SIDE = 0.4, 0.25
"""Points for each stop of the selfie's side light under a frontal key; stops that a face may differ between
its halves in even light."""

FRONTAL = 10.0
"""Degrees from the camera's axis below which a key has no side."""

DARK, TOO_DARK = 0.12, 0.9
"""A key of the face under which a bright style costs points, and how many for each stop."""

AT_HOME, BARE = 0.4, 0.5
"""Points that a style on location gains, and how much of it is left before a bare wall."""

GREEN = 0.1
"""Points that leaves out of focus gain: of all drawn backdrops strangers find them whole most often
(docs/evidence.md)."""

DEEP = 8.0
"""Spread of a place's lightness, L*, from which there is something to see in it."""

AGAIN = 0.3
"""Points that a style loses for each one of its category that is shown before it."""

EVEN = 1.1
"""Ratio, in stops, up to which a style's light is called as even as that of an evenly lit selfie."""

BEHIND = {
    "bookshelf": "The shelf of books",
    "canvas": "The painted canvas",
    "city": "The street at night",
    "dark_room": "The dark room",
    "garden": "The green",
    "gel": "The colored wall",
    "golden": "The low sun in the trees",
    "horizon": "The sea",
    LOCATION: "The place",
    "office": "The office",
    "plaster": "The plaster wall",
    "seamless": "The paper",
    "sky": "The sky",
    "window": "The wall by the window",
}
"""What a backdrop is called in a reason."""

GOOD = 0.6
"""Points up to which a style is said to be made for a photograph."""


@dataclass(frozen=True)
class Traits:
    """What the order of the styles is made from; plain numbers, to be stored with an identity.

    Attributes
    ----------
    key : float
        Linear luminance of the face under its own light.
    behind : float
        Linear luminance of what was beside the head.
    depth : float
        Spread of its lightness, L*.
    loose : float
        How much of the head's outline is fine hair, 0..1.
    side : float
        How much more light comes from the picture's right than from its left, stops.
    outline : float
        Linear luminance of the outline of the head, hair for the most part; 0 of an identity that was stored
        before this was read.
    """

    key: float
    behind: float
    depth: float
    loose: float
    side: float
    outline: float = 0.0


@dataclass(frozen=True)
class Suited:
    """One style for one photograph: the points that it costs, and in words what speaks for it and what
    against it, the weightiest first."""

    slug: str
    cost: float
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether it is made for the photograph: it costs little, and something speaks for it."""
        return self.cost <= GOOD and bool(self.reasons)


def ranked(recipes: Iterable[Recipe], of: Traits) -> list[Suited]:
    """Every style, those first that suit the photograph best; ties keep their order.

    Parameters
    ----------
    recipes : iterable of Recipe
    of : Traits
        From ``measure.traits.read``.
    """
    return sorted((suited(recipe, of) for recipe in recipes), key=lambda one: one.cost)


def best(recipes: Sequence[Recipe], of: Traits, *, count: int = 8, of_a_shelf: int = 4) -> list[Suited]:
    """The first ``count`` styles made for the photograph, mixed: each costs `AGAIN` for every one of its
    category that stands before it, and there are no more than ``of_a_shelf`` of one. Its reasons begin with
    one that none before it gave, where there is one."""
    shelf = {recipe.slug: recipe.category for recipe in recipes}
    left = [one for one in ranked(recipes, of) if one.good]
    found: list[Suited] = []
    taken: Counter[str] = Counter()
    while left and len(found) < count:
        one = min(left, key=lambda one: one.cost + AGAIN * taken[shelf[one.slug]])
        taken[shelf[one.slug]] += 1
        left = [other for other in left if other is not one and taken[shelf[other.slug]] < of_a_shelf]
        said = {before.reasons[0] for before in found}
        found.append(replace(one, reasons=tuple(sorted(one.reasons, key=said.__contains__))))
    return found


def suited(recipe: Recipe, of: Traits) -> Suited:
    """What one style costs, and why."""
    findings = [one for rule in (_edge, _plain, _light, _print, _place) for one in rule(recipe, of)]
    weightiest = sorted(findings, key=lambda finding: -abs(finding[0]))
    return Suited(
        recipe.slug,
        cost=sum(cost for cost, _ in findings),
        reasons=tuple(words for cost, words in weightiest if cost <= 0),
        doubts=tuple(words for cost, words in weightiest if cost > 0),
    )


Finding = tuple[float, str]


def _edge(recipe: Recipe, of: Traits) -> list[Finding]:
    """Half-covered pixels keep some of the light that was behind them."""
    away = float(np.log2(level(recipe.backdrop, of) / max(of.behind, 1e-3)))
    cost = (EDGE + LOOSE * of.loose) * max(abs(away) - FORGIVEN, 0)
    if cost == 0:
        what = BEHIND[recipe.backdrop.kind]
        return [(0.0, f"{what} is about as light as what was behind you, so every hair keeps its edge.")]
    word = "lighter" if away > 0 else "darker"
    return [
        (cost, f"What is behind you is much {word} than in your photograph, which shows at your hair's edge.")
    ]


def _plain(recipe: Recipe, of: Traits) -> list[Finding]:
    """What shows on a backdrop that hides nothing: an uneven edge, and one that is as light as the paper."""
    if recipe.backdrop.kind not in PLAIN:
        return []
    findings = []
    busy = SHOWN * float(np.clip((of.depth - BUSY[0]) / (BUSY[1] - BUSY[0]), 0, 1))
    if busy:
        findings.append((busy, f"{BEHIND[recipe.backdrop.kind]} is plain, and what was behind you was busy."))
    light = level(recipe.backdrop, of)
    lost = LOST * max(1 - abs(float(np.log2(max(of.outline, 1e-3) / light))), 0)
    if lost and light > LIGHT:
        what = BEHIND[recipe.backdrop.kind].lower()
        findings.append((lost, f"Your hair is about as light as {what}, so its edge is lost."))
    return findings


def _light(recipe: Recipe, of: Traits) -> list[Finding]:
    """Some of the old light always stays; lamps hang on its side, where they have one."""
    if recipe.backdrop.kind == LOCATION:
        return []
    if abs(of.side) < PLAIN_SIDE:
        even = recipe.relight.ratio is not None and recipe.relight.ratio <= EVEN
        return [(0.0, "Its light is even and soft, as in your photograph.")] if even else []
    lamp = next(lamp for lamp in recipe.relight.lamps if lamp.role == "key")
    word = "right" if of.side > 0 else "left"
    if abs(lamp.azimuth) < FRONTAL:
        cost = AGAINST * (abs(of.side) - PLAIN_SIDE)
        return [(cost, f"In your photograph the light comes from the {word}; here it comes from the front.")]
    return [(0.0, f"Its light comes from the {word}, as in your photograph.")]


def _print(recipe: Recipe, of: Traits) -> list[Finding]:
    """A dark photograph holds no bright print."""
    short = float(np.log2(DARK / max(of.key, 1e-3)))
    if short <= 0 or recipe.relight.exposure <= 0.1:
        return []
    return [(TOO_DARK * short, "Your photograph is dark, and this print is a bright one.")]


def _place(recipe: Recipe, of: Traits) -> list[Finding]:
    """Whoever stands where they stood looks whole, and before leaves almost."""
    if recipe.backdrop.kind == "garden":
        return [(-GREEN, "Leaves far out of focus are kind to every edge.")]
    if recipe.backdrop.kind != LOCATION:
        return []
    share = BARE + (1 - BARE) * min(of.depth / DEEP, 1)
    return [(-AT_HOME * share, "It shows you where you were, and takes its light from there.")]


def level(spec: Backdrop, of: Traits) -> float:
    """Mean linear luminance of a backdrop, the mean being of lightness: a drawn one's by `LEVELS`; of the
    photograph's own place what its style makes of it."""
    if spec.kind == LOCATION:
        low, high = of.key * 2 ** (spec.exposure - spec.range_stops), of.key * 2**spec.exposure
        return float(np.clip(np.clip(of.behind, low, high), of.behind * 2**-DIM, of.behind * 2**LIFT))
    shares = LEVELS[spec.kind]
    light = sum(
        share * _luminance(color, spec.light)
        for share, color in zip(shares, (spec.color, spec.accent), strict=True)
    )
    return max(light * 2**spec.exposure, 1e-3)


def _luminance(color: Color, light: Color) -> float:
    """CIE Y of linear ``color`` in ``light`` (ITU-R BT.709)."""
    return sum(
        weight * one * lit for weight, one, lit in zip((0.2126, 0.7152, 0.0722), color, light, strict=True)
    )
