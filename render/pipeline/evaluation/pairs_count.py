"""What readers answered, and how often each of them was right."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from render.pipeline.errors import Refused

from .pairs_questions import KINDS, Key, Kind

PASSED = 0.8  # of the controls: a reader below it did not look, or did not understand the question
RIGHT_OF_CONTROLS = "no"  # another sitter is not the same person, a photograph is not pasted
CONFUSED = 0.1  # of the times that two styles stood beside each other: more, and they are too alike
Z95 = 1.959964  # standard deviations that hold 95 % of a normal distribution


class WrongAnswers(Exception):
    """Answers that are not those to this key's questions; says in one sentence which."""


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
    """Count one reader's answers, {question's key: answer}; those for A are its side, the wanted word or
    the letter of its own light plan or style."""
    wanted = KINDS[key.kind].wanted
    asked = [question for question in key.questions if not question.control]
    controls = [question for question in key.questions if question.control]
    return Count(
        sum(given[one.key] == (wanted or one.right or one.side) for one in asked),
        len(asked),
        sum(given[one.key] == "left" for one in asked),
        sum(given[one.key] == (one.right or RIGHT_OF_CONTROLS) for one in controls),
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


def table(counts: Mapping[str, Count], kind: Kind) -> list[str]:
    """A line for each reader and for all; then who failed the controls, and all without them.

    Unlit pictures beside light plans and selfies beside styles are controls of the question, not of its
    readers: who finds the plan of a picture that was not lit by it guesses well or was told by something
    else, and nobody fails by it.
    """
    nothing = Count()
    lines = [_line(reader, one, kind) for reader, one in counts.items()]
    lines.append(_line("all", sum(counts.values(), nothing), kind))
    failed = [] if kind.among else [reader for reader, one in counts.items() if not one.passed]
    if failed:
        believed = [one for one in counts.values() if one.passed]
        lines += [
            _line("without failed", sum(believed, nothing), kind),
            *(
                f"{reader} fails the controls: {counts[reader].right_controls} of "
                f"{counts[reader].controls} right."
                for reader in failed
            ),
        ]
    return lines


def _line(name: str, one: Count, kind: Kind) -> str:
    told = [_share(one.chosen, one.asked)]
    if kind.sides:
        told.append(f"left {one.left} of {one.asked}")
    if one.controls and kind.among:
        told.append(
            f"controls {_share(one.right_controls, one.controls)}, by chance {1 / len(kind.answers):.0%}"
        )
    elif one.controls:
        told.append(f"controls {one.right_controls} of {one.controls}")
    return f"{name:16} {'   '.join(told)}"


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    share = f"{hits / of:.0%}" if of else "-"
    return f"{hits:4} of {of:<4} {share:>4}   95 % interval {low:.1%} to {high:.1%}"


def confusions(key: Key, given: Sequence[Mapping[str, str]]) -> list[str]:
    """A line for each two of the four that were taken for each other too often, the worst first.

    Parameters
    ----------
    key : Key
        Of a page with four to choose from.
    given : sequence of {question's key: answer}
        One of each reader. Controls are not counted.
    """
    beside: Counter[tuple[str, str]] = Counter()
    taken: Counter[tuple[str, str]] = Counter()
    for answers in given:
        for question in (one for one in key.questions if not one.control):
            letters = KINDS[key.kind].answers
            right = question.four[letters.index(question.right)]
            chosen = question.four[letters.index(answers[question.key])]
            beside.update(_two(right, other) for other in question.four if other != right)
            if chosen != right:
                taken[_two(right, chosen)] += 1
    shares = {two: taken[two] / beside[two] for two in taken if taken[two] > CONFUSED * beside[two]}
    return [
        f"{two[0]} and {two[1]}: taken for each other {taken[two]} of {beside[two]} times"
        for two in sorted(shares, key=lambda two: (-shares[two], two))
    ]


def _two(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
