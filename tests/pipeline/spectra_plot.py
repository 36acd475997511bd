"""``python -m tests.pipeline.spectra_plot DIR``: the spectra of docs/optics.md, of one test face.

It stands with the tests because it needs their faces and their harness; it draws curves only.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from render.pipeline.optics.plots import Axes, Curve, plot

from .reduced import Reduced
from .selfies import identity

FACE = "sitter-06"
SHOWN = ("skin", "hair")


def spectra(face: Reduced) -> str:
    """Power of skin and hair: the photograph, and two pictures made of it four times reduced."""
    pictures = {
        "photograph": face.original,
        "the engine's": face.portrait(),
        "bicubic": face.bicubic(),
    }
    measured = {name: face.spectra(picture) for name, picture in pictures.items()}
    curves = [
        Curve(f"{kind}, {name}", np.log2(found[kind].of_nyquist), found[kind].power_db)
        for kind in SHOWN
        for name, found in measured.items()
    ]
    return plot(curves, Axes("octaves from Nyquist", "power, dB", (-5, 0), (-60, 40)))


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print("Name the folder for the curves.", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spectra.svg").write_text(spectra(Reduced(identity(FACE))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
