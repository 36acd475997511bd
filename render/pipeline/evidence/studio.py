"""One face in every style, measured: the work of one process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from render.pipeline.contract import Code
from render.pipeline.develop import full, photograph
from render.pipeline.errors import Refused
from render.pipeline.faces.detector import FaceDetector
from render.pipeline.faces.mediapipe import shared
from render.pipeline.measure.light import KeyLight
from render.pipeline.recipe import find
from render.pipeline.run import SEED
from render.pipeline.scene import Scene, seat, set_up
from render.pipeline.stages.analyze import analyze
from render.pipeline.stages.decode import decode
from render.pipeline.stages.lens import Glass

from .painted import honesty, paint
from .promises import Full
from .reading import Row, measure, style_light

SMALL = 420  # px of the long side of what goes on a contact sheet


@dataclass(frozen=True)
class Order:
    """What to do with one face: the styles with each one's own light; ``turn`` seeds the painting."""

    face: str
    path: Path
    lights: dict[str, KeyLight]
    turn: int
    control: bool
    honesty: bool
    fulls: tuple[str, ...] = ()


@dataclass
class Shoot:
    """What came of it."""

    face: str
    rows: list[Row] = field(default_factory=list)
    fulls: list[Full] = field(default_factory=list)
    pictures: list[tuple[str, Code]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def style_lights(slugs: tuple[str, ...]) -> dict[str, KeyLight]:
    """Each style's light, read from a plaster head."""
    cv2.setNumThreads(1)
    return {slug: style_light(find(slug)) for slug in slugs}


def shoot(order: Order) -> Shoot:
    """Render, measure and paint one face in every style of the order."""
    cv2.setNumThreads(1)
    detector = shared()
    done = Shoot(order.face)
    try:
        selfie = decode(order.path.read_bytes())
        identity = analyze(selfie, detector)
        sitter = seat(identity)
        painted = paint(selfie, identity, detector, order.turn) if order.honesty else None
    except Refused as refusal:
        done.refused.append(f"face {order.face}: {refusal.sentence}")
        return done
    for slug in order.lights:
        recipe = find(slug)
        scene = set_up(sitter, recipe, SEED)
        code, glass = photograph(scene)
        done.pictures.append((slug, small(code)))
        try:
            row = _row(order, scene, code, glass, detector)
        except (Refused, ValueError) as error:
            done.refused.append(f"{slug} on face {order.face}: {error}")
            continue
        if painted and recipe.retouch == 0:
            row.spots, row.skin = honesty(painted, recipe, SEED)
        done.rows.append(row)
        if slug in order.fulls:
            done.fulls.append(_full(order.face, scene, code))
    return done


def _row(order: Order, scene: Scene, code: Code, glass: Glass, detector: FaceDetector) -> Row:
    own = order.lights[scene.recipe.slug]
    return measure(order.face, scene, code, glass, detector, own, control=order.control)


def _full(face: str, scene: Scene, code: Code) -> Full:
    """The full portrait's area average against the proof, in code values."""
    large = full(scene, code)
    down = cv2.resize(large.astype(np.float32), code.shape[1::-1], interpolation=cv2.INTER_AREA)
    apart = np.abs(down - code)
    return Full(face, scene.recipe.slug, float(apart.mean()), float(np.percentile(apart, 99.9)))


def small(code: Code) -> Code:
    picture = Image.fromarray(code)
    picture.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return np.asarray(picture)
