"""``python -m render.pipeline selfie.jpg --style rembrandt --out portraits/``"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import run
from .color import srgb
from .contact_sheet import contact_sheet
from .contract import Code, Identity
from .errors import FileTooLarge, Refused, UnreadableFile
from .faces.mediapipe import shared
from .identity_file import dump
from .limits import MAX_BYTES
from .pool import Pool
from .recipe import find, load_catalogue
from .stage import Stage
from .stages.encode import digest, encode, encode_proof
from .stages.gate import placed_landmarks
from .stages.preview import preview

FORMATS = {"jpeg": "jpg", "png": "png", "tiff": "tif", "webp": "webp", "avif": "avif"}
REFUSED = 2
INTERRUPTED = 130  # as a shell says it


class Bar:
    """A progress line with the stage's name, on standard error."""

    def __init__(self) -> None:
        self.stage = ""

    def __call__(self, stage: str, share: float) -> None:
        if not sys.stderr.isatty():
            if stage != self.stage:
                print(stage, file=sys.stderr)
        else:
            filled = round(24 * share)
            print(
                f"\r\x1b[K{stage:28} {'█' * filled}{'░' * (24 - filled)} {share:4.0%}",
                end="",
                file=sys.stderr,
                flush=True,
            )
        self.stage = stage

    def close(self) -> None:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.list:
        for recipe in load_catalogue():
            print(f"{recipe.slug:16} {recipe.category:20} {recipe.summary}")
        return 0
    bar = Bar()
    try:
        recipes = load_catalogue() if options.all else (find(options.style),)
        data = _read(options.selfie)
        identity = run.identify(data, shared(), mirrored=options.mirrored, tell=bar)
        for warning in identity.warnings:
            print(f"Note: {warning}", file=sys.stderr)
        if options.all:
            return _all(options, identity, bar)
        sitter = run.sit(identity, bar)
        return _one(options, run.prove(sitter, recipes[0], shared(), seed=options.seed, tell=bar), bar)
    except Refused as refusal:
        bar.close()
        print(f"{refusal.sentence} {refusal.fix}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        bar.close()
        return INTERRUPTED


def _one(options: argparse.Namespace, approved: run.Proof, bar: Bar) -> int:
    """Proof, preview, report and, unless only a preview was asked for, the full portrait."""
    full = None if options.preview else run.enlarge(approved, bar)
    files = {
        "preview.jpg": encode(_preview(approved), format="jpeg", quality=88),
        "proof.png": encode_proof(approved.code),
        "report.json": (json.dumps(approved.report(full), indent=2, ensure_ascii=False) + "\n").encode(),
    }
    if full is not None:
        for name in options.formats.split(","):
            bar(f"{Stage.ENCODE} {name}", 0)
            files[f"full.{FORMATS[name]}"] = encode(full, format=name)
    bar.close()
    _write(options.out, files)
    _print_table(approved)
    return 0


def _preview(approved: run.Proof) -> Code:
    """As the site shows it, but for the site's secret."""
    points = placed_landmarks(approved.scene).points
    return preview(approved.code, points, secret=digest(approved.code.tobytes()).encode())


def _all(options: argparse.Namespace, identity: Identity, bar: Bar) -> int:
    """A contact sheet of every style, the selfie first; 1 where a style ended in an error of ours."""
    selfie = srgb.codes(identity.pixels)
    pictures, missing, broken = [("the selfie, cut out", selfie)], [], 0
    bar("start", 0)
    with Pool() as pool:
        for outcome in pool.prove(dump(identity), load_catalogue(), seed=options.seed, tell=bar):
            name = outcome.recipe.name
            if outcome.proved:
                pictures.append((name, outcome.proved.code))
            elif isinstance(outcome.error, Refused):
                missing.append(f"{name}: {outcome.error.sentence}")
            else:
                missing.append(f"{name}: {outcome.error!r}")
                broken = 1
    bar.close()
    _write(options.out, {"contact-sheet.jpg": encode(contact_sheet(pictures), format="jpeg", quality=92)})
    for line in missing:
        print(line, file=sys.stderr)
    return broken


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileTooLarge
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read.", "Give the path of a photograph.") from error


def _write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        print(folder / name)


def _print_table(approved: run.Proof) -> None:
    found, where = approved.finding.likeness, approved.finding.registration
    kept = approved.finding.asymmetry
    rows = (
        ("registration p95", f"{where.p95:.3%} of IPD", "<= 0.150%"),
        ("landmark error, inner face", f"{found.error_mean:.2%} of IPD", "raw, in the new light"),
        ("asymmetry, by the skin", f"{kept.gain:.3f}" if kept else "not measured", "1 is kept"),
        (
            "asymmetry, by a detector",
            f"{found.gain:.2f} +- {found.gain_noise:.2f}",
            "1 is kept; raw, in the new light",
        ),
        ("asymmetry direction", f"{found.direction:.3f}", "1 is kept, below 0 mirrored"),
        ("repeatability", f"{found.noise_portrait:.2%} of IPD", "<= 0.50%"),
    )
    for name, value, note in rows:
        print(f"{name:28} {value:>20}   {note}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m render.pipeline", description="One selfie to a studio portrait."
    )
    parser.add_argument("selfie", type=Path, nargs="?", default=Path("selfie.jpg"))
    parser.add_argument("--style", default="corporate", help="slug of a style (see --list)")
    parser.add_argument("--all", action="store_true", help="every style, on one contact sheet")
    parser.add_argument("--preview", action="store_true", help="stop at the preview: no full portrait")
    parser.add_argument("--out", type=Path, default=Path("portraits"), help="folder for the files")
    parser.add_argument(
        "--formats", default="jpeg", type=_formats, help=f"of the full portrait: {','.join(FORMATS)}"
    )
    parser.add_argument("--seed", type=int, default=run.SEED)
    parser.add_argument(
        "--mirrored", action="store_true", help="the selfie was stored mirrored: turn it back"
    )
    parser.add_argument("--list", action="store_true", help="list the styles")
    return parser


def _formats(text: str) -> str:
    if unknown := set(text.split(",")) - set(FORMATS):
        raise argparse.ArgumentTypeError(f"unknown format {', '.join(sorted(unknown))}")
    return text


if __name__ == "__main__":
    raise SystemExit(main())
