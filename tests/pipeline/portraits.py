"""A sample of finished portraits with everything that is measured on them, made once a process.

Every studio style and two on location on one face, and four studio styles on each of three others: what a
style on location looks like is half the photograph's doing. In the soak (PORTRAITS=all) the first face sits
for all, and all ten others for four, so that each studio style is also seen on a second.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache

import numpy as np

from render.pipeline.contract import Code
from render.pipeline.develop import photograph
from render.pipeline.evidence.painted import Painted, honesty, paint
from render.pipeline.evidence.reading import Row, measure, style_light
from render.pipeline.faces.mediapipe import shared
from render.pipeline.measure.light import KeyLight
from render.pipeline.recipe import find, load_catalogue
from render.pipeline.recipe_rules import LOCATION
from render.pipeline.run import SEED
from render.pipeline.scene import Scene, set_up
from render.pipeline.stages.decode import decode
from render.pipeline.stages.lens import Glass

from . import selfies
from .files import save

MAIN = "sitter-04"
STYLES = tuple(sorted(recipe.slug for recipe in load_catalogue()))
STUDIO = tuple(slug for slug in STYLES if find(slug).backdrop.kind != LOCATION)
OTHERS = tuple(name for name in selfies.FIT if name != MAIN)
SOME = ("sitter-01", "sitter-06", "sitter-09")
"""The others of every run: to look at a face takes as long as two of its portraits."""

ALL = os.environ.get("PORTRAITS") == "all"
SAMPLE = (
    *((MAIN, style) for style in STYLES if ALL or style in (*STUDIO, "on_location", "street")),
    *(
        (name, STUDIO[(4 * i + j) % len(STUDIO)])
        for i, name in enumerate(OTHERS)
        for j in range(4)
        if ALL or name in SOME
    ),
)
CONTROLLED = {("sitter-04", "corporate"), ("sitter-01", STUDIO[0]), ("sitter-09", STUDIO[-1])}
"""Those that are made more symmetric too."""

HONEST: tuple[tuple[str, str], ...] = (
    *((MAIN, style) for style in ("rembrandt", "mono_classic")),
    ("sitter-06", "noir"),
)
if ALL:
    HONEST = (
        *((MAIN, style) for style in ("corporate", "rembrandt", "mono_classic", "clamshell")),
        *((name, style) for name in ("sitter-05", "sitter-06") for style in ("corporate", "noir")),
    )
"""Those whose selfies are painted."""


UNMEASURED = Row(
    face="",
    style="",
    registration_p95=np.nan,
    matched=np.nan,
    carried=None,
    error_mean=np.nan,
    gain=np.nan,
    gain_noise=np.nan,
    direction=np.nan,
    noise=np.nan,
    odd_selfie=np.nan,
    odd_portrait=np.nan,
    azimuth=np.nan,
    azimuth_style=np.nan,
    ratio=np.nan,
    ratio_style=np.nan,
    elevation=np.nan,
    misfit=np.nan,
    catchlight_errors=(),
    catchlight_disagreement=None,
    catchlight_why=("", ""),
    shadow_patches=0,
    shadow_flat=0,
    shadow_least=None,
    strong_edges=0,
    edges_grown=np.nan,
    features=[],
)
"""A row that keeps no promise but those of what is set in it."""


@cache
def scene(name: str, style: str) -> Scene:
    return set_up(selfies.sitter(name), find(style), SEED)


@cache
def taken(name: str, style: str) -> tuple[Code, Glass]:
    """The proof and its lens."""
    return photograph(scene(name, style))


def code(name: str, style: str) -> Code:
    return taken(name, style)[0]


@cache
def own_light(style: str) -> KeyLight:
    return style_light(find(style))


@cache
def row(name: str, style: str) -> Row:
    """Everything measured on one portrait of the sample."""
    control = (name, style) in CONTROLLED
    return measure(name, scene(name, style), *taken(name, style), shared(), own_light(style), control=control)


@cache
def honest_row(name: str, style: str) -> Row:
    """What became of what was painted on the selfie, and nothing else: its light is `row`'s to measure."""
    found, skin = honesty(painted(name), find(style), SEED)
    return replace(UNMEASURED, face=name, style=style, spots=found, skin=skin)


@cache
def painted(name: str) -> Painted:
    photograph = decode(save(selfies.picture(name), "PNG"))
    return paint(photograph, selfies.identity(name), shared(), int(name[-2:]))
