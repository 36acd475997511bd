"""What is promised, and whether the portraits keep it. Each promise is one line of the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from render.pipeline.measure import skin, style_features
from render.pipeline.measure.overshoot import GROWN
from render.pipeline.measure.registration import LEAST_MATCHED, LIMIT
from render.pipeline.recipe import find
from render.pipeline.recipe_rules import LOCATION

from .reading import Row

SHARE = 0.95
SOFT_SHARE = 0.90  # where soft light tells less, or some of the old is left: decisions 0054, 0063
"""Of the portraits (eyes, spots, patches) that must be inside a promise's limit: what is read from
pixels alone is wrong now and then, and one wrong reading in twenty is the most that we forgive."""

AZIMUTH, STOPS, CLOCK, DELTA_E = 20.0, 0.5, 15.0, 3.0
SOFT_AZIMUTH = 45.0
"""Degrees; a soft style leaves the selfie's own light where it is and adds its own (decision 0064)."""

KEPT = (0.97, 1.03)
ERROR, GAIN, DIRECTION, SHRINK = 0.007, (0.95, 1.05), 0.97, (0.95, 1.05)
FULL_MEAN, FULL_P999 = 0.5, 4.0
EDGES_GROWN = 0.01
"""Share of one portrait's strong edges that may leave their range behind the lens: gate 16 of the optics."""


@dataclass(frozen=True)
class Promise:
    """``measured`` and ``target`` are for people; ``kept`` decides the exit code."""

    name: str
    target: str
    measured: str
    kept: bool


@dataclass(frozen=True)
class Full:
    """A full portrait averaged down against its proof, code values."""

    face: str
    style: str
    mean: float
    p999: float


def judge(rows: Sequence[Row], fulls: Sequence[Full]) -> list[Promise]:
    """Every promise that ``rows`` say something about."""
    return [
        *_likeness(rows),
        *_light(rows),
        *_style(rows),
        *_honesty(rows),
        *_lens(rows),
        *_same_picture(fulls),
    ]


def guesses(rows: Sequence[Row]) -> list[style_features.Guess]:
    """The style that each portrait is taken for when its sitter is left out.

    Styles on location are not among the names: before each sitter's own place numbers cannot tell them.
    """
    studio = [row for row in rows if find(row.style).backdrop.kind != LOCATION]
    if len({row.face for row in studio}) < 2:
        return []
    return style_features.name_each([(row.face, row.style, np.array(row.features)) for row in studio])


def _likeness(rows: Sequence[Row]) -> Iterable[Promise]:
    worst = max(row.registration_p95 for row in rows)
    passed = all(row.registration_p95 <= LIMIT and row.matched >= LEAST_MATCHED for row in rows)
    yield Promise("registration p95", f"<= {LIMIT:.2%} of IPD", f"worst {worst:.3%}", passed)
    yield from _kept(rows)
    error, gain, direction = (
        float(np.median([getattr(row, name) for row in rows])) for name in ("error_mean", "gain", "direction")
    )
    yield Promise("raw landmark error, median", f"<= {ERROR:.1%} of IPD", f"{error:.2%}", error <= ERROR)
    inside = GAIN[0] <= gain <= GAIN[1]
    yield Promise("raw asymmetry gain, median", f"{GAIN[0]}-{GAIN[1]}", f"{gain:.3f}", inside)
    yield Promise(
        "raw asymmetry direction, median", f">= {DIRECTION}", f"{direction:.3f}", direction >= DIRECTION
    )
    selfie = sum(row.odd_selfie for row in rows)
    shrink = sum(row.odd_portrait for row in rows) / max(selfie, 1e-12)
    inside = SHRINK[0] <= shrink <= SHRINK[1]
    yield Promise("population shrink factor", f"{SHRINK[0]}-{SHRINK[1]}", f"{shrink:.3f}", inside)
    controls = [row.control for row in rows if row.control]
    if controls:
        refused = [bool(control.refused_by) for control in controls]
        by = sum("registration" in control.refused_by for control in controls)
        text = f"{np.mean(refused):.1%} refused; by registration {by / len(controls):.1%}"
        yield Promise("symmetrized by 25 % is refused", "all", text, all(refused))


def _kept(rows: Sequence[Row]) -> Iterable[Promise]:
    """The asymmetry that the skin tells of, and the control from which a quarter of it is gone."""
    gains = [row.carried.gain for row in rows if row.carried]
    low, high = min(gains, default=np.nan), max(gains, default=np.nan)
    kept = len(gains) >= SHARE * len(rows) and all(KEPT[0] <= gain <= KEPT[1] for gain in gains)
    text = f"{low:.3f}-{high:.3f}; {len(gains)} of {len(rows)} measured"
    yield Promise("asymmetry by the skin", f"{KEPT[0]}-{KEPT[1]}, {SHARE:.0%} measured", text, kept)
    controls = [row.control.carried.gain for row in rows if row.control and row.control.carried]
    if controls:
        text = f"largest {max(controls):.2f} of {len(controls)}; median {np.median(controls):.2f}"
        name = "the same, symmetrized by 25 %"
        yield Promise(name, f"< {KEPT[0]}, all", text, max(controls) < KEPT[0])


def turned(row: Row) -> float:
    """Degrees between the refitted and the style's azimuth."""
    return abs((row.azimuth - row.azimuth_style + 180) % 360 - 180)


def hard(row: Row) -> bool:
    """Whether the portrait's style promises hard light."""
    return find(row.style).relight.hard


def _light(rows: Sequence[Row]) -> Iterable[Promise]:
    shadows, soft = [row for row in rows if hard(row)], [row for row in rows if not hard(row)]
    if shadows:
        turns = [turned(row) for row in shadows]
        yield _share("key azimuth, hard light", f"within {AZIMUTH:g} degrees", turns, AZIMUTH, SOFT_SHARE)
        yield _share(
            "key-to-fill ratio, hard light",
            f"within {STOPS:g} stop",
            [abs(row.ratio - row.ratio_style) for row in shadows],
            STOPS,
            SOFT_SHARE,
        )
    if soft:
        turns = [turned(row) for row in soft]
        yield _share(
            "key azimuth, soft light", f"within {SOFT_AZIMUTH:g} degrees", turns, SOFT_AZIMUTH, SOFT_SHARE
        )
    errors = [error for row in rows for error in row.catchlight_errors]
    eyes = 2 * len(rows)
    if errors:
        line = _share("catchlights, key's direction", f"within {CLOCK:g} degrees", errors, CLOCK)
        yield Promise(line.name, line.target, f"{line.measured}; {len(errors)} of {eyes} eyes", line.kept)
    both = [row.catchlight_disagreement for row in rows if row.catchlight_disagreement is not None]
    if both:
        yield _share("catchlights, both eyes", f"within {CLOCK:g} degrees", both, CLOCK)
    flat = sum(row.shadow_flat for row in rows)
    patches = sum(row.shadow_patches for row in rows)
    yield Promise(
        "shadow side keeps texture", "no flat patch", f"{flat} flat of {patches} patches", flat == 0
    )


def _style(rows: Sequence[Row]) -> Iterable[Promise]:
    named = guesses(rows)
    if named and len({row.style for row in rows}) > 1:
        right = float(np.mean([guess.named == guess.truth for guess in named]))
        yield Promise(
            "style named, sitter left out", f">= {SOFT_SHARE:.0%}", f"{right:.1%}", right >= SOFT_SHARE
        )


def _honesty(rows: Sequence[Row]) -> Iterable[Promise]:
    visible = sum(row.spots.get("visible", 0) for row in rows)
    if visible:
        recall = sum(row.spots["found"] for row in rows if row.spots) / visible
        wrong = sum(row.spots["false"] for row in rows if row.spots)
        places = sum(row.spots["control"] for row in rows if row.spots)
        text = f"{recall:.1%} of {visible}; false {wrong / max(places, 1):.1%}"
        yield Promise("painted spots found again", f">= {SHARE:.0%}", text, recall >= SHARE)
    by_group = skin_groups(rows)
    if by_group:
        every = [value for values in by_group.values() for value in values]
        worst = max(by_group, key=lambda name: float(np.percentile(by_group[name], 95)))
        line = _share("skin color comes back", f"dE00 <= {DELTA_E:g}", every, DELTA_E)
        text = f"{line.measured}; worst group {worst}"
        kept = all(np.mean(np.array(values) <= DELTA_E) >= SHARE for values in by_group.values())
        yield Promise(line.name, f"{line.target}, in every group", text, kept)


def _lens(rows: Sequence[Row]) -> Iterable[Promise]:
    worst = max(row.edges_grown for row in rows)
    yield Promise(
        "strong edges do not overshoot",
        f"> {GROWN:.0%} at most at {EDGES_GROWN:.0%} of them",
        f"worst {worst:.2%}; median {np.median([row.edges_grown for row in rows]):.3%}",
        worst <= EDGES_GROWN,
    )


def skin_groups(rows: Sequence[Row]) -> dict[str, list[float]]:
    """Measured color differences by skin-tone group, in the groups' order."""
    found: dict[str, list[float]] = {name: [] for name in skin.SKINS}
    for row in rows:
        for name, value in row.skin:
            if value is not None:
                found[name].append(value)
    return {name: values for name, values in found.items() if values}


def _same_picture(fulls: Sequence[Full]) -> Iterable[Promise]:
    if fulls:
        mean, high = max(full.mean for full in fulls), max(full.p999 for full in fulls)
        kept = mean <= FULL_MEAN and high <= FULL_P999
        target = f"mean <= {FULL_MEAN}/255, p99.9 <= {FULL_P999:g}/255"
        yield Promise("full against proof", target, f"worst {mean:.2f}, {high:.1f} of {len(fulls)}", kept)


def _share(name: str, limit: str, values: Sequence[float], largest: float, least: float = SHARE) -> Promise:
    """A promise that ``least`` of ``values`` keep: at most ``largest``."""
    inside = float(np.mean(np.array(values) <= largest))
    text = f"{inside:.1%}; median {np.median(values):.2g}, p95 {np.percentile(values, 95):.3g}"
    return Promise(name, f"{limit} in {least:.0%}", text, inside >= least)
