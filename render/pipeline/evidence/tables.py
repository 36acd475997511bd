"""The evidence as text: markdown for people, CSV and JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from render.pipeline.measure.catchlights import JUDGED

from .promises import CLOCK, DELTA_E, Full, Promise, guesses, skin_groups, turned
from .reading import Row

Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def markdown(rows: Sequence[Row], promises: Sequence[Promise], fulls: Sequence[Full]) -> str:
    """The whole report."""
    faces, styles = _kinds(rows, "face"), _kinds(rows, "style")
    sections = [
        ("Promises", promise_table(promises)),
        ("By style", _summary(rows, "style")),
        ("By face", _summary(rows, "face")),
        ("Key azimuth less the style's, degrees", _grid(rows, faces, styles, _azimuth)),
        (
            "Ratio less the style's, stops",
            _grid(rows, faces, styles, _ratio),
        ),
        ("Catchlights, degrees off (right, left)", _grid(rows, faces, styles, _clocks)),
        ("Eyes whose catchlight was not measured", _reasons(rows)),
        ("Raw likeness: error % IPD, gain, direction", _grid(rows, faces, styles, _likeness)),
        ("The same, symmetrized by 25 %: registration p95, % IPD", _grid(rows, faces, styles, _bent)),
        ("Skin by group", _skin(rows)),
        ("Spots found of sure", _grid(rows, faces, styles, _spots)),
        ("Styles taken for others", _confusions(rows)),
        ("Full against proof, of 255", _fulls(fulls)),
    ]
    parts = ["# Evidence", f"{len(rows)} portraits: {len(styles)} styles on {len(faces)} faces."]
    for title, (head, body) in sections:
        if body:
            parts += [f"## {title}", _table(head, body)]
    return "\n\n".join(parts) + "\n"


def promise_table(promises: Sequence[Promise]) -> Table:
    """Each promise with its target, what was measured, and the verdict."""
    return ("promise", "target", "measured", "kept"), [
        (p.name, p.target, p.measured, "yes" if p.kept else "**no**") for p in promises
    ]


def comma_separated(rows: Sequence[Row]) -> str:
    """One line a portrait; nested values as JSON, the features left out."""
    sheet = io.StringIO()
    plain = [row.as_dict() for row in rows]
    names = [name for name in plain[0] if name != "features"]
    writer = csv.DictWriter(sheet, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for values in plain:
        writer.writerow({n: _cell(values[n]) for n in names})
    return sheet.getvalue()


def _cell(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict | list | tuple) else value


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body])


def _kinds(rows: Sequence[Row], name: str) -> list[str]:
    return list(dict.fromkeys(str(getattr(row, name)) for row in rows))


def _summary(rows: Sequence[Row], by: str) -> Table:
    """Medians of likeness and light, by style or by face."""
    head = (
        by,
        "reg p95 %",
        "NME %",
        "gain",
        "direction",
        "azimuth off",
        "ratio off",
        "eyes <= 15",
        "spots",
        "dE00 p95",
    )
    body = []
    for kind in _kinds(rows, by):
        some = [row for row in rows if getattr(row, by) == kind]
        eyes = [error for row in some for error in row.catchlight_errors]
        colors = [value for values in skin_groups(some).values() for value in values]
        sure = sum(row.spots.get("visible", 0) for row in some)
        body.append(
            (
                kind,
                f"{100 * max(row.registration_p95 for row in some):.3f}",
                f"{100 * _median(row.error_mean for row in some):.2f}",
                f"{_median(row.gain for row in some):.2f}",
                f"{_median(row.direction for row in some):.3f}",
                f"{_median(turned(row) for row in some):.0f}",
                f"{_median(abs(row.ratio - row.ratio_style) for row in some):.2f}",
                f"{sum(error <= CLOCK for error in eyes)}/{len(eyes)}",
                f"{sum(row.spots.get('found', 0) for row in some)}/{sure}",
                f"{np.percentile(colors, 95):.1f}" if colors else "",
            )
        )
    return head, body


def _median(values: Iterable[float]) -> float:
    return float(np.median(list(values)))


def _grid(
    rows: Sequence[Row], faces: Sequence[str], styles: Sequence[str], cell: Callable[[Row], str]
) -> Table:
    by = {(row.face, row.style): cell(row) for row in rows}
    return ("style", *faces), [(style, *(by.get((face, style), "") for face in faces)) for style in styles]


def _azimuth(row: Row) -> str:
    return f"{(row.azimuth - row.azimuth_style + 180) % 360 - 180:+.0f}"


def _ratio(row: Row) -> str:
    return f"{row.ratio - row.ratio_style:+.1f}"


def _clocks(row: Row) -> str:
    errors = iter(row.catchlight_errors)
    return ", ".join(f"{next(errors):.0f}" if why in JUDGED else "-" for why in row.catchlight_why)


def _likeness(row: Row) -> str:
    return f"{100 * row.error_mean:.2f} {row.gain:.2f} {row.direction:.2f}"


def _bent(row: Row) -> str:
    return f"{100 * row.control.registration_p95:.2f}" if row.control else ""


def _spots(row: Row) -> str:
    return f"{row.spots['found']}/{row.spots['visible']}" if row.spots else ""


def _reasons(rows: Sequence[Row]) -> Table:
    count = Counter(why for row in rows for why in row.catchlight_why)
    return ("eyes", "count"), [(why, str(number)) for why, number in count.most_common()]


def _skin(rows: Sequence[Row]) -> Table:
    head = ("group", "patches", "median dE00", "p95", f"<= {DELTA_E:g}", "not measured")
    body = []
    missing = Counter(name for row in rows for name, value in row.skin if value is None)
    for name, values in skin_groups(rows).items():
        inside = np.mean(np.array(values) <= DELTA_E)
        median, high = np.percentile(values, [50, 95])
        body.append(
            (name, str(len(values)), f"{median:.2f}", f"{high:.2f}", f"{inside:.1%}", str(missing[name]))
        )
    return head, body


def _confusions(rows: Sequence[Row]) -> Table:
    wrong = [guess for guess in guesses(rows) if guess.named != guess.truth]
    return ("face", "style", "named", "margin"), [
        (guess.face, guess.truth, guess.named, f"{guess.margin:.2f}") for guess in wrong
    ]


def _fulls(fulls: Sequence[Full]) -> Table:
    return ("face", "style", "mean", "p99.9"), [
        (full.face, full.style, f"{full.mean:.3f}", f"{full.p999:.2f}") for full in fulls
    ]
