"""The questions of blind tests, how they are drawn, and the key that holds the truth about them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from render.pipeline.errors import Refused
from render.pipeline.light.side import mirrored
from render.pipeline.recipe import Relight, find, load_catalogue
from render.pipeline.recipe_rules import LOCATION

from . import light_plans
from .style_cards import Words

A, B, PLANS, STYLES = "pictures", "against", "plans", "styles"
LEAST_CONTROLS, CONTROLS = 3, 0.25  # how many, and what share of the pictures that are asked about
TURNED = "-turned"  # ends the name of a plan that hangs mirrored


@dataclass(frozen=True)
class Kind:
    """A question, its answers, and the one that speaks for A where it is not a side."""

    question: str
    answers: tuple[str, ...] = ("left", "right")
    wanted: str | None = None
    single: bool = False  # pictures are asked about one by one
    among: str = ""  # each beside four light plans or styles, of which one is its own

    @property
    def sides(self) -> bool:
        """Whether the answer is a side."""
        return self.wanted is None and not self.among

    @property
    def has_controls(self) -> bool:
        """Whether some questions are asked only to know what the answers are worth."""
        return not self.sides


BETTER = "Which is the better portrait?"
KINDS = {
    "selfie": Kind("Which would you rather use as your profile picture?"),
    "engine": Kind(BETTER),
    "peer": Kind(BETTER),
    "nothing": Kind(BETTER),
    "person": Kind("Is this the same person?", ("yes", "no"), "yes"),
    "cutout": Kind("Does the person look cut out and pasted in?", ("yes", "no"), "no", single=True),
    "plan": Kind("Which of the four plans shows how this portrait was lit?", tuple("ABCD"), among=PLANS),
    "style": Kind("Which of the four styles is this portrait in?", tuple("ABCD"), among=STYLES),
}


@dataclass(frozen=True)
class Question:
    """What is shown under one key, from left to right: ``pictures/NAME.png``, ``against/NAME.png``,
    ``plans/NAME`` or ``styles/NAME``."""

    key: str
    shown: tuple[str, ...]
    control: bool = False
    right: str = ""  # letter of the portrait's own light plan or style

    @property
    def side(self) -> str:
        """The side on which A is."""
        return "left" if self.shown[0].startswith(A + "/") else "right"

    @property
    def pictures(self) -> tuple[str, ...]:
        """What of it lies in a file."""
        return tuple(one for one in self.shown if one.startswith((A + "/", B + "/")))

    @property
    def four(self) -> tuple[str, ...]:
        """The names of its light plans or styles, from A to D; none for a question of another kind."""
        return tuple(
            one.split("/", 1)[1] for one in self.shown if one.startswith((PLANS + "/", STYLES + "/"))
        )


@dataclass(frozen=True)
class Key:
    """The truth about a page: enough to write it again and to count its answers."""

    page: str
    kind: str
    seed: int
    revision: str | None
    folders: dict[str, str]
    inputs: dict[str, str]  # SHA-256 of each file that is shown
    questions: tuple[Question, ...]
    plans: dict[str, Relight] = field(default_factory=dict)  # as drawn, whatever becomes of the styles
    styles: dict[str, Words] = field(default_factory=dict)  # the same of what is said of them

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(self.kind)

    def path(self, shown: str) -> Path:
        """Where the file that a question calls ``shown`` lies."""
        folder, name = shown.split("/", 1)
        return Path(self.folders[folder], name)


def read_key(path: Path) -> Key:
    """The key in ``path``.

    Raises
    ------
    Refused
        When it is none.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
        questions = tuple(Question(**q | {"shown": tuple(q["shown"])}) for q in values.pop("questions"))
        plans = {name: light_plans.from_values(one) for name, one in values.pop(PLANS, {}).items()}
        styles = {slug: (str(name), str(says)) for slug, (name, says) in values.pop(STYLES, {}).items()}
        return Key(**values, questions=questions, plans=plans, styles=styles)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"{path} is not a key.", "Give the file that was written beside the page.") from error


# Drawing


def draw(
    kind: str, pictures: Mapping[str, str], against: Mapping[str, str], seed: int, controls: int | None
) -> tuple[Question, ...]:
    """Questions in a random order, A on a random side; in half of the pairs, or one off, it is the left.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    pictures, against : {stem: file name}
        The folders A and B.
    seed : int
    controls : int or None
        How many; None: a quarter of the pictures and at least three, as far as there are so many.

    Raises
    ------
    Refused
        When no name is in both folders, or there are too few pictures for the controls.
    """
    chance = np.random.default_rng(seed)
    asked: list[tuple[tuple[str, ...], bool]]
    if KINDS[kind].single:
        spare = list(chance.permutation(sorted(against)))
        asked = [((f"{A}/{pictures[name]}",), False) for name in sorted(pictures)]
        count = _how_many(len(asked), len(spare), controls)
        asked += [((f"{B}/{against[name]}",), True) for name in spare[:count]]
    else:
        names = _in_both(pictures, against)
        couples = [(name, name, False) for name in names]
        if kind == "person":
            others = _others(names, chance)
            couples += [(*pair, True) for pair in others[: _how_many(len(names), len(others), controls)]]
        ours = [(f"{A}/{pictures[a]}", f"{B}/{against[b]}", control) for a, b, control in couples]
        sides = _balanced(len(ours), chance)
        asked = [((a, b) if left else (b, a), c) for (a, b, c), left in zip(ours, sides, strict=True)]
    order = chance.permutation(len(asked))
    return tuple(Question(f"P{number:03}", *asked[at]) for number, at in enumerate(order, 1))


_Among: TypeAlias = tuple[str, str, list[str]]
"""A portrait's name, that of its own plan or style, and those of three others."""


def draw_plans(
    pictures: Mapping[str, str],
    against: Mapping[str, str],
    seed: int,
    controls: int | None,
    turned: Collection[str] = (),
) -> tuple[tuple[Question, ...], dict[str, Relight]]:
    """Each portrait with its style's light plan among three others, and the plans by name.

    Each letter is right equally often, or one off. A control shows the same sitter unlit beside the same four
    plans in another order, and comes before its portrait, so that nobody answers it from memory. Lamps hang
    on the side of the selfie's own light, which the unlit picture still shows: so all four plans hang there.
    On location more of that light is left: controls are taken from the other styles while there are any.

    Parameters
    ----------
    pictures, against : {stem: file name}
        Portraits, called SITTER-STYLE, and the unlit pictures of the same names.
    seed : int
    controls : int or None
        As for `draw`.
    turned : collection of str
        The stems whose lamps hang mirrored.

    Raises
    ------
    Refused
        When a style is unknown, no name is in both folders, or there are too few for the controls.
    """
    chance = np.random.default_rng(seed)
    catalogue = {recipe.slug: recipe.relight for recipe in load_catalogue()}
    asked: list[_Among] = []
    plans: dict[str, Relight] = {}
    for name in _in_both(pictures, against):
        style = style_of(name)
        own, right = style, find(style).relight
        if name in turned:
            own, right = style + TURNED, mirrored(right)
        beside = dict(_hung_like(right, key, plan) for key, plan in catalogue.items() if key != style)
        rest = light_plans.others(right, beside, chance)
        asked.append((name, own, rest))
        plans |= {own: right} | {other: beside[other] for other in rest}
    return _beside_four(PLANS, asked, pictures, against, controls, chance), plans


def _hung_like(right: Relight, name: str, plan: Relight) -> tuple[str, Relight]:
    """``plan`` with its key on the side of that of ``right``, and what it is called so."""
    sides = [np.sign(next(lamp.azimuth for lamp in of.lamps if lamp.role == "key")) for of in (right, plan)]
    return (name + TURNED, mirrored(plan)) if sides[0] * sides[1] < 0 else (name, plan)


def draw_styles(
    pictures: Mapping[str, str], against: Mapping[str, str], seed: int, controls: int | None
) -> tuple[tuple[Question, ...], dict[str, Words]]:
    """Each portrait with its own style among three others of the catalogue, and what is said of each.

    As `draw_plans`; a control shows the selfie, which is in no style.
    """
    chance = np.random.default_rng(seed)
    catalogue = {recipe.slug: (recipe.name, recipe.summary) for recipe in load_catalogue()}
    asked: list[_Among] = []
    for name in _in_both(pictures, against):
        own = find(style_of(name)).slug
        rest = chance.choice(sorted(catalogue.keys() - {own}), light_plans.CHOICES - 1, replace=False)
        asked.append((name, own, [str(one) for one in rest]))
    shown = sorted({slug for _, own, rest in asked for slug in (own, *rest)})
    questions = _beside_four(STYLES, asked, pictures, against, controls, chance)
    return questions, {slug: catalogue[slug] for slug in shown}


def _beside_four(
    among: str,
    asked: Sequence[_Among],
    pictures: Mapping[str, str],
    against: Mapping[str, str],
    controls: int | None,
    chance: np.random.Generator,
) -> tuple[Question, ...]:
    """Portraits and controls in random order, each control before its portrait."""
    names = [name for name, _, _ in asked]
    studio = [one for one in asked if find(style_of(one[0])).backdrop.kind != LOCATION] or list(asked)
    spare = [studio[at] for at in chance.permutation(len(studio))]
    spare = spare[: _how_many(len(asked), len(spare), controls)]
    drawn = _lettered(among, A, pictures, asked, chance)
    drawn += _lettered(among, B, against, spare, chance)
    order = [int(at) for at in chance.permutation(len(drawn))]
    for number, (name, _, _) in enumerate(spare, len(asked)):
        control, portrait = order.index(number), order.index(names.index(name))
        if control > portrait:
            order[control], order[portrait] = order[portrait], order[control]
    questions = (
        Question(f"P{number:03}", shown, control, right)
        for number, (shown, control, right) in enumerate((drawn[at] for at in order), 1)
    )
    return tuple(questions)


def _lettered(
    among: str, folder: str, files: Mapping[str, str], asked: Sequence[_Among], chance: np.random.Generator
) -> list[tuple[tuple[str, ...], bool, str]]:
    """What is shown for each name, whether it is a control, and the right letter."""
    count = light_plans.CHOICES
    letters = chance.permutation((np.arange(len(asked)) + chance.integers(count)) % count)
    found = []
    for (name, own, rest), place in zip(asked, letters, strict=True):
        choices = [str(one) for one in chance.permutation(rest)]
        choices.insert(int(place), own)
        shown = (f"{folder}/{files[name]}", *(f"{among}/{one}" for one in choices))
        found.append((shown, folder == B, light_plans.LETTERS[place]))
    return found


def _in_both(pictures: Mapping[str, str], against: Mapping[str, str]) -> list[str]:
    names = sorted(pictures.keys() & against.keys())
    if not names:
        raise Refused("No picture is in both folders.", "Give two folders with the same file names.")
    return names


def _balanced(count: int, chance: np.random.Generator) -> list[bool]:
    """As many true as false, or one off, shuffled."""
    sides = np.arange(count) < (count + chance.integers(2)) // 2
    return [bool(side) for side in chance.permutation(sides)]


def _how_many(pictures: int, available: int, asked: int | None) -> int:
    """How many controls there will be."""
    if asked is None:
        asked = min(available, max(LEAST_CONTROLS, round(CONTROLS * pictures)))
    if not 0 < asked <= available:
        raise Refused(
            f"There are pictures for {available} controls, and {asked} were asked for.",
            "Add pictures of other sitters or real photographs, or ask for another number with --controls.",
        )
    return asked


def _others(names: list[str], chance: np.random.Generator) -> list[tuple[str, str]]:
    """Each name with one of another sitter, of the same style where there is one, in random order."""
    found = []
    for name in chance.permutation(names):
        strangers = [other for other in names if sitter_of(other) != sitter_of(name)]
        alike = [other for other in strangers if style_of(other) == style_of(name)] or strangers
        if alike:
            found.append((str(name), alike[int(chance.integers(len(alike)))]))
    return found


def sitter_of(name: str) -> str:
    """Who is in the picture called ``name``: SITTER-STYLE."""
    return name.rpartition("-")[0] or name


def style_of(name: str) -> str:
    """The slug of the style of the picture called ``name``."""
    return name.rpartition("-")[2]
