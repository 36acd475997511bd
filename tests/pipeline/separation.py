"""The tables of docs/likeness.md: ``python -m tests.pipeline.separation FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from render.pipeline.contract import Float, Landmarks
from render.pipeline.faces.mediapipe import shared
from render.pipeline.measure.carried import carried
from render.pipeline.measure.likeness import compare
from render.pipeline.measure.registration import register
from render.pipeline.measure.symmetrize import symmetrize

from . import damage
from .test_registration import pushed

CHANGES = ("q40", "relit", "25 %", "25 % relit", "50 %", "100 %", "mirrored")


def row(number: int, picture: Float, landmarks: Landmarks) -> tuple[list[str], ...]:
    """Noise by crops, registration, asymmetry by the skin and raw scores of one sitter."""
    original = damage.code(picture)
    noise = [f"{100 * shared().landmarks(original, crops=crops).noise:.2f}" for crops in (16, 32, 64)]
    honest, even = damage.relit(picture, number), symmetrize(picture, landmarks, 0.25)
    bends = [pushed(picture, landmarks.points, place) for place in ("mouth", "eye", "jaw")]
    posed, half = (symmetrize(picture, landmarks, share, dimensions=3) for share in (0.25, 0.5))
    shown = [honest, *(damage.relit(bend, number + 20) for bend in [*bends, posed, even, half])]
    moved = [register(picture, other, landmarks.points) for other in shown]
    residuals = [f"{100 * found.p95:.3f}" for found in moved[:6]]
    kept = [carried(landmarks, moved[place]) for place in (0, 4, 6, 5)]
    skin = [f"{one.gain:.3f}" if one else "-" for one in kept]
    pictures = [
        damage.reencoded(picture, 40),
        honest,
        even,
        damage.relit(even, number),
        symmetrize(picture, landmarks, 0.5),
        symmetrize(picture, landmarks, 1.0),
        np.ascontiguousarray(picture[:, ::-1]),
    ]
    found = [compare(landmarks, shared().landmarks(damage.code(other))) for other in pictures]
    errors = [f"{100 * likeness.error_mean:.2f}" for likeness in found[:2]]
    gains = [f"{likeness.gain:.2f}" for likeness in found]
    return noise, residuals, skin, [f"{100 * found[0].magnitude_selfie:.2f}", *errors, *gains]


def main(folder: Path) -> None:
    heads = (
        ("noise, % IPD", ["16", "32", "64 crops"]),
        ("registration p95, % IPD", ["relit", "mouth 1 %", "eye 1 %", "jaw 1 %", "25 %, pose kept", "25 %"]),
        ("asymmetry by the skin", ["relit", "25 %, pose kept", "50 %, pose kept", "25 %"]),
        (
            "raw scores",
            [
                "AM %",
                "NME q40 %",
                "NME relit %",
                "g q40",
                "g relit",
                "g 25 %",
                "g 25 % relit",
                "g 50 %",
                "g 100 %",
                "g mirrored",
            ],
        ),
    )
    rows = {number: row(number, *damage.sitter(folder, number)) for number in range(1, 12)}
    for table, (title, columns) in enumerate(heads):
        print(f"\n{title}\n\n| sitter | {' | '.join(columns)} |\n| --- |{' ---: |' * len(columns)}")
        for number, cells in rows.items():
            print(f"| {number:02d} | {' | '.join(cells[table])} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
