"""Selfies painted on purpose: spots, skin patches and gray cards, seated like any sitter."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np

from render.pipeline.contract import Float, Identity, Landmarks, Photograph
from render.pipeline.develop import proof
from render.pipeline.faces.detector import FaceDetector
from render.pipeline.measure import skin, spots
from render.pipeline.recipe import Recipe
from render.pipeline.scene import Scene, Sitter, seat, set_up
from render.pipeline.stages.analyze import analyze
from render.pipeline.stages.gate import placed_selfie

SPOTS = 40


@dataclass(frozen=True)
class Painted:
    """Three seats of one sitter: with spots, with skin patches, with gray cards at the same places.

    ``landmarks`` are the clean selfie's, on the identity's grid; ``marks`` too.
    """

    with_spots: Sitter
    with_skin: Sitter
    with_cards: Sitter
    landmarks: Landmarks
    marks: spots.Spots
    groups: tuple[str, ...]


def paint(photograph: Photograph, clean: Identity, detector: FaceDetector, turn: int) -> Painted:
    """Paint ``photograph``, whose analysis is ``clean``; ``turn`` seeds and rotates."""
    scale = clean.matte.shape[0] / photograph.height
    margin = (clean.matte.shape[1] - scale * photograph.width) / 2  # an identity is widened on both sides
    move = np.array([margin, 0.0, 0.0])
    inside = Landmarks(
        (clean.landmarks.first - move) / scale, (clean.landmarks.second - move) / scale, clean.landmarks.noise
    )
    marks = spots.choose(inside, photograph.pixels.shape, SPOTS, turn)
    names = skin.groups(turn)

    def seated(pixels: Float) -> Sitter:
        return seat(analyze(replace(photograph, pixels=pixels), detector))

    card = np.full((len(names), 3), skin.CARD)
    return Painted(
        with_spots=seated(spots.paint(photograph.pixels, marks)),
        with_skin=seated(skin.paint(photograph.pixels, inside, skin.reflectances(names))),
        with_cards=seated(skin.paint(photograph.pixels, inside, card)),
        landmarks=clean.landmarks,
        marks=replace(marks, places=marks.places * scale + move[:2], radii=marks.radii * scale),
        groups=names,
    )


def honesty(
    painted: Painted, recipe: Recipe, seed: int
) -> tuple[dict[str, int], list[tuple[str, float | None]]]:
    """Spot counts (see ``spots.Recall``), and each patch's group with its color difference."""
    freckled = set_up(painted.with_spots, recipe, seed)
    placement = freckled.placement
    recall = spots.recall(
        placed_selfie(freckled),
        _encoded(freckled),
        placement.to_canvas(painted.marks.places),
        painted.marks.radii / placement.zoom,
        painted.landmarks.ipd / placement.zoom,
    )
    colors, veil = [], np.zeros(3)
    for sitter in (painted.with_skin, painted.with_cards):
        scene = set_up(sitter, recipe, seed)
        places = scene.placement.to_canvas(painted.landmarks.points[list(skin.PLACES), :2])
        code = _encoded(scene)
        colors.append(skin.read(code, places, painted.landmarks.ipd / scene.placement.zoom))
        veil = skin.scattered(code, recipe.lens, recipe.tone)
    shifts = skin.shifts(colors[0], colors[1], painted.groups, recipe.tone, veil)
    return asdict(recall), [(shift.group, shift.difference) for shift in shifts]


def _encoded(scene: Scene) -> Float:
    return proof(scene).astype(np.float32) / 255
