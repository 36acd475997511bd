"""``python -m render.pipeline.optics IN.npy OUT.npy --lens apo --source-sigma 0.9``: a chart of your own.

The stage that portraits get, on a float32 linear array (H x W or H x W x 3) whose short side is 24 mm.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from render.pipeline.contract import Double, Float

from .filter import see
from .presets import PRESETS, cycles_per_px
from .transfer import Design, design, target

LP_PER_MM = (5.0, 10.0, 20.0, 30.0, 40.0)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if not options.describe and (options.input is None or options.output is None):
        return _refuse("Name an input and an output .npy, or ask for --describe.")
    try:
        found = design(options.lens, options.source_sigma, options.strength, options.short_side)
        if options.describe:
            print(json.dumps(describe(options.lens, found), indent=1))
            return 0
        picture = _read(options.input)
    except (OSError, ValueError) as error:
        return _refuse(str(error))
    np.save(options.output, see(picture, found))
    return 0


def describe(slug: str, found: Design) -> dict[str, object]:
    """What is wanted, what is reached and what was given up, MTF with the pixel's area."""
    frequency = np.array([cycles_per_px(lp, found.short_side) for lp in LP_PER_MM])
    return {
        "lens": slug,
        "design": PRESETS[slug].design,
        "patent": PRESETS[slug].patent,
        "source_sigma_px": found.source_sigma,
        "short_side_px": found.short_side,
        "lp_per_mm": list(LP_PER_MM),
        "target": _rounded(target(PRESETS[slug], frequency, found.short_side)),
        "reached": _rounded(found.reached(frequency)),
        "gain": _rounded(found.gain(frequency)),
        "softened_um": round(found.softened_um, 2),
        "overshoot": round(found.overshoot, 4),
        "terms_px_weight": [[round(sigma, 3), round(b, 4)] for sigma, b in found.terms],
    }


def _rounded(values: Double) -> list[float]:
    return [round(float(value), 4) for value in values]


def _read(path: Path) -> Float:
    picture = np.load(path, allow_pickle=False)
    if picture.dtype != np.float32 or picture.ndim not in (2, 3) or picture.shape[2:] not in ((), (3,)):
        raise ValueError(
            f"{path} holds {picture.dtype} of shape {picture.shape}. Save float32, H x W or H x W x 3."
        )
    if not np.isfinite(picture).all():
        raise ValueError(f"{path} holds values that are no numbers. Replace them.")
    return np.asarray(picture, np.float32)


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m render.pipeline.optics", description=__doc__)
    parser.add_argument("input", type=Path, nargs="?", help="float32 linear array, .npy")
    parser.add_argument("output", type=Path, nargs="?", help="where the seen array goes")
    parser.add_argument("--lens", choices=sorted(PRESETS), default="modern_f12")
    parser.add_argument("--source-sigma", type=float, default=0.6, help="blur of the input in its pixels")
    parser.add_argument("--strength", type=float, default=1.0, help="0 leaves it, 1 gives the lens")
    parser.add_argument("--short-side", type=int, default=6144, help="pixels that are 24 mm")
    parser.add_argument("--describe", action="store_true", help="print the transfer as JSON")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
