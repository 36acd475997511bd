"""What the feature pages show: the demonstration sitter made even on purpose, and seen through no lens, two
lenses and a sharpening filter. Every number is measured on these very pictures, once, by a worker.

They are DATA_DIR/demo/study-<key>-<name>.webp and study-<key>.json. The key says what they were made from.
"""

import hashlib
import io
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from PIL import Image

from render.jobs.models import Job
from render.jobs.queue import enqueue
from render.pipeline.contract import ENGINE_VERSION
from render.pipeline.recipe import Grain, Recipe
from render.pipeline.stage import Stage
from studio import sitter
from studio.models import Style

if TYPE_CHECKING:
    from render.pipeline.contract import Code, Double, Float
    from render.pipeline.run import Proof
    from render.pipeline.scene import Scene

KIND = "study"
JOBS = uuid.UUID("0d2c7a52-93c9-4a53-8f52-0f0d31c1f7ab")
STYLE, SOFT = "rembrandt", "pictorialist"
"""The style of the pictures, and the one whose lens is soft on purpose."""

NAMES = ("true", "even", "bare", "lens", "sharpened", "soft")
QUALITY = 90
UNSHARP_AMOUNT, UNSHARP_PX = 1.0, 1.5
"""A common setting of an unsharp mask: 100 %, 1.5 px."""

MEASURES = "3"
"""Of the measures whose numbers are kept; another one has the studies made anew."""

REACH = 16
"""Pixels on each side of the edge whose profile is drawn."""

Tell = Callable[[Stage, float], None]


def key() -> str:
    """Of the present studies; empty while sitter or styles are not in place."""
    found = Style.objects.offered().with_recipes().filter(slug__in=(STYLE, SOFT))
    digests = [style.current.digest for style in found if style.current is not None]
    if not sitter.digest() or len(digests) < 2:
        return ""
    parts = "/".join([ENGINE_VERSION, MEASURES, sitter.digest(), *digests])
    return hashlib.sha256(parts.encode()).hexdigest()[:24]


def picture(key: str, name: str) -> Path:
    return Path(settings.DATA_DIR) / "demo" / f"study-{key}-{name}.webp"


def facts(key: str) -> dict[str, Any] | None:
    """What was measured; None while it is not made."""
    try:
        found: dict[str, Any] = json.loads(_facts_file(key).read_text())
    except FileNotFoundError:
        return None
    return found


def order() -> Job | None:
    """Have a worker make them, unless they are there."""
    wanted = key()
    if not wanted or facts(wanted) is not None:
        return None
    return enqueue(kind=KIND, subject=uuid.uuid5(JOBS, wanted))


def develop(tell: Tell) -> dict[str, Any]:
    """Make all of it. The numbers come last, so that they are there when the pictures are."""
    from render.pipeline import run
    from render.pipeline.faces.mediapipe import shared

    wanted = key()
    styles = {style.slug: style for style in Style.objects.with_recipes().filter(slug__in=(STYLE, SOFT))}
    sitting = run.sit(run.identify(sitter.photograph(), shared()))
    plain, soft = (replace(styles[slug].recipe, grain=Grain()) for slug in (STYLE, SOFT))
    measured: dict[str, Any] = {"style": plain.name, "soft": soft.name, "lens": plain.lens.preset}
    tell(Stage.COMPARE, 0.2)
    measured["asymmetry"] = _asymmetry(wanted, run.prove(sitting, plain, shared()))
    tell(Stage.LENSES, 0.5)
    measured["edges"] = _edges(wanted, sitting, plain, replace(plain, lens=soft.lens))
    _write(_facts_file(wanted), json.dumps(measured).encode())
    return measured


def forget_others() -> None:
    """Delete the studies of another sitter, engine or recipe."""
    folder = Path(settings.DATA_DIR) / "demo"
    present = key()
    for path in folder.glob("study-*"):
        if not present or not path.name.startswith(f"study-{present}"):
            path.unlink(missing_ok=True)


def _asymmetry(key: str, made: "Proof") -> dict[str, dict[str, Any]]:
    """The portrait, and the same face made its own mirror image; how much of the asymmetry each has left."""
    import numpy as np

    from render.pipeline.develop import to_code
    from render.pipeline.measure.symmetrize import symmetrize
    from render.pipeline.stages.gate import placed_landmarks

    scene, code = made.scene, made.code
    face = placed_landmarks(scene)
    even = to_code(np.clip(symmetrize(code.astype(np.float32) / 255, face, 1.0), 0, 1).astype(np.float32))
    _keep(key, "true", code)
    _keep(key, "even", even)
    return {"true": _left(scene, code), "even": _left(scene, even)}


def _left(scene: "Scene", code: "Code") -> dict[str, Any]:
    """By the skin, with the share of it that is found again, how far that has moved and whether the lock lets
    it pass; and as a landmark detector reads it."""
    from render.pipeline.faces.mediapipe import shared
    from render.pipeline.stages.gate import measured

    found = measured(scene, code, shared(), crops=64)
    return {
        "skin": found.asymmetry.gain if found.asymmetry else None,
        "matched": found.registration.matched,
        "moved": found.registration.p95 if len(found.registration.points) else None,
        "passed": found.registration.passed(),
        "detector": found.likeness.gain,
    }


def _edges(key: str, sitting: Any, plain: Recipe, soft: Recipe) -> dict[str, Any]:
    """The same portrait through nothing, its lens, a filter, a soft lens: one edge of each, and its rims."""
    from render.pipeline.develop import proof, to_code
    from render.pipeline.scene import set_up

    bare_recipe = replace(plain, lens=replace(plain.lens, strength=0.0))
    pictures = {
        name: proof(set_up(sitting, recipe, 1))
        for name, recipe in (("bare", bare_recipe), ("lens", plain), ("soft", soft))
    }
    pictures["sharpened"] = to_code(_unsharp(pictures["bare"]))
    for name, code in pictures.items():
        _keep(key, name, code)
    light = {name: _light(code) for name, code in pictures.items()}
    row, column = _strongest_edge(light["bare"])
    return {
        name: {"profile": _profile(plane, row, column), "rim": _rim(light["bare"], plane)}
        for name, plane in light.items()
    }


def _unsharp(code: "Code") -> "Float":
    import cv2
    import numpy as np

    plain = code.astype(np.float32) / 255
    blurred = cv2.GaussianBlur(plain, (0, 0), UNSHARP_PX)
    return np.asarray(np.clip(plain + UNSHARP_AMOUNT * (plain - blurred), 0, 1), np.float32)


def _light(code: "Code") -> "Float":
    """Linear luminance of a finished picture."""
    import numpy as np

    from render.pipeline.color import srgb

    return srgb.luminance(srgb.decode(code.astype(np.float32) / 255))


def _strongest_edge(light: "Float") -> tuple[int, int]:
    """Where the light changes most from left to right, over a few rows, away from the frame."""
    import cv2
    import numpy as np

    slope = np.abs(cv2.Sobel(cv2.blur(light, (1, 9)), cv2.CV_32F, 1, 0))
    inner = slope[4 * REACH : -4 * REACH, 4 * REACH : -4 * REACH]
    row, column = np.unravel_index(int(inner.argmax()), inner.shape)
    return int(row) + 4 * REACH, int(column) + 4 * REACH


def _profile(light: "Float", row: int, column: int) -> list[float]:
    """Linear light across the edge, the mean of nine rows."""
    part: Double = light[row - 4 : row + 5, column - REACH : column + REACH + 1].mean(axis=0)
    return [round(float(value), 4) for value in part]


def _rim(before: "Float", after: "Float") -> float:
    """Largest share of an edge's height by which the picture leaves its range, at 99 of 100 strong edges."""
    import numpy as np

    from render.pipeline.measure.overshoot import overshoot

    shares: np.ndarray[Any, Any] = overshoot(before, after).shares
    return round(float(np.percentile(shares, 99)), 4) if shares.size else 0.0


def _keep(key: str, name: str, code: "Code") -> None:
    written = io.BytesIO()
    Image.fromarray(code).save(written, format="WEBP", quality=QUALITY, method=6)
    _write(picture(key, name), written.getvalue())


def _write(target: Path, data: bytes) -> None:
    """Under its final name only when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{uuid.uuid4().hex}.tmp")
    draft.write_bytes(data)
    draft.replace(target)


def _facts_file(key: str) -> Path:
    return Path(settings.DATA_DIR) / "demo" / f"study-{key}.json"
