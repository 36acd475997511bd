"""Run by path, with PYTHONPATH at an engine of any revision since 3bff6dd: STYLES OUT SELFIES...

Writes OUT/SELFIE-STYLE.png, and a line of JSON for each refusal. It may use only what the engine of every
revision has, and imports nothing from beside itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from render.pipeline import run
from render.pipeline.errors import Refused
from render.pipeline.faces.mediapipe import shared
from render.pipeline.recipe import find
from render.pipeline.stages.encode import encode


def main(styles: list[str], out: Path, selfies: list[Path]) -> None:
    """Prove every selfie in every style."""
    for number, path in enumerate(selfies, 1):
        print(f"{out.name}: {path.stem}, {number} of {len(selfies)}", file=sys.stderr, flush=True)
        try:
            sitter = run.sit(run.identify(path.read_bytes(), shared()))
        except Refused as refusal:
            tell(path, "", refusal)
            continue
        for style in styles:
            try:
                proof = run.prove(sitter, find(style), shared())
            except Refused as refusal:
                tell(path, style, refusal)
                continue
            (out / f"{path.stem}-{style}.png").write_bytes(encode(proof.code, format="png"))


def tell(path: Path, style: str, refusal: Refused) -> None:
    """A refusal as a line."""
    told = {"selfie": path.stem, "style": style, "code": refusal.code, "sentence": refusal.sentence}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1].split(","), Path(sys.argv[2]), list(map(Path, sys.argv[3:])))
