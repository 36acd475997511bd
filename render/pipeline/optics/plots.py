"""``python -m render.pipeline.optics.plots DIR``: the curves of docs/optics.md, from the stage itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from render.pipeline.contract import Double, Float
from render.pipeline.measure import charts
from render.pipeline.measure.edge import edge

from .filter import see
from .presets import PRESETS
from .transfer import design

WIDTH, HEIGHT, LEFT, BOTTOM = 720, 380, 60, 50
COLORS = ("#1b4965", "#c1440e", "#3a7d44", "#7b2d8b", "#b8860b", "#555555")
SHORT_SIDE, SOURCE = 6144, 0.9


class Curve(NamedTuple):
    """One line of a plot."""

    name: str
    x: Double
    y: Double


class Axes(NamedTuple):
    """What is drawn: titles and ranges of both axes."""

    across: str
    up: str
    x: tuple[float, float]
    y: tuple[float, float]


def plot(curves: Sequence[Curve], axes: Axes) -> str:
    """An SVG of the curves with a grid and a legend."""
    (x0, x1), (y0, y1) = axes.x, axes.y

    def at(x: float, y: float) -> str:
        u = LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - 20)
        return f"{u:.1f},{(HEIGHT - BOTTOM) - (y - y0) / (y1 - y0) * (HEIGHT - BOTTOM - 20):.1f}"

    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
    parts = [head + ' font-size="13"><rect width="100%" height="100%" fill="#fff"/>']
    for x in np.linspace(x0, x1, 6):
        parts.append(f'<polyline points="{at(x, y0)} {at(x, y1)}" stroke="#ddd" fill="none"/>')
        u, v = at(x, y0).split(",")
        parts.append(f'<text x="{u}" y="{float(v) + 18}" text-anchor="middle">{x:g}</text>')
    for y in np.linspace(y0, y1, 6):
        parts.append(f'<polyline points="{at(x0, y)} {at(x1, y)}" stroke="#ddd" fill="none"/>')
        u, v = at(x0, y).split(",")
        parts.append(f'<text x="{float(u) - 6}" y="{float(v) + 4}" text-anchor="end">{y:.3g}</text>')
    for number, curve in enumerate(curves):
        color = COLORS[number % len(COLORS)]
        inside = (curve.x >= x0) & (curve.x <= x1)
        points = " ".join(
            at(float(x), float(np.clip(y, y0, y1)))
            for x, y in zip(curve.x[inside], curve.y[inside], strict=True)
        )
        parts.append(f'<polyline points="{points}" stroke="{color}" stroke-width="2" fill="none"/>')
        parts.append(f'<text x="{WIDTH - 190}" y="{34 + 18 * number}" fill="{color}">{curve.name}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">{axes.across}</text>')
    side = f'transform="rotate(-90 14 {HEIGHT / 2})" x="14" y="{HEIGHT / 2}" text-anchor="middle"'
    parts.append(f"<text {side}>{axes.up}</text>")
    return "\n".join([*parts, "</svg>", ""])


def presets() -> str:
    """MTF of six lenses, the lens alone."""
    lp = np.linspace(0, 60, 121)
    shown = ("apo", "modern_f12", "cream85", "classic85", "glamour_light", "glamour_strong")
    curves = [Curve(slug, lp, PRESETS[slug].mtf(lp)) for slug in shown]
    return plot(curves, Axes("line pairs per mm (short side 24 mm)", "MTF", (0, 60), (0, 1)))


def edges() -> str:
    """A step of a soft source as the stage, an unsharp mask and a clarity slider show it."""
    chart = charts.slanted_edge((240, 400), 5.0, SOURCE).astype(np.float32)

    def masked(amount: float, radius: float) -> Double:
        return np.asarray(chart + amount * (chart - cv2.GaussianBlur(chart, (0, 0), radius)), np.float64)

    seen: dict[str, Float | Double] = {
        "source": chart,
        "apo": see(chart, design("apo", SOURCE, 1.0, SHORT_SIDE)),
        "unsharp 60 % r3": masked(0.6, 3),
        "clarity 30 % r20": masked(0.3, 20),
    }
    measured = [(name, edge(picture)) for name, picture in seen.items()]
    curves = [Curve(name, one.positions, one.profile) for name, one in measured]
    return plot(curves, Axes("pixels across the edge", "light, of the step", (-12, 12), (-0.2, 1.2)))


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print("Name the folder for the curves.", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mtf.svg").write_text(presets())
    (folder / "edges.svg").write_text(edges())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
