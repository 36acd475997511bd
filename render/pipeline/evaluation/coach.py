"""Whether the coach says the right thing: ``python -m render.pipeline.evaluation.coach``.

Each picture is a good one of one person. It is taken as it is and after what does not matter; it is spoiled
by what does (`disguises`, cuts, turns). The right answer is known for all of them. The command prints how
often it was given and which good pictures were refused, by skin-tone group, and ends with 1 where a goal is
missed.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image

from render.pipeline import errors, run
from render.pipeline.color import srgb, temperature
from render.pipeline.contract import Code, Double, Landmarks
from render.pipeline.faces import quality, topology
from render.pipeline.faces.mediapipe import shared
from render.pipeline.faces.patch import Face
from render.pipeline.stages.decode import decode

from . import command_line, disguises

TAKEN = "taken"
RIGHT = 0.9
"""Least share of right answers of each case."""

REFUSED = 0.05
"""Good pictures that may be refused."""

Paint = Callable[[Code, Landmarks], bytes | Code | None]
"""A picture and its face to another picture, or to a file; None where it cannot be made of this one."""


@dataclass(frozen=True)
class Case:
    """``right`` is the code of the refusal, or `TAKEN`."""

    right: str
    paint: Paint


@dataclass(frozen=True)
class Answer:
    """What the coach said of one case of one picture: the code of its refusal, or `TAKEN`."""

    picture: str
    skin: str
    case: str
    right: str
    said: str


# What does not matter, and what does


def _as_it_is(code: Code, face: Landmarks) -> Code:
    return code


def _compressed(code: Code, face: Landmarks) -> bytes:
    return _file(code, quality=40)


def _gray(code: Code, face: Landmarks | None = None) -> Code:
    return np.repeat(cv2.cvtColor(code, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def _lit_by(kelvin: float, code: Code, face: Landmarks | None = None) -> Code:
    """In the light of a lamp that the camera does not know of; no channel is raised."""
    lamp = np.asarray(temperature.white(kelvin), np.float32)
    linear = srgb.decode(code.astype(np.float32) / 255) * (lamp / lamp.max())
    return srgb.codes(linear)


def _laugh(code: Code, face: Landmarks) -> Code | None:
    return None if _gap(face) > LAUGH else disguises.open_mouth(code, face, LAUGH)


def _cry(code: Code, face: Landmarks) -> Code:
    return disguises.open_mouth(code, face, CRY)


LAUGH, CRY = 0.3, 0.6  # IPD between the lips


def _gap(face: Landmarks) -> float:
    upper, lower = face.points[[13, 14]]
    return float(np.linalg.norm(upper - lower)) / face.ipd


def _near(code: Code, face: Landmarks) -> Code:
    """Cut close to the face, which stays whole."""
    low, high = _below_forehead(face)
    room = 0.2 * face.ipd
    (left, top), (right, bottom) = low - room, high + room
    return _large(
        code[max(0, int(top)) : max(0, int(bottom)) + 1, max(0, int(left)) : max(0, int(right)) + 1]
    )


def _cut(edge: str, depth: float, code: Code, face: Landmarks) -> Code:
    """The frame takes ``depth`` of the face from one side."""
    low, high = _below_forehead(face)
    (left, top), (right, bottom) = low + depth * (high - low), high - depth * (high - low)
    parts = {
        "left": code[:, max(0, int(left)) :],
        "top": code[max(0, int(top)) :],
        "right": code[:, : int(right)],
        "bottom": code[: int(bottom)],
    }
    return _large(parts[edge])


def _below_forehead(face: Landmarks) -> tuple[Double, Double]:
    points = face.points[topology.BELOW_FOREHEAD, :2]
    return points.min(axis=0), points.max(axis=0)


def _large(code: Code, side: int = 520) -> Code:
    """Enlarged, where it is less than the least that is taken."""
    scale = max(1.0, side / min(code.shape[:2]))
    code = np.ascontiguousarray(code)
    return np.asarray(cv2.resize(code, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def _turned(quarters: int, code: Code, face: Landmarks) -> Code:
    return np.ascontiguousarray(np.rot90(code, quarters))


def _turned_by_exif(code: Code, face: Landmarks) -> bytes:
    """Stored upside down by a camera that says so."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    return _file(np.ascontiguousarray(code[::-1, ::-1]), exif=exif.tobytes())


def _file(code: Code, quality: int = 92, exif: bytes = b"") -> bytes:
    file = io.BytesIO()
    Image.fromarray(code).save(file, "JPEG", quality=quality, exif=exif)
    return file.getvalue()


def _masked(cloth: str, code: Code, face: Landmarks) -> Code:
    return disguises.mask(code, face, disguises.CLOTHS[cloth])


def _worn(lens: disguises.Lens, code: Code, face: Landmarks) -> Code:
    return disguises.glasses(code, face, lens)


def _bearded(color: str, code: Code, face: Landmarks) -> Code:
    return disguises.beard(code, face, disguises.BEARDS[color])


def _then(first: Callable[[Code, Landmarks], Code], second: Callable[[Code], Code]) -> Paint:
    return lambda code, face: second(first(code, face))


CASES: dict[str, Case] = {
    "as it is": Case(TAKEN, _as_it_is),
    "JPEG of quality 40": Case(TAKEN, _compressed),
    "black-and-white": Case(TAKEN, _gray),
    "lamp of 2700 K": Case(TAKEN, partial(_lit_by, 2700)),
    "shade of 9000 K": Case(TAKEN, partial(_lit_by, 9000)),
    "a laugh": Case(TAKEN, _laugh),
    "cut close to the face": Case(TAKEN, _near),
    "upside down, as EXIF says": Case(TAKEN, _turned_by_exif),
    "a patch over one eye": Case(TAKEN, disguises.eye_patch),
    "clear glasses": Case(TAKEN, partial(_worn, disguises.CLEAR)),
    **{f"full beard, {color}": Case(TAKEN, partial(_bearded, color)) for color in disguises.BEARDS},
    "full beard, black, black-and-white": Case(TAKEN, _then(partial(_bearded, "black"), _gray)),
    **{f"mask, {cloth}": Case("mouth_covered", partial(_masked, cloth)) for cloth in disguises.CLOTHS},
    "mask, surgical, blue, black-and-white": Case(
        "mouth_covered", _then(partial(_masked, "surgical, blue"), _gray)
    ),
    "mask, black, in a lamp of 2700 K": Case(
        "mouth_covered", _then(partial(_masked, "black"), partial(_lit_by, 2700))
    ),
    **{f"sunglasses, {lens}": Case("covered", partial(_worn, one)) for lens, one in disguises.LENSES.items()},
    "a cat's nose and whiskers": Case("filtered", disguises.cat),
    "a cry": Case("mouth_open", _cry),
    **{
        f"cut by {depth:.0%} at the {edge}": Case("cut_off", partial(_cut, edge, depth))
        for edge in ("left", "top", "right", "bottom")
        for depth in (0.1, 0.3)
    },
    "upside down": Case("not_upright", partial(_turned, 2)),
    "on its side": Case("not_upright", partial(_turned, 1)),
}
"""Every case by its name."""


# Asking


def ask(path: Path, cases: Iterable[str] = CASES) -> list[Answer]:
    """What the coach says of one photograph in each case named.

    Of a photograph that is refused as it is nothing else is asked.
    """
    cv2.setNumThreads(1)
    photograph = decode(path.read_bytes())
    code = srgb.codes(photograph.pixels)
    try:
        face = shared().landmarks(code)
    except errors.Refused as refusal:
        return [Answer(path.stem, "", "as it is", TAKEN, refusal.code)]
    skin = quality.skin_tone(Face(photograph.pixels, face)).group
    answers: list[Answer] = []
    for name in cases:
        case = CASES[name]
        picture = case.paint(code, face)
        if picture is None:
            continue
        said = _said(picture if isinstance(picture, bytes) else _file(picture))
        answers.append(Answer(path.stem, skin, name, case.right, said))
        if name == "as it is" and said != TAKEN:
            break
    return answers


def _said(data: bytes) -> str:
    try:
        run.look(data, shared())
    except errors.Refused as refusal:
        return refusal.code
    return TAKEN


# Tables


def tables(answers: list[Answer], held_out: Iterable[str] = ()) -> str:
    """How often the right answer was given, by case, and the good pictures refused, by skin-tone group."""
    apart = set(held_out)
    lines = ["| case | right answer | right | of held-out pictures | wrong answers |", "| --- " * 5 + "|"]
    for name in dict.fromkeys(answer.case for answer in answers):
        of = [answer for answer in answers if answer.case == name]
        kept = [answer for answer in of if answer.picture in apart]
        seen = [answer for answer in of if answer.picture not in apart]
        wrong = [f"{one.picture}: {one.said}" for one in of if one.said != one.right]
        lines.append(
            f"| {name} | {of[0].right} | {_share(seen)} | {_share(kept)} | {', '.join(wrong) or 'none'} |"
        )
    lines += ["", "| skin | good pictures | refused | share |", "| --- " * 4 + "|"]
    good = [answer for answer in answers if answer.right == TAKEN]
    for group in [*sorted({answer.skin for answer in good}), "all"]:
        of = [answer for answer in good if group in (answer.skin, "all")]
        refused = [answer for answer in of if answer.said != TAKEN]
        lines.append(f"| {group} | {len(of)} | {len(refused)} | {len(refused) / max(len(of), 1):.1%} |")
    return "\n".join(lines) + "\n"


def _share(answers: list[Answer]) -> str:
    right = sum(answer.said == answer.right for answer in answers)
    return f"{right} of {len(answers)}" if answers else ""


def missed(answers: list[Answer]) -> list[str]:
    """The goals that are missed, a line each."""
    lines = []
    good = [answer for answer in answers if answer.right == TAKEN]
    refused = sum(answer.said != TAKEN for answer in good)
    if refused >= REFUSED * max(len(good), 1):
        lines.append(f"{refused} of {len(good)} good pictures are refused; the goal is under {REFUSED:.0%}.")
    for name in dict.fromkeys(answer.case for answer in answers):
        of = [answer for answer in answers if answer.case == name]
        right = sum(answer.said == answer.right for answer in of)
        if right < RIGHT * len(of):
            lines.append(f"{name}: {right} of {len(of)} right; the goal is {RIGHT:.0%}.")
    return lines


# The command


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    paths = command_line.wanted(options)
    if not paths:
        print(command_line.NO_PICTURE, file=sys.stderr)
        return 2
    answers = sorted(_all(paths, options.processes), key=lambda one: list(CASES).index(one.case))
    table, goals = tables(answers, options.held_out), missed(answers)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "coach.json").write_text(json.dumps([asdict(one) for one in answers], indent=1) + "\n")
    (options.out / "coach.md").write_text(table)
    print(table)
    for goal in goals:
        print(goal, file=sys.stderr)
    return 1 if goals else 0


def _all(paths: Sequence[Path], processes: int) -> Iterator[Answer]:
    for answers in command_line.each(ask, paths, processes):
        yield from answers


def _parser() -> argparse.ArgumentParser:
    parser = command_line.parser("coach", __doc__, "coach.json and coach.md")
    parser.add_argument(
        "--held-out", type=command_line.names, default=(), help="of these, those counted apart"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
