"""``python -m render.pipeline.evaluation.pairs``: blind pairs for people, and what people answered.

    ... pairs render SELFIES... --styles corporate,executive --out DIR     DIR/portrait and DIR/selfie
    ... pairs render SELFIES... --styles corporate,executive --best 1 ...  in the style that suits each best
    ... pairs --kind KIND --pictures A --against B --out DIR [--seed N]    a page, and its key beside DIR
    ... pairs --replay KEY --out DIR                                       the same page again
    ... pairs score --key KEY ANSWERS...                                   how often A was chosen

Pictures are matched by their names. Of a name, all before the last hyphen is the sitter, the rest the style.
DIR is for the readers; the key says which picture is which and stays with whoever asks.
"""

from __future__ import annotations

import argparse
import json
import math
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from render.pipeline.errors import Refused

from .pairs_page import NotAlike, common_size, digest, pictures_in, upright, write_page
from .pairs_pictures import outside, render

A, B = "pictures", "against"
REFUSED, WRONG, INTERRUPTED = 2, 1, 130
PASSED = 0.8  # of the controls: a reader below it did not look, or did not understand the question
LEAST_CONTROLS, CONTROLS = 3, 0.25  # how many, and what share of the pictures that are asked about
Z95 = 1.959964  # standard deviations that hold 95 % of a normal distribution


@dataclass(frozen=True)
class Kind:
    """A question, its two answers, and the one that speaks for A where it is not a side."""

    question: str
    answers: tuple[str, str] = ("left", "right")
    wanted: str | None = None
    single: bool = False  # pictures are asked about one by one


BETTER = "Which is the better portrait?"
KINDS = {
    "selfie": Kind("Which would you rather use as your profile picture?"),
    "engine": Kind(BETTER),
    "peer": Kind(BETTER),
    "person": Kind("Is this the same person?", ("yes", "no"), "yes"),
    "cutout": Kind("Does the person look cut out and pasted in?", ("yes", "no"), "no", single=True),
}
RIGHT_OF_CONTROLS = "no"  # another sitter is not the same person, a photograph is not pasted


@dataclass(frozen=True)
class Question:
    """What is shown under one key, from left to right: ``pictures/NAME.png`` or ``against/NAME.png``."""

    key: str
    shown: tuple[str, ...]
    control: bool = False

    @property
    def side(self) -> str:
        """The side on which A is."""
        return "left" if self.shown[0].startswith(A + "/") else "right"


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

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(self.kind)

    def path(self, shown: str) -> Path:
        """Where the file that a question calls ``shown`` lies."""
        folder, name = shown.split("/", 1)
        return Path(self.folders[folder], name)


class WrongAnswers(Exception):
    """Answers that are not those to this key's questions; says in one sentence which."""


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
        names = sorted(pictures.keys() & against.keys())
        if not names:
            raise Refused("No picture is in both folders.", "Give two folders with the same file names.")
        couples = [(name, name, False) for name in names]
        if kind == "person":
            others = _others(names, chance)
            couples += [(*pair, True) for pair in others[: _how_many(len(names), len(others), controls)]]
        ours = [(f"{A}/{pictures[a]}", f"{B}/{against[b]}", control) for a, b, control in couples]
        sides = _balanced(len(ours), chance)
        asked = [((a, b) if left else (b, a), c) for (a, b, c), left in zip(ours, sides, strict=True)]
    order = chance.permutation(len(asked))
    return tuple(Question(f"P{number:03}", *asked[at]) for number, at in enumerate(order, 1))


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
        style = name.rpartition("-")[2]
        strangers = [other for other in names if sitter_of(other) != sitter_of(name)]
        alike = [other for other in strangers if other.rpartition("-")[2] == style] or strangers
        if alike:
            found.append((str(name), alike[int(chance.integers(len(alike)))]))
    return found


def sitter_of(name: str) -> str:
    """Who is in the picture called ``name``: SITTER-STYLE."""
    return name.rpartition("-")[0] or name


# Writing


def _make(options: argparse.Namespace) -> int:
    """A new page and its key."""
    out = outside(options.out)
    path = outside(options.key or out.with_name(f"{out.name}-key.json"))
    if out in path.parents:
        raise Refused("The key would lie where the readers look.", "Name a file elsewhere with --key.")
    if path.exists():
        raise Refused(f"{path} exists, and a page belongs to it.", "Name another file with --key.")
    folders = {A: options.pictures.resolve(), B: options.against.resolve()}
    pictures, against = (pictures_in(folder) for folder in folders.values())
    questions = draw(options.kind, pictures, against, options.seed, options.controls)
    where = {name: str(folder) for name, folder in folders.items()}
    key = Key("", options.kind, options.seed, options.revision, where, {}, questions)
    shown = sorted({picture for question in questions for picture in question.shown})
    key = replace(key, inputs={picture: digest(key.path(picture)) for picture in shown})
    key = replace(key, page=_write(key, out))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(key), indent=1) + "\n", "utf-8")
    if (odd := sorted(pictures.keys() ^ against.keys())) and not KINDS[options.kind].single:
        print(f"Note: in one folder only, so left out: {', '.join(odd)}", file=sys.stderr)
    print(f"{out / 'index.html'}: {len(questions)} questions\n{path}: the truth, not for readers")
    return 0


def _replay(options: argparse.Namespace) -> int:
    """The page of a key once more, from the same files."""
    out, key = outside(options.out), read_key(options.replay)
    for shown, known in key.inputs.items():
        if digest(key.path(shown)) != known:
            raise Refused(
                f"{key.path(shown)} is not the file that this key was made from.",
                "Put the same file back, or make a new page.",
            )
    if _write(key, out) != key.page:
        shutil.rmtree(out)
        raise Refused("The pictures came out otherwise.", "Use the Pillow that the page was made with.")
    print(out / "index.html")
    return 0


def _write(key: Key, out: Path) -> str:
    """What readers get of ``key``; nothing is left of it where it cannot be finished."""
    if out.exists():
        raise Refused(f"{out} exists.", "Name a new folder with --out.")
    kind = KINDS[key.kind]
    questions = [(one.key, tuple(map(key.path, one.shown))) for one in key.questions]
    try:
        # Only among pictures of one size does none stand out as the control.
        paths = {path for _, shown in questions for path in shown} if kind.wanted else set()
        size = common_size({str(path): upright(path).size for path in sorted(paths)}) if paths else None
        return write_page(out, questions, kind.question, kind.answers, size)
    except BaseException as error:
        shutil.rmtree(out, ignore_errors=True)
        if isinstance(error, NotAlike):
            raise Refused(f"{error}.", "Crop it like the others, or take it out.") from error
        raise


def read_key(path: Path) -> Key:
    """The key in ``path``.

    Raises
    ------
    Refused
        When it is none.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
        questions = (Question(q["key"], tuple(q["shown"]), q["control"]) for q in values.pop("questions"))
        return Key(**values, questions=tuple(questions))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"{path} is not a key.", "Give the file that was written beside the page.") from error


# Counting


@dataclass(frozen=True)
class Count:
    """What one reader chose, or all of them: how often A, how often the left, and the controls."""

    chosen: int = 0
    asked: int = 0
    left: int = 0
    right_controls: int = 0
    controls: int = 0

    @property
    def passed(self) -> bool:
        """Whether the controls were answered well enough to believe the rest."""
        return self.right_controls >= PASSED * self.controls

    def __add__(self, other: Count) -> Count:
        ours, theirs = asdict(self).values(), asdict(other).values()
        return Count(*(one + two for one, two in zip(ours, theirs, strict=True)))


def count(key: Key, given: Mapping[str, str]) -> Count:
    """Count one reader's answers, {question's key: answer}; those for A are its side or the wanted word."""
    wanted = KINDS[key.kind].wanted
    asked = [question for question in key.questions if not question.control]
    controls = [question for question in key.questions if question.control]
    return Count(
        sum(given[one.key] == (wanted or one.side) for one in asked),
        len(asked),
        sum(given[one.key] == "left" for one in asked),
        sum(given[one.key] == RIGHT_OF_CONTROLS for one in controls),
        len(controls),
    )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), 0..1 both; all of it where nothing was asked."""
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, Z95**2 / of
    center = share + spread / 2
    half = Z95 * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, (center - half) / (1 + spread)), min(1.0, (center + half) / (1 + spread))


def read_answers(path: Path, key: Key) -> tuple[str, dict[str, str]]:
    """The reader and {question's key: answer} in ``path``, as the page saves them.

    An answer may also be the word alone, as those write it who saw only the sheets.

    Raises
    ------
    Refused
        When the file holds no answers at all.
    WrongAnswers
        When they are to another page, or a key is unknown, missing, or answered with another word.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
        reader, page = str(values["reader"]), values.get("page", key.page)
        given = {k: v if isinstance(v, str) else v["answer"] for k, v in values["answers"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"{path} holds no answers.", "Give a file that the page saved.") from error
    keys = [question.key for question in key.questions]
    if page != key.page:
        raise WrongAnswers(f"{path} answers page {page}, and the key is that of page {key.page}.")
    if unknown := sorted(given.keys() - set(keys)):
        raise WrongAnswers(f"{path} answers {', '.join(unknown)}, which the key does not know.")
    if missing := [name for name in keys if name not in given]:
        raise WrongAnswers(f"{path} does not answer {', '.join(missing)}.")
    if odd := [name for name in keys if given[name] not in KINDS[key.kind].answers]:
        raise WrongAnswers(
            f"{path} answers {', '.join(odd)} with neither {' nor '.join(KINDS[key.kind].answers)}."
        )
    return reader, given


def _score(options: argparse.Namespace) -> int:
    key = read_key(options.key)
    counts: dict[str, Count] = {}
    for path in options.answers:
        reader, given = read_answers(path, key)
        if reader in counts:
            raise WrongAnswers(f"{path} is a second set of answers by {reader}.")
        counts[reader] = count(key, given)
    kind = KINDS[key.kind]
    print(f"{key.kind}: {kind.question} ({kind.wanted or f'A, {key.folders[A]}'})")
    for line in table(counts, sides=kind.wanted is None):
        print(line)
    return 0


def table(counts: Mapping[str, Count], *, sides: bool) -> list[str]:
    """A line for each reader and for all; then who failed the controls, and all without them."""
    nothing = Count()
    lines = [_line(reader, one, sides) for reader, one in counts.items()]
    lines.append(_line("all", sum(counts.values(), nothing), sides))
    failed = [reader for reader, one in counts.items() if not one.passed]
    if failed:
        believed = [one for one in counts.values() if one.passed]
        lines += [
            _line("without failed", sum(believed, nothing), sides),
            *(
                f"{reader} fails the controls: {counts[reader].right_controls} of "
                f"{counts[reader].controls} right."
                for reader in failed
            ),
        ]
    return lines


def _line(name: str, one: Count, sides: bool) -> str:
    low, high = wilson(one.chosen, one.asked)
    share = f"{one.chosen / one.asked:.0%}" if one.asked else "-"
    shown = f"left {one.left} of {one.asked}" if sides else ""
    held = f"controls {one.right_controls} of {one.controls}" if one.controls else ""
    interval = f"95 % interval {low:.1%} to {high:.1%}"
    return f"{name:16} {one.chosen:4} of {one.asked:<4} {share:>4}   {interval}   {shown}{held}".rstrip()


# The command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0, or 1 for answers that do not fit, or 2 for what a person can put right."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    tasks = {"render": (_render_parser, render), "score": (_score_parser, _score)}
    try:
        if words and words[0] in tasks:
            parser, task = tasks[words[0]]
            return task(parser().parse_args(words[1:]))
        options = _page_options(words)
        return _replay(options) if options.replay else _make(options)
    except Refused as refusal:
        print(f"{refusal.sentence} {refusal.fix}", file=sys.stderr)
        return REFUSED
    except WrongAnswers as wrong:
        print(wrong, file=sys.stderr)
        return WRONG
    except OSError as error:
        print(f"{error.filename} cannot be written: {error.strerror}. Name another place.", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


PROGRAM = "python -m render.pipeline.evaluation.pairs"


def _page_options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kind", choices=KINDS, help="what is asked")
    parser.add_argument("--pictures", type=Path, metavar="A", help="folder of the pictures that are judged")
    parser.add_argument("--against", type=Path, metavar="B", help="folder of what they are held against")
    parser.add_argument("--out", type=Path, required=True, help="new folder for the readers")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="drawn where not given")
    parser.add_argument("--key", type=Path, help="file for the truth; beside DIR where not given")
    parser.add_argument("--revision", help="of the engine, for the key")
    parser.add_argument("--controls", type=int, help="how many; of person and cutout only")
    parser.add_argument("--replay", type=Path, metavar="KEY", help="write the page of this key again")
    options = parser.parse_args(words)
    if not options.replay and not (options.kind and options.pictures and options.against):
        parser.error("name --kind, --pictures and --against, or --replay")
    if options.controls is not None and options.kind and KINDS[options.kind].wanted is None:
        parser.error(f"{options.kind} has no controls")
    if options.seed < 0:
        parser.error("a seed is 0 or more")
    return options


def _render_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} render")
    parser.add_argument("selfies", type=Path, nargs="+")
    parser.add_argument("--styles", default="studio_white,corporate,executive,boardroom", help="slugs")
    parser.add_argument("--best", type=int, help="only so many of them, those that suit the selfie best")
    parser.add_argument("--out", type=Path, required=True, help="new folder for portrait/ and selfie/")
    return parser


def _score_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} score")
    parser.add_argument("answers", type=Path, nargs="+", help="what the readers saved")
    parser.add_argument("--key", type=Path, required=True, help="the truth about their page")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
