"""The pictures of blind pairs: portraits of selfies, and the selfies cropped alike."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from render.pipeline import run
from render.pipeline.errors import Refused
from render.pipeline.faces.mediapipe import shared
from render.pipeline.measure import traits
from render.pipeline.ranking import ranked
from render.pipeline.recipe import Recipe, find
from render.pipeline.scene import Sitter
from render.pipeline.stages.analyze import model
from render.pipeline.stages.encode import encode

from .pairs_page import couple, read

PROJECT = Path(__file__).resolve().parents[3]


def outside(path: Path) -> Path:
    """``path``, which must keep faces out of the repository: elsewhere, or below the ignored out/."""
    path = path.resolve()
    if PROJECT in (path, *path.parents) and PROJECT / "out" not in path.parents:
        raise Refused(f"{path} lies inside the project.", "Name a place outside it, or below its out/.")
    return path


def render(options: argparse.Namespace) -> int:
    """Two folders to make pairs of: every selfie in every style, and the selfie cropped alike."""
    out = outside(options.out)
    if out.exists():
        raise Refused(f"{out} exists.", "Name a new folder with --out.")
    recipes = [find(slug) for slug in options.styles.split(",")]
    if len({path.stem for path in options.selfies}) < len(options.selfies):
        raise Refused("Two selfies have the same name.", "Rename one.")
    selfies = {path.stem: read(path) for path in options.selfies}
    for name in ("portrait", "selfie"):
        (out / name).mkdir(parents=True)
    refused: list[tuple[str, str | None, Refused]] = []
    for number, (name, data) in enumerate(selfies.items(), 1):
        print(f"{name}, {number} of {len(selfies)}", file=sys.stderr, flush=True)
        try:
            seen = run.look(data, shared())
            sitter = run.sit(model(seen, shared()))
        except Refused as refusal:
            refused.append((name, None, refusal))
            continue
        for recipe in _suited(recipes, sitter, options.best):
            try:
                portrait, selfie = couple(seen, sitter, recipe, shared())
            except Refused as refusal:
                refused.append((name, recipe.slug, refusal))
                continue
            (out / "portrait" / f"{name}-{recipe.slug}.png").write_bytes(encode(portrait, format="png"))
            (out / "selfie" / f"{name}-{recipe.slug}.png").write_bytes(encode(selfie, format="png"))
    told = [{"selfie": n, "style": s, "code": r.code, "sentence": r.sentence} for n, s, r in refused]
    (out / "refused.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    made = len(list((out / "portrait").iterdir()))
    print(f"{out}: {made} portraits, {len(refused)} refused")
    return 0 if made else 1


def _suited(recipes: Sequence[Recipe], sitter: Sitter, best: int | None) -> list[Recipe]:
    """All of them, or the ``best`` that would be shown first to this sitter."""
    if best is None:
        return list(recipes)
    order = [one.slug for one in ranked(recipes, traits.read(sitter.identity))]
    return sorted(recipes, key=lambda recipe: order.index(recipe.slug))[:best]
