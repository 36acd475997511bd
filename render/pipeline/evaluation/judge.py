"""What a stranger makes of each portrait: ``python -m render.pipeline.evaluation.judge``.

Every picture in every style: whether it is taken, whether the portrait passes the engine's own gate, how far
a face embedding that had no part in it sees the portrait from the selfie in the same frame, and whether the
eyes kept their color. Refusals, failures and distances are told by skin-tone group, too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from render.pipeline import run
from render.pipeline.color import srgb
from render.pipeline.contract import Code
from render.pipeline.develop import photograph, sharp
from render.pipeline.errors import Refused
from render.pipeline.faces.mediapipe import shared
from render.pipeline.networks.weights import NoWeights
from render.pipeline.recipe import find, load_catalogue
from render.pipeline.scene import Scene, Sitter, set_up
from render.pipeline.stages.gate import gate, placed_landmarks, placed_selfie

from . import command_line, irises, stranger


@dataclass(frozen=True)
class Portrait:
    """One style on one sitter. ``refused`` is the code of the gate's refusal, ``stops`` and ``colors`` are
    those of the eyes that could be read (`irises.IrisChange`).
    """

    sitter: str
    style: str
    skin: str
    distance: float
    stops: tuple[float, ...]
    colors: tuple[float, ...]
    refused: str = ""


@dataclass
class Sitting:
    """One picture: why it is not taken, or its portraits."""

    sitter: str
    refused: str = ""
    portraits: list[Portrait] = field(default_factory=list)


def sit(path: Path, slugs: tuple[str, ...]) -> Sitting:
    """Judge one picture in every style named.

    Parameters
    ----------
    path : Path
        A photograph.
    slugs : tuple of str
        Styles.
    """
    cv2.setNumThreads(1)
    done = Sitting(path.stem)
    try:
        sitter = run.sit(run.identify(path.read_bytes(), shared()))
    except Refused as refusal:
        done.refused = refusal.sentence
        return done
    done.portraits = [judged(path.stem, sitter, slug) for slug in slugs]
    return done


def judged(name: str, sitter: Sitter, slug: str) -> Portrait:
    """One style on one sitter, whether the gate lets it pass or not.

    Raises
    ------
    NoWeights
        Where a network is not installed.
    """
    scene = set_up(sitter, find(slug), run.SEED)
    code, _ = photograph(scene)
    selfie, face = placed_selfie(scene), placed_landmarks(scene)
    apart = stranger.distance(
        stranger.embedding(_code(selfie), face.points), stranger.embedding(code, face.points)
    )
    portrait = srgb.decode(code.astype(np.float32) / 255)
    eyes = irises.changes(srgb.decode(selfie), portrait, face, monochrome=scene.recipe.tone.monochrome)
    return Portrait(
        sitter=name,
        style=slug,
        skin=sitter.identity.skin.group,
        distance=apart,
        stops=tuple(eye.stops for eye in eyes),
        colors=tuple(eye.difference for eye in eyes),
        refused=_gated(scene, code),
    )


def _gated(scene: Scene, code: Code) -> str:
    try:
        gate(scene, code, shared(), lambda: sharp(scene))
    except Refused as refusal:
        return refusal.code
    return ""


def _code(encoded: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Code:
    return np.asarray(np.clip(encoded, 0, 1) * 255 + 0.5, np.uint8)


# Tables


def tables(sittings: list[Sitting]) -> str:
    """What was found, as Markdown: by style, by skin-tone group, and why pictures were not taken."""
    rows = [row for sitting in sittings for row in sitting.portraits]
    refused = [sitting for sitting in sittings if sitting.refused]
    lines = [f"{len(sittings)} pictures, {len(refused)} of them not taken; {len(rows)} portraits.", ""]
    lines += _table("style", rows, lambda row: row.style)
    lines += _table("skin", rows, lambda row: row.skin)
    if refused:
        lines += ["| not taken | why |", "| --- | --- |"]
        lines += [f"| {sitting.sitter} | {sitting.refused} |" for sitting in refused]
    return "\n".join(lines) + "\n"


def _table(name: str, rows: list[Portrait], of: Callable[[Portrait], str]) -> list[str]:
    head = f"| {name} | portraits | distance, median | worst | iris, stops | iris, dE | refused by the gate |"
    lines = [head, "| --- | --- | --- | --- | --- | --- | --- |"]
    groups = sorted({of(row) for row in rows})
    summed = [_line(group, [row for row in rows if of(row) == group]) for group in groups]
    by_distance = sorted(summed)
    return [*lines, *(line for _, line in by_distance), _line("all", rows)[1], ""] if rows else []


def _line(name: str, rows: list[Portrait]) -> tuple[float, str]:
    distances = [row.distance for row in rows]
    middle = statistics.median(distances)
    stops = [value for row in rows for value in row.stops]
    colors = [value for row in rows for value in row.colors]
    gated = sum(bool(row.refused) for row in rows)
    return middle, (
        f"| {name} | {len(rows)} | {middle:.3f} | {max(distances):.3f} | {_middle(stops, '+.2f')} "
        f"| {_middle(colors, '.1f')} | {gated} |"
    )


def _middle(values: list[float], how: str) -> str:
    return format(statistics.median(values), how) if values else "not read"


# The command


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    paths = command_line.wanted(options)
    if not paths:
        print(command_line.NO_PICTURE, file=sys.stderr)
        return 2
    slugs = options.styles or tuple(recipe.slug for recipe in load_catalogue())
    try:
        sittings = sorted(
            command_line.each(partial(sit, slugs=slugs), paths, options.processes), key=lambda one: one.sitter
        )
    except NoWeights as missing:
        print(f"{missing.sentence} {missing.fix}", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    whole = {"sittings": [asdict(sitting) for sitting in sittings]}
    (options.out / "judge.json").write_text(json.dumps(whole, indent=1) + "\n")
    (options.out / "judge.md").write_text(tables(sittings))
    print(tables(sittings))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_line.parser("judge", __doc__, "judge.json and judge.md")
    parser.add_argument(
        "--styles", type=command_line.names, help="slugs, with commas; all of the catalogue without"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
