"""Whether spoiled selfies end in the good portrait: ``python -m render.pipeline.evaluation.invariance``.

Every picture is spoiled by each of the conditions (`conditions`), and the portrait made of that is held
against the one made of the picture itself, in the same style with the same seed: the skin's color, the
stranger's distance, the irises, the cut-out. A refusal is right where the condition asks for it. What was
done to the picture is known, so both portraits are compared at the same places of the face.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator

from render.pipeline import run
from render.pipeline.color import lab, srgb
from render.pipeline.contract import Code, Double, Float, Identity, Landmarks
from render.pipeline.develop import photograph
from render.pipeline.errors import Refused
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import shared
from render.pipeline.faces.patch import skin_region
from render.pipeline.measure.similarity import fit
from render.pipeline.networks.weights import NoWeights
from render.pipeline.recipe import find
from render.pipeline.scene import Scene, Sitter, set_up
from render.pipeline.stages.decode import decode
from render.pipeline.stages.gate import placed_landmarks, placed_selfie

from . import command_line, irises, stranger
from .conditions import CONDITIONS, Condition

STYLES = ("studio_white", "executive", "open_shade")

SKIN_MEDIAN, SKIN_P95, DISTANCE, IRIS, MATTE = 4.0, 8.0, 0.20, 5.0, 0.015
"""The goals: CIEDE2000 of the skin, median and 95th percentile; the stranger's distance; CIEDE2000 of the
irises; the cut-outs' difference over the head's area."""

PORES = 0.02
"""IPD (one sigma) that both portraits are averaged over: texture is not color."""

COARSE = 8
"""Canvas pixels between the places where the map from one portrait to the other is worked out."""


@dataclass(frozen=True)
class Difference:
    """Two portraits of one sitter in one style.

    Attributes
    ----------
    skin, skin_p95 : float
        CIEDE2000 over the face's skin, median and 95th percentile.
    lighter : float
        L* of the spoiled one's skin less that of the good one's, medians.
    above : float
        The same, less that of the good photograph's own skin.
    distance : float
        The stranger's.
    iris : float or None
        CIEDE2000 of the irises, the larger of both eyes'; None where none could be read.
    matte : float
        Sum of the cut-outs' differences above the chin, over the head's own area there; of what both show.
    """

    style: str
    skin: float
    skin_p95: float
    lighter: float
    above: float
    distance: float
    iris: float | None
    matte: float

    @property
    def kept(self) -> bool:
        """Whether every goal is met."""
        return (
            self.skin <= SKIN_MEDIAN
            and self.skin_p95 <= SKIN_P95
            and self.distance <= DISTANCE
            and (self.iris or 0.0) <= IRIS
            and self.matte <= MATTE
        )


@dataclass
class Trial:
    """One picture in one condition: refused, and whether rightly, or its portraits' differences.

    ``group`` is the skin-tone group that the good picture shows, ``facts`` is what was done to the exposure
    and the color of the spoiled one.
    """

    sitter: str
    condition: str
    group: str
    refused: str = ""
    right: bool = True
    facts: dict[str, Any] = field(default_factory=dict)
    portraits: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """A portrait: its scene, its codes (h, w, 3), and where the photograph's face lies on it (478, 2)."""

    scene: Scene
    code: Code
    points: Double


# One picture


def trials(path: Path, names: Sequence[str], slugs: Sequence[str], sheets: Path | None = None) -> list[Trial]:
    """Try one picture in every condition named.

    Parameters
    ----------
    path : Path
        A good photograph.
    names, slugs : sequence of str
        Conditions and styles.
    sheets : Path, optional
        A folder to which both portraits of every trial are written side by side.

    Returns
    -------
    list of Trial
        One alone, its condition empty, where the good picture itself is refused.
    """
    cv2.setNumThreads(1)
    data = path.read_bytes()
    try:
        identity = run.identify(data, shared())
    except Refused as refusal:
        return [Trial(path.stem, "", "", refusal.code)]
    code = _code(srgb.encode(decode(data).pixels))
    face, matte = on_photograph(identity, code.shape)
    sitter = run.sit(identity)
    good = {slug: made(sitter, slug, face.points, code.shape) for slug in slugs}
    return [_tried(path.stem, name, good, code, face, matte, sheets) for name in names]


def _tried(
    sitter: str,
    name: str,
    good: dict[str, Made],
    code: Code,
    face: Landmarks,
    matte: Float,
    sheets: Path | None,
) -> Trial:
    condition = CONDITIONS[name]
    group = next(iter(good.values())).scene.sitter.identity.skin.group
    done = Trial(sitter, name, group, right=condition.answer == "taken")
    spoiled = condition.make(code, face, matte)
    try:
        identity = run.identify(condition.stored(spoiled), shared())
    except Refused as refusal:
        done.refused, done.right = refusal.code, expected(condition, refusal)
        return done
    done.facts = {"push": identity.push} | (asdict(identity.white) if identity.white else {})
    seated = run.sit(identity)
    for slug, first in good.items():
        second = made(seated, slug, spoiled.face.points, spoiled.code.shape)
        done.portraits.append(compared(slug, first, second))
        if sheets is not None:
            _sheet(sheets / f"{sitter} {name} {slug}.png", spoiled.code, first.code, second.code)
    return done


def expected(condition: Condition, refusal: Refused) -> bool:
    """Whether the condition may be refused like that."""
    if condition.answer == "refused" and condition.refusal is None:
        return True
    return isinstance(refusal, (*condition.may, *([condition.refusal] if condition.refusal else [])))


def made(sitter: Sitter, slug: str, points: Double, shape: tuple[int, ...]) -> Made:
    """A portrait, and where ``points`` (478, 3) of the photograph, which is ``shape``, lie on it."""
    scene = set_up(sitter, find(slug), run.SEED)
    code, _ = photograph(scene)
    on_identity = points[:, :2] @ _to_identity(sitter.identity, shape)[:, :2].T
    on_identity += _to_identity(sitter.identity, shape)[:, 2]
    return Made(scene, code, scene.placement.to_canvas(on_identity))


def compared(style: str, good: Made, spoiled: Made) -> Difference:
    """Hold the spoiled picture's portrait against the good one's, at the same places of the face."""
    at = corresponding(good.points, spoiled.points, good.code.shape)
    face = placed_landmarks(good.scene)
    sigma = PORES * face.ipd
    first, second = (cv2.GaussianBlur(_linear(made.code), (0, 0), sigma) for made in (good, spoiled))
    seen = cv2.remap(second, *at, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    skin = (skin_region(face, first.shape) > 0.5) & (good.scene.matte > 0.9)
    before, after = lab.from_linear(first[skin]), lab.from_linear(seen[skin])
    selfie = srgb.decode(placed_selfie(good.scene))
    own = float(np.median(lab.from_linear(selfie[skin])[:, 0]))
    apart = lab.difference(before, after)
    again = cv2.remap(spoiled.scene.matte, *at, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    height, width = spoiled.code.shape[:2]
    there = (at[0] >= 0) & (at[0] < width) & (at[1] >= 0) & (at[1] < height)
    there[int(face.points[topology.CHIN, 1]) + 1 :] = False
    head = good.scene.matte[there]
    return Difference(
        style=style,
        skin=float(np.median(apart)),
        skin_p95=float(np.percentile(apart, 95)),
        lighter=float(np.median(after[:, 0]) - np.median(before[:, 0])),
        above=float(np.median(after[:, 0])) - own,
        distance=stranger.distance(_embedding(good), _embedding(spoiled)),
        iris=_irises(
            selfie, _linear(good.code), cv2.remap(_linear(spoiled.code), *at, cv2.INTER_LINEAR), face
        ),
        matte=float(np.abs(again[there] - head).sum() / head.sum()),
    )


def corresponding(first: Double, second: Double, shape: tuple[int, ...]) -> tuple[Float, Float]:
    """Where each pixel of one portrait is in another, two (h, w) arrays for `cv2.remap`.

    Parameters
    ----------
    first, second : (478, 2)
        The same points of the face on both.
    shape : tuple
        (h, w, ...) of the first.

    Notes
    -----
    The similarity of all points, and what each of them lacks to it, linear between them: a phone's
    perspective that was not wholly undone moves noses against ears.
    """
    height, width = shape[:2]
    near = fit(first, second)
    rest = LinearNDInterpolator(first, second - near(first), fill_value=0.0)
    columns, rows = (-(-side // COARSE) for side in (width, height))
    x, y = np.meshgrid((np.arange(columns) + 0.5) / columns * width, (np.arange(rows) + 0.5) / rows * height)
    coarse = rest(np.column_stack([x.ravel(), y.ravel()])).reshape(rows, columns, 2).astype(np.float32)
    moved = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    y, x = np.mgrid[0:height, 0:width] + 0.5
    at = (near(np.stack([x, y], axis=-1)) + moved - 0.5).astype(np.float32)
    return np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1])


def _irises(selfie: Float, first: Float, second: Float, face: Landmarks) -> float | None:
    return max(irises.apart(selfie, first, second, face), default=None)


def _embedding(portrait: Made) -> Double:
    return stranger.embedding(portrait.code, placed_landmarks(portrait.scene).points)


def _to_identity(identity: Identity, shape: tuple[int, ...]) -> Double:
    """From pixels of a photograph (H, W, ...) to its identity's, (2, 3)."""
    scale, (height, width) = identity.reduction, shape[:2]
    middle = identity.axis or (identity.pixels.shape[1] / 2, identity.pixels.shape[0] / 2)
    return np.array([[scale, 0, middle[0] - scale * width / 2], [0, scale, middle[1] - scale * height / 2]])


def on_photograph(identity: Identity, shape: tuple[int, ...]) -> tuple[Landmarks, Float]:
    """The identity's landmarks and matte (H, W) in pixels of its photograph."""
    onto = _to_identity(identity, shape)
    scale, move = onto[0, 0], np.array([*onto[:, 2], 0.0])
    marks = identity.landmarks
    face = Landmarks((marks.first - move) / scale, (marks.second - move) / scale, marks.noise)
    corner = onto.copy()
    corner[:, 2] += (scale - 1) / 2  # cv2 counts from the first pixel's center
    size, how = shape[1::-1], cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return face, np.asarray(cv2.warpAffine(identity.matte, corner, size, flags=how), np.float32)


def _linear(code: Code) -> Float:
    return srgb.decode(code.astype(np.float32) / 255)


def _code(encoded: Float) -> Code:
    return np.asarray(np.rint(np.clip(encoded, 0, 1) * 255), np.uint8)


def _sheet(path: Path, selfie: Code, *portraits: Code) -> None:
    height = portraits[0].shape[0] // 2
    parts = [
        cv2.resize(one, (round(one.shape[1] * height / one.shape[0]), height), interpolation=cv2.INTER_AREA)
        for one in (selfie, *portraits)
    ]
    cv2.imwrite(str(path), cv2.cvtColor(np.hstack(parts), cv2.COLOR_RGB2BGR))


# Tables


def tables(rows: list[Trial]) -> str:
    """What was found, as Markdown: by condition, by skin-tone group, and what was refused wrongly."""
    tried = [row for row in rows if row.condition]
    not_taken = [f"{row.sitter} ({row.refused})" for row in rows if not row.condition]
    sitters = len({row.sitter for row in tried})
    lines = [f"{sitters} sitters; the good picture is refused of {', '.join(not_taken) or 'nobody'}.", ""]
    lines += _table("condition", tried, lambda row: row.condition)
    lines += _table("skin", tried, lambda row: row.group)
    lines += _lightened(tried)
    wrong = [row for row in tried if not row.right]
    if wrong:
        lines += ["| sitter | condition | wrong |", "| --- | --- | --- |"]
        lines += [f"| {row.sitter} | {row.condition} | {row.refused or 'taken'} |" for row in wrong]
    return "\n".join(lines) + "\n"


def _table(name: str, rows: list[Trial], of: Callable[[Trial], str]) -> list[str]:
    head = (
        f"| {name} | tried | refused | rightly | portraits | skin dE, median | worst | p95, median | worst "
        "| L* | distance, median | worst | iris dE | matte, median | worst | within the goals |"
    )
    lines = [head, "| --- " * 16 + "|"]
    groups = [*dict.fromkeys(of(row) for row in rows)]
    lines += [_line(group, [row for row in rows if of(row) == group]) for group in groups]
    return [*lines, _line("all", rows), ""] if rows else []


WALL = "white wall"


def _lightened(rows: list[Trial]) -> list[str]:
    """Whether skin comes out lighter before a white wall: L* against the portrait without it, and against the
    photograph's own, by style and group."""
    found = [(row.group, one) for row in rows if row.condition == WALL for one in row.portraits]
    if not found:
        return []
    lines = [
        "| before a white wall | skin | portraits | L*, least | most | over the photograph's, least | most |"
    ]
    lines.append("| --- " * 7 + "|")
    for style, group in sorted({(one.style, group) for group, one in found}):
        these = [one for of, one in found if of == group and one.style == style]
        against = [one.lighter for one in these], [one.above for one in these]
        cells = (f"{limit(values):+.1f}" for values in against for limit in (min, max))
        lines.append(f"| {style} | {group} | {len(these)} | {' | '.join(cells)} |")
    return [*lines, ""]


def _line(name: str, rows: list[Trial]) -> str:
    found = [portrait for row in rows for portrait in row.portraits]
    refused = [row for row in rows if row.refused]
    cells = [name, len(rows), len(refused), sum(row.right for row in refused), len(found)]
    for values, how, worst in (
        ([one.skin for one in found], ".1f", True),
        ([one.skin_p95 for one in found], ".1f", True),
        ([one.lighter for one in found], "+.1f", False),
        ([one.distance for one in found], ".3f", True),
        ([one.iris for one in found if one.iris is not None], ".1f", False),
        ([one.matte for one in found], ".2%", True),
    ):
        cells.append(format(statistics.median(values), how) if values else "")
        if worst:
            cells.append(format(max(values), how) if values else "")
    cells.append(f"{sum(one.kept for one in found)}")
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


# The command


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    paths = command_line.wanted(options)
    names = options.conditions or tuple(CONDITIONS)
    if not paths or not set(names) <= set(CONDITIONS):
        print(
            "There is no such picture or condition. Name folders of photographs with --pictures.",
            file=sys.stderr,
        )
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    sheets = options.out if options.sheets else None
    try:
        work = partial(trials, names=names, slugs=options.styles, sheets=sheets)
        rows = [row for one in command_line.each(work, paths, options.processes) for row in one]
    except NoWeights as missing:
        print(f"{missing.sentence} {missing.fix}", file=sys.stderr)
        return 2
    rows.sort(key=lambda row: (row.sitter, names.index(row.condition) if row.condition else -1))
    whole = {"trials": [asdict(row) for row in rows]}
    (options.out / "invariance.json").write_text(json.dumps(whole, indent=1) + "\n")
    (options.out / "invariance.md").write_text(tables(rows))
    print(tables(rows))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_line.parser("invariance", __doc__, "its JSON and Markdown")
    parser.add_argument("--styles", type=command_line.names, default=STYLES, help="slugs, with commas")
    parser.add_argument("--conditions", type=_named, help="names, with semicolons; all of them without")
    parser.add_argument("--sheets", action="store_true", help="write both portraits side by side, to look at")
    return parser


def _named(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(";"))


if __name__ == "__main__":
    sys.exit(main())
