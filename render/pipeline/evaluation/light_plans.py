"""Light plans as drawings that a lay person can hold against a portrait, and which of them look alike.

A drawing shows the studio from above with the camera below the sitter, so that left and right are those of
the portrait; the key's height from the side; and a plain ball in that light. It has no colors: a gel would
tell the style by its backdrop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double, Float
from render.pipeline.errors import Refused
from render.pipeline.light.lamps import direction
from render.pipeline.recipe import Lamp, Relight

APART_AZIMUTH, APART_ELEVATION, APART_SIZE, APART_STOPS = 25.0, 20.0, 2.5, 1.0
"""Two plans are told apart by keys this many degrees aside or above each other, one this many times as large
as the other, or ratios this many stops from each other; any one of them is enough."""

CHOICES = 4
LETTERS = "ABCD"

CELL = (450, 306)  # px: one plan, width and height
GAP = 10  # px, between plans
ABOVE, BALL, SIDE = (14, 30, 250), (282, 8, 150), (306, 184, 100)  # px: left, top, extent of each view
PAPER, INK, WHITE = (212, 212, 210), (226, 226, 222), (255, 255, 255)
HEAD, BODY, CAMERA = (150, 150, 150), (84, 84, 84), (200, 200, 200)
DARK = 0.0095  # linear light of the ground
LEGEND = (
    "From above, the camera at the bottom.  A wide lamp gives soft light, a narrow one hard light; "
    "a dim lamp is weak."
)
FINER = 2  # times finer than it is shown, so that edges are smooth
RAYS = 48  # points of a lamp that light the ball
SHOWN = 0.62  # linear light that a lamp of the key's power is drawn with
LIT = 0.72  # linear light of the ball's brightest twentieth

# Rules


def key_of(plan: Relight) -> Lamp:
    """The lamp that shapes the face."""
    return next(lamp for lamp in plan.lamps if lamp.role == "key")


def stops(plan: Relight) -> float:
    """Key-to-fill of a plan, stops: as the recipe has it, or as its lamps give it."""
    if plan.ratio is not None:
        return plan.ratio
    fill = plan.ambient + sum(lamp.power for lamp in plan.lamps if lamp.role == "fill")
    return float(np.log2((key_of(plan).power + fill) / max(fill, 1e-3)))


def alike(one: Relight, two: Relight) -> bool:
    """Whether nobody could be asked to tell these two plans apart."""
    a, b = key_of(one), key_of(two)
    return (
        abs(a.azimuth - b.azimuth) < APART_AZIMUTH
        and abs(a.elevation - b.elevation) < APART_ELEVATION
        and max(a.size, b.size) < APART_SIZE * min(a.size, b.size)
        and abs(stops(one) - stops(two)) < APART_STOPS
    )


def others(right: Relight, plans: Mapping[str, Relight], chance: np.random.Generator) -> list[str]:
    """The names of three of ``plans``, at random, of which none is alike another or ``right``.

    Raises
    ------
    Refused
        When there are not so many.
    """
    found: list[str] = []
    for name in chance.permutation(sorted(plans)):
        if not any(alike(plans[name], known) for known in (right, *(plans[one] for one in found))):
            found.append(str(name))
        if len(found) == CHOICES - 1:
            return found
    raise Refused("Too few light plans can be told apart.", "Add styles to the catalogue.")


def from_values(values: Mapping[str, Any]) -> Relight:
    """The plan that ``asdict`` and JSON made ``values`` of; raises ``TypeError`` or ``KeyError``."""
    lamps = (Lamp(**lamp | {"gel": tuple(lamp["gel"])}) for lamp in values["lamps"])
    return Relight(**{**values, "lamps": tuple(lamps)})


# Drawing


def board(plans: Sequence[Relight]) -> Code:
    """The four plans with their letters above each other in twos, and how to read them, (h, w, 3) uint8."""
    width, height = CELL
    strip = 30
    whole = Image.new("RGB", (2 * width + GAP, 2 * height + GAP + strip), PAPER)
    for number, (letter, plan) in enumerate(zip(LETTERS, plans, strict=True)):
        at = (number % 2) * (width + GAP), (number // 2) * (height + GAP)
        whole.paste(Image.fromarray(drawing(plan, letter)), at)
    font = ImageFont.load_default(size=16)
    ImageDraw.Draw(whole).text((4, 2 * height + GAP + 5), LEGEND, fill=(30, 30, 28), font=font)
    return np.asarray(whole)


def drawing(plan: Relight, letter: str) -> Code:
    """One plan, (306, 450, 3) uint8."""
    cell = Image.fromarray(_gray(np.full(CELL[::-1], DARK, np.float32)))
    for (left, top, _), view in zip((ABOVE, BALL, SIDE), _views(plan), strict=True):
        cell.paste(view, (left, top))
    draw, small = ImageDraw.Draw(cell), ImageFont.load_default(size=14)
    draw.text((12, 4), letter, fill=WHITE, font=ImageFont.load_default(size=34))
    for (left, top, extent), words in (
        (ABOVE, "from above"),
        (BALL, "a ball"),
        (SIDE, "main lamp, from the side"),
    ):
        draw.text((left + extent / 2, top + extent + 4), words, fill=INK, font=small, anchor="ma")
    return np.asarray(cell)


@cache
def _views(plan: Relight) -> tuple[Image.Image, ...]:
    """From above, the ball and from the side; a page shows each plan of the catalogue many times."""
    found = []
    for (_, _, extent), view in ((ABOVE, from_above), (BALL, ball), (SIDE, from_the_side)):
        picture = Image.fromarray(view(plan, FINER * extent))
        found.append(picture.resize((extent, extent), Image.Resampling.LANCZOS))
    return tuple(found)


def _gray(light: Float) -> Code:
    """Linear light (h, w) as it is drawn, (h, w, 3) uint8."""
    code = np.round(srgb.encode(np.clip(light, 0, 1).astype(np.float32)) * 255).astype(np.uint8)
    return np.repeat(code[..., None], 3, axis=-1)


def _beam(x: Float, y: Float, toward: float, lamp: Lamp, reach: float) -> Float:
    """Light of a lamp ``toward`` degrees from straight down, to the right, over ``x`` and ``y`` in radii."""
    angle = np.degrees(np.arctan2(x, y))
    off = np.abs((angle - toward + 180) % 360 - 180)
    radius = np.hypot(x, y)
    wedge = off <= max(lamp.size, 5.0) / 2
    body = wedge & (radius > reach - 0.09) & (radius <= reach)
    light = 0.55 * (wedge & (radius <= reach - 0.09)) + 1.0 * body
    return np.asarray(SHOWN * lamp.power * light, np.float32)


def from_above(plan: Relight, extent: int) -> Code:
    """The studio from above, (extent, extent, 3) uint8: the camera below, the head in the middle."""
    x, y = _grid(extent)
    light = np.full(x.shape, 0.35 * SHOWN * plan.ambient, np.float32)
    for lamp in plan.lamps:
        if lamp.role != "backdrop":
            light += _beam(x, y, lamp.azimuth, lamp, 0.97)
    light[np.hypot(x, y) > 0.97] = DARK
    picture = Image.fromarray(_gray(light))
    draw, half = ImageDraw.Draw(picture), extent / 2
    _head_from_above(draw, half)
    _camera(draw, half, half * 1.86, half * 0.1)
    return np.asarray(picture)


def from_the_side(plan: Relight, extent: int) -> Code:
    """The key's height, (extent, extent, 3) uint8: the camera at the left, the head looks at it."""
    x, y = _grid(extent)
    lamp = key_of(plan)
    # The head stands right of the middle, and the beam's own center with it.
    light = _beam(x - 0.45, y - 0.15, -(90 + lamp.elevation), lamp, 1.2) + np.float32(DARK)
    picture = Image.fromarray(_gray(light))
    draw, half = ImageDraw.Draw(picture), extent / 2
    level = half * 1.15
    for dash in np.arange(0.3, 1.1, 0.12) * half:
        draw.line((dash, level, dash + half * 0.05, level), fill=BODY, width=FINER)
    x0, size = half * 1.45, half * 0.26
    draw.ellipse((x0 - size, level - size * 1.2, x0 + size, level + size * 1.2), fill=HEAD)
    nose = ((-0.93, -0.25), (-1.4, 0.25), (-0.9, 0.3))
    draw.polygon([(x0 + size * right, level + size * down) for right, down in nose], fill=HEAD)
    draw.rectangle((0, level - half * 0.1, half * 0.2, level + half * 0.1), fill=CAMERA)
    lens = ((0.2, 0.0), (0.3, -0.08), (0.3, 0.08))
    draw.polygon([(half * right, level + half * down) for right, down in lens], fill=CAMERA)
    return np.asarray(picture)


def ball(plan: Relight, extent: int) -> Code:
    """A matt ball under the plan's lamps as the camera sees it, (extent, extent, 3) uint8."""
    x, y = _grid(extent)
    square = x**2 + y**2
    inside = square < 0.98**2
    normals = np.stack([x, -y, np.sqrt(np.clip(0.98**2 - square, 0, None))], axis=-1)[inside] / 0.98
    light = np.full(len(normals), plan.ambient, np.float64)
    for lamp in plan.lamps:
        if lamp.role != "backdrop":
            light += lamp.power * np.clip(normals @ _rays(lamp).T, 0, None).mean(axis=1)
    picture = np.full(x.shape, DARK, np.float32)
    picture[inside] = LIT * light / np.percentile(light, 95)
    return _gray(picture)


def _rays(lamp: Lamp) -> Double:
    """Directions to points spread evenly over a round lamp, (RAYS, 3)."""
    to = direction(lamp)
    aside = np.cross(to, [0, 1, 0])
    aside /= np.linalg.norm(aside)
    number = np.arange(RAYS) + 0.5
    away = np.radians(min(lamp.size, 170.0) / 2) * np.sqrt(number / RAYS)
    turn = np.pi * (1 + 5**0.5) * number
    around = np.cos(turn)[:, None] * aside + np.sin(turn)[:, None] * np.cross(aside, to)
    return np.asarray(np.cos(away)[:, None] * to + np.sin(away)[:, None] * around, np.float64)


def _grid(extent: int) -> tuple[Float, Float]:
    """Right and down from the middle, in halves of the view, each (extent, extent)."""
    line = ((np.arange(extent) + 0.5) * 2 / extent - 1).astype(np.float32)
    x, y = np.meshgrid(line, line)
    return x, y


def _head_from_above(draw: ImageDraw.ImageDraw, half: float) -> None:
    size = half * 0.15
    draw.ellipse((half - 2.1 * size, half - 0.2 * size, half + 2.1 * size, half + 1.0 * size), fill=BODY)
    draw.ellipse((half - size, half - size * 1.15, half + size, half + size * 1.15), fill=HEAD)
    draw.polygon(
        [(half - size * 0.28, half + size), (half + size * 0.28, half + size), (half, half + size * 1.6)],
        fill=HEAD,
    )


def _camera(draw: ImageDraw.ImageDraw, x: float, y: float, size: float) -> None:
    draw.rectangle((x - size, y - size * 0.5, x + size, y + size * 0.7), fill=CAMERA)
    draw.polygon(
        [(x, y - size * 0.4), (x - size * 0.6, y - size * 1.2), (x + size * 0.6, y - size * 1.2)], fill=CAMERA
    )
