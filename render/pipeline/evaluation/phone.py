"""``python -m render.pipeline.evaluation.phone``: good portraits as a phone at arm's length takes them.

    ... phone PORTRAITS... --seed N --out DIR       DIR/NAME.jpg and DIR/taken.json

What customers bring is no studio portrait: it is taken in the light that there is, by a small sensor, and
often sent on once. Each file here gets all of that, of ordinary strength and drawn by the seed and its name,
so that the pair tests ask about selfies. The conditions are those of `conditions`, but for the lens: how a
near camera draws hair and a turned cheek is guessed there, and readers would see the guess.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from render.pipeline import run
from render.pipeline.color import srgb
from render.pipeline.contract import Code, Float, Landmarks
from render.pipeline.errors import Refused
from render.pipeline.faces.mediapipe import shared
from render.pipeline.stages.decode import decode

from .conditions import Spoiled, file, messenger
from .invariance import on_photograph
from .light_conditions import backlit, cast, in_linear_light, sensor, window_light
from .pairs_page import read
from .pairs_pictures import outside

LIGHTS = {
    "daylight": 0.25,
    "warm room": 0.3,
    "window on the left": 0.125,
    "window on the right": 0.125,
    "window behind": 0.2,
}
"""How often each light is met."""

KELVIN = (3000, 4600)
"""What is left of a room's lamps after the phone's own white balance."""

BESIDE, BEHIND = (1.0, 2.2), (0.5, 1.3)
"""Stops that a window beside takes from the far side, and one behind from the person."""

ELECTRONS = (1500, 6000)
"""A small pixel's at white, indoors."""

SIDE, QUALITY = 1600, 80
"""What a messenger leaves of a photograph, at most, and its JPEG."""


@dataclass(frozen=True)
class Taking:
    """How one selfie is taken: kelvin or stops of its light (0 in daylight), electrons at white."""

    light: str
    strength: float
    electrons: float


def taking(name: str, seed: int) -> Taking:
    """What the seed draws for the picture called ``name``."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    draw = np.random.Generator(np.random.PCG64([seed, number]))
    light = str(draw.choice(list(LIGHTS), p=list(LIGHTS.values())))
    low, high = {"daylight": (0.0, 0.0), "warm room": KELVIN, "window behind": BEHIND}.get(light, BESIDE)
    return Taking(light, round(draw.uniform(low, high), 3), round(draw.uniform(*ELECTRONS)))


def taken(code: Code, face: Landmarks, matte: Float, how: Taking) -> Spoiled:
    """The selfie, and where its face lies.

    Parameters
    ----------
    code : (H, W, 3) uint8
        The good portrait.
    face : Landmarks
        On its pixels.
    matte : (H, W)
        The person's coverage.
    how : Taking
    """
    if how.light == "warm room":
        code = cast(code, how.strength)
    elif how.light == "window behind":
        code = backlit(code, matte, how.strength, electrons=None)
    elif how.light.startswith("window on the "):
        code = window_light(code, face, "left" if how.light.endswith("left") else "right", how.strength)
    noisy = in_linear_light(code, lambda light: sensor(light, how.electrons))
    return messenger(noisy, face, SIDE, QUALITY)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m render.pipeline.evaluation.phone", description=__doc__.split("\n")[0]
    )
    parser.add_argument("portraits", type=Path, nargs="+")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="new folder")
    options = parser.parse_args(arguments)
    out = outside(options.out)
    if out.exists():
        print(f"{out} exists. Name a new folder with --out.", file=sys.stderr)
        return 2
    out.mkdir(parents=True)
    told: dict[str, dict[str, object]] = {}
    for path in options.portraits:
        data = read(path)
        try:
            identity = run.identify(data, shared())
        except Refused as refusal:
            told[path.stem] = {"refused": refusal.code}
            continue
        pixels = srgb.encode(np.clip(decode(data).pixels, 0, 1))
        code: Code = np.rint(pixels * 255).astype(np.uint8)
        how = taking(path.stem, options.seed)
        face, matte = on_photograph(identity, code.shape)
        selfie = taken(code, face, matte, how)
        (out / f"{path.stem}.jpg").write_bytes(file(selfie.code, None, quality=QUALITY))
        told[path.stem] = asdict(how)
    (out / "taken.json").write_text(
        json.dumps({"seed": options.seed, "taken": told}, indent=1) + "\n", "utf-8"
    )
    print(f"{out}: {sum('refused' not in one for one in told.values())} selfies")
    return 0


if __name__ == "__main__":
    sys.exit(main())
