"""``python -m render.pipeline.evidence --faces DIR --out DIR``: every style on every face, measured."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from render.pipeline.contact_sheet import contact_sheet
from render.pipeline.contract import Code
from render.pipeline.measure.light import KeyLight
from render.pipeline.recipe import find, load_catalogue
from render.pipeline.stages.encode import encode

from . import tables
from .promises import Full, Promise, judge
from .reading import Row
from .studio import Order, Shoot, shoot, style_lights

NOT_FIT = {"12", "13"}
"""The set's faces that look away and are refused: docs/evidence.md."""


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    faces = [path for path in sorted(options.faces.glob("*.jpg")) if _wanted(_name(path), options.only)]
    if not faces:
        print(
            f"There is no face in {options.faces}. Give a folder of photographs with --faces.",
            file=sys.stderr,
        )
        return 2
    started = time.monotonic()
    shoots = _all_shoots(faces, options)
    rows = [row for one in shoots for row in one.rows]
    fulls = [full for one in shoots for full in one.fulls]
    refused = [line for one in shoots for line in one.refused]
    if not rows:
        print("\n".join(refused), file=sys.stderr)
        return 1
    promises = judge(rows, fulls)
    _write(options.out, rows, promises, fulls, shoots)
    _print(promises, refused, f"{len(rows)} portraits in {time.monotonic() - started:.0f} s; {options.out}")
    return 0 if all(promise.kept for promise in promises) and not refused else 1


def _all_shoots(faces: list[Path], options: argparse.Namespace) -> list[Shoot]:
    """One face after another on every core; each process keeps to its own. With one, all is done here."""
    slugs = tuple(options.styles.split(",")) if options.styles else tuple(r.slug for r in load_catalogue())
    for slug in slugs:
        find(slug)
    if options.processes == 1:
        return _told(map(shoot, _orders(faces, options, style_lights(slugs))), len(faces))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.processes, mp_context=context) as pool:
        parts = [slugs[start :: options.processes] for start in range(options.processes)]
        lights = {slug: key for part in pool.map(style_lights, parts) for slug, key in part.items()}
        waiting = [
            pool.submit(shoot, order) for order in _orders(faces, options, {s: lights[s] for s in slugs})
        ]
        return _told((future.result() for future in as_completed(waiting)), len(faces))


def _orders(faces: list[Path], options: argparse.Namespace, lights: dict[str, KeyLight]) -> list[Order]:
    """What to do with each face; ``lights`` holds the styles in order."""
    slugs = tuple(lights)
    enlarged = [
        [slugs[i % len(slugs)] for i in range(n, options.fulls, len(faces))] for n in range(len(faces))
    ]
    return [
        Order(_name(path), path, lights, number, options.control, options.honesty, tuple(enlarged[number]))
        for number, path in enumerate(faces)
    ]


def _told(shoots: Iterable[Shoot], count: int) -> list[Shoot]:
    """All shoots in the order of their faces; says so as each one comes in."""
    done: list[Shoot] = []
    for one in shoots:
        done.append(one)
        print(f"face {one.face} done, {len(done)} of {count}", file=sys.stderr, flush=True)
    return sorted(done, key=lambda one: one.face)


def _write(
    out: Path, rows: list[Row], promises: list[Promise], fulls: list[Full], shoots: list[Shoot]
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "evidence.md").write_text(tables.markdown(rows, promises, fulls))
    (out / "evidence.csv").write_text(tables.comma_separated(rows))
    whole = {
        "promises": [asdict(promise) for promise in promises],
        "portraits": [row.as_dict() for row in rows],
        "fulls": [asdict(full) for full in fulls],
    }
    (out / "evidence.json").write_text(json.dumps(whole, indent=1) + "\n")
    by_style: dict[str, list[tuple[str, Code]]] = {}
    for one in shoots:
        _sheet(out / f"face-{one.face}.jpg", one.pictures)
        for slug, picture in one.pictures:
            by_style.setdefault(slug, []).append((one.face, picture))
    for slug, pictures in by_style.items():
        _sheet(out / f"style-{slug}.jpg", pictures)


def _sheet(path: Path, pictures: list[tuple[str, Code]]) -> None:
    if pictures:
        path.write_bytes(encode(contact_sheet(pictures), format="jpeg", quality=90))


def _print(promises: list[Promise], refused: list[str], last: str) -> None:
    for promise in promises:
        mark = "kept  " if promise.kept else "BROKEN"
        print(f"{mark} {promise.name:34} {promise.measured:52} {promise.target}")
    for line in refused:
        print(f"BROKEN {line}")
    print(last)


def _name(path: Path) -> str:
    return path.stem.removeprefix("sitter-")


def _wanted(name: str, only: str) -> bool:
    return name in only.split(",") if only else name not in NOT_FIT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m render.pipeline.evidence", description=__doc__)
    faces = os.environ.get("PORTRAITOS_TEST_FACES", "faces")
    parser.add_argument("--faces", type=Path, default=Path(faces), help="folder of photographs")
    parser.add_argument("--out", type=Path, default=Path("out/evidence"))
    parser.add_argument("--styles", default="", help="slugs, comma between them; all by default")
    parser.add_argument("--only", default="", help="faces, comma between them: 01,04")
    parser.add_argument(
        "--fulls", type=int, default=6, help="how many portraits to enlarge and hold against their proofs"
    )
    parser.add_argument("--processes", type=int, default=max(1, len(os.sched_getaffinity(0))))
    parser.add_argument(
        "--no-control", dest="control", action="store_false", help="leave the symmetrized control out"
    )
    parser.add_argument(
        "--no-honesty", dest="honesty", action="store_false", help="leave painted spots and skin out"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
