"""``python -m render.pipeline.evidence.plaster_sheet FILE.jpg``: every style around the plaster head."""

from __future__ import annotations

import sys
from pathlib import Path

from render.pipeline.contact_sheet import contact_sheet
from render.pipeline.measure import plaster
from render.pipeline.recipe import load_catalogue
from render.pipeline.stages.encode import encode

from .studio import small


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("Name the file for the sheet.", file=sys.stderr)
        return 2
    pictures = [(recipe.slug, small(plaster.portrait(recipe)[0])) for recipe in load_catalogue()]
    Path(arguments[0]).write_bytes(encode(contact_sheet(pictures, columns=6), format="jpeg", quality=70))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
