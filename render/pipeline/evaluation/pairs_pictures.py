"""The pictures of blind pairs: portraits of selfies, and the selfies cropped alike."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from render.pipeline import develop, run
from render.pipeline.color import srgb
from render.pipeline.contract import Code, Identity, Window
from render.pipeline.errors import Refused
from render.pipeline.faces.mediapipe import shared
from render.pipeline.measure import traits
from render.pipeline.placement import Placement
from render.pipeline.ranking import ranked
from render.pipeline.recipe import Recipe, find, load_catalogue
from render.pipeline.recipe_rules import LOCATION
from render.pipeline.scene import Scene, Sitter
from render.pipeline.stages.analyze import model
from render.pipeline.stages.encode import encode
from render.pipeline.stages.inspect import Inspection
from render.pipeline.stages.relight import Lighting

from .pairs_page import read

MOVED = 0.002  # of the IPD: how far an identity's landmarks may lie from its photograph's
STUDIO = "studio"
TURNED_FILE = "turned.json"  # names the portraits whose lamps hang mirrored, beside their folder
PROJECT = Path(__file__).resolve().parents[3]


def outside(path: Path) -> Path:
    """``path``, which must keep faces out of the repository: elsewhere, or below the ignored out/."""
    path = path.resolve()
    if PROJECT in (path, *path.parents) and PROJECT / "out" not in path.parents:
        raise Refused(f"{path} lies inside the project.", "Name a place outside it, or below its out/.")
    return path


def render(options: argparse.Namespace) -> int:
    """Folders to make pairs of: every selfie in every style, the selfie cropped alike, and where it is asked
    for, the selfie cut out but not relit."""
    out = outside(options.out)
    if out.exists():
        raise Refused(f"{out} exists.", "Name a new folder with --out.")
    recipes = _named(options.styles)
    if len({path.stem for path in options.selfies}) < len(options.selfies):
        raise Refused("Two selfies have the same name.", "Rename one.")
    selfies = {path.stem: read(path) for path in options.selfies}
    for name in ("portrait", "selfie", *(["unlit"] if options.unlit else [])):
        (out / name).mkdir(parents=True)
    turned = []
    refused: list[tuple[str, str | None, Refused]] = []
    for number, (name, data) in enumerate(selfies.items(), 1):
        print(f"{name}, {number} of {len(selfies)}", file=sys.stderr, flush=True)
        try:
            seen = run.look(data, shared())
            sitter = run.sit(model(seen, shared()))
        except Refused as refusal:
            refused.append((name, None, refusal))
            continue
        for recipe in _chosen(recipes, options, sitter, number):
            try:
                proof = run.prove(sitter, recipe, shared())
            except Refused as refusal:
                refused.append((name, recipe.slug, refusal))
                continue
            file = f"{name}-{recipe.slug}.png"
            made = couple(seen, proof)
            (out / "portrait" / file).write_bytes(encode(made.portrait, format="png"))
            (out / "selfie" / file).write_bytes(encode(made.selfie, format="png"))
            if options.unlit:
                code = develop.proof(unlit(proof.scene))[made.common]
                (out / "unlit" / file).write_bytes(encode(code, format="png"))
            if proof.scene.recipe.mirrored:
                turned.append(f"{name}-{recipe.slug}")
    told = [{"selfie": n, "style": s, "code": r.code, "sentence": r.sentence} for n, s, r in refused]
    (out / "refused.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    (out / TURNED_FILE).write_text(json.dumps(turned) + "\n", "utf-8")
    count = len(list((out / "portrait").iterdir()))
    print(f"{out}: {count} portraits, {len(refused)} refused")
    return 0 if count else 1


def _named(styles: str) -> list[Recipe]:
    """Styles by their slugs with commas between them, or all that need no place of the sitter's."""
    if styles == STUDIO:
        return [recipe for recipe in load_catalogue() if recipe.backdrop.kind != LOCATION]
    return [find(slug) for slug in styles.split(",")]


def _chosen(
    recipes: Sequence[Recipe], options: argparse.Namespace, sitter: Sitter, number: int
) -> list[Recipe]:
    """All of them, or those dealt to the sitter of this ``number``, or those that would be shown first."""
    if options.deal:
        return dealt(recipes, options.deal, number)
    if not options.best:
        return list(recipes)
    order = [one.slug for one in ranked(recipes, traits.read(sitter.identity))]
    return sorted(recipes, key=lambda recipe: order.index(recipe.slug))[: options.best]


def dealt(recipes: Sequence[Recipe], count: int, number: int) -> list[Recipe]:
    """``count`` of the styles for the sitter of this ``number``, as cards are dealt, from the top again when
    all are out."""
    return [recipes[(number * count + card) % len(recipes)] for card in range(min(count, len(recipes)))]


def unlit(scene: Scene) -> Scene:
    """``scene`` without its lamps: the selfie in its own light before the same backdrop, through the same
    lens and print.

    The eyes keep the reflections of the selfie, and burnt-out skin stays burnt out. White balance and
    exposure are those that the identity was given: they are the selfie's correction, not the studio's.
    """
    of, lighting = scene.sitter.identity, scene.lighting
    still = Lighting(np.ones_like(lighting.gain), np.zeros_like(lighting.sheen), ())
    recipe = replace(scene.recipe, relight=replace(scene.recipe.relight, catchlights=True))
    return replace(scene, sitter=replace(scene.sitter, plate=of.pixels), recipe=recipe, lighting=still)


@dataclass(frozen=True)
class Couple:
    """A portrait and the selfie cropped alike, both (h, w, 3) uint8, and the ``common`` rows and columns of
    the proof that they show."""

    portrait: Code
    selfie: Code
    common: tuple[slice, slice]


def couple(seen: Inspection, proof: run.Proof) -> Couple:
    """The portrait of ``proof`` and the selfie ``seen``, cropped alike.

    Where the portrait's frame reaches beyond the photograph, both end with the photograph.
    """
    placement = in_photograph(seen, proof.scene.sitter.identity, proof.scene.placement)
    canvas, height, width = placement.canvas, *seen.pixels.shape[:2]
    look = placement.look(seen.pixels, Window.whole(canvas))
    selfie: Code = np.round(srgb.encode(np.clip(look, 0, 1)) * 255).astype(np.uint8)
    rows = _common(placement.origin[1], placement.zoom, height, canvas.height)
    columns = _common(placement.origin[0], placement.zoom, width, canvas.width)
    return Couple(proof.code[rows, columns], selfie[rows, columns], (rows, columns))


def in_photograph(seen: Inspection, identity: Identity, placement: Placement) -> Placement:
    """The frame of ``placement``, which looks into ``identity``, looking into the photograph itself.

    An identity's pixels are cut out, denoised and widened; who is asked about a
    selfie must see the photograph.
    The change of perspective is left out too: it is the portrait's doing. The eyes' plane does not move
    by it, so the crop stays the same.

    Raises
    ------
    RuntimeError
        When the identity is not the photograph scaled and moved, as this takes it to be.
    """
    there, here = identity.landmarks.points[:, :2], seen.landmarks.points[:, :2]
    scale = identity.landmarks.ipd / seen.landmarks.ipd
    move = there.mean(axis=0) - scale * here.mean(axis=0)
    if np.abs(scale * here + move - there).max() > MOVED * identity.landmarks.ipd:
        raise RuntimeError("the identity's grid is no longer the photograph's, scaled and moved")
    x, y = (np.array(placement.origin) - move) / scale
    return Placement(placement.canvas, placement.zoom / scale, (float(x), float(y)))


def _common(origin: float, zoom: float, photograph: int, canvas: int) -> slice:
    """The canvas's pixels along one axis that lie wholly on the photograph."""
    first = math.ceil(-origin / zoom - 1e-6)
    last = math.floor((photograph - origin) / zoom + 1e-6)
    return slice(max(0, first), min(canvas, last))
