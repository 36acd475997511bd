"""What a worker has of a sitter while it works: the identity, seated once for all of its styles."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from render.jobs.errors import Refused as JobRefused
from render.jobs.lease import Lease
from render.models import Portrait
from render.pipeline.errors import Refused
from studio import rest, selfies
from studio.models import Identity

if TYPE_CHECKING:
    from render.pipeline.contract import Code
    from render.pipeline.run import Proof, Tell
    from render.pipeline.scene import Sitter

SMALL_SIDE, SMALL_QUALITY = 512, 82
"""Pixels of the long side on a sheet, for a screen with two of them to each of its own."""

_seated: dict[str, "Sitter"] = {}
"""The last sitter of this process, under the identity's id and version."""


def ordered(lease: Lease, state: Portrait.State) -> Portrait:
    """The portrait that the job is for, while it still waits for that and its photograph is not held."""
    found = Portrait.objects.shown().filter(pk=lease.subject, state=state).first()
    if found is None:
        raise JobRefused("gone", "This portrait was deleted, or is not wanted any more.")
    try:
        selfies.refuse_held([found.shoot.identity_id])
    except Refused as refused:
        raise JobRefused(refused.code, str(refused)) from refused
    return found


def prove(portrait: Portrait, tell: "Tell") -> "Proof":
    """The portrait's proof, measured. A refusal of the engine ends the job with its sentence."""
    from render.pipeline import run
    from render.pipeline.faces.mediapipe import shared

    try:
        sitter = _sit(portrait.shoot.identity, tell)
        return run.prove(sitter, portrait.recipe, shared(), seed=portrait.seed, tell=tell)
    except Refused as refused:
        raise JobRefused(refused.code, f"{refused.sentence} {refused.fix}") from refused


def write_small(code: "Code", path: Path) -> None:
    """A picture as large as a sheet shows it."""
    from render.pipeline.stages.encode import encode

    path.write_bytes(encode(reduced(code, SMALL_SIDE), format="jpeg", quality=SMALL_QUALITY))


def reduced(code: "Code", side: int) -> "Code":
    """The picture with ``side`` pixels along its long side."""
    import cv2
    import numpy as np

    height, width = code.shape[:2]
    return np.asarray(cv2.resize(code, size(width, height, side), interpolation=cv2.INTER_AREA), np.uint8)


def size(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height of such a picture where its long side has ``side`` pixels."""
    longest = max(width, height)
    return width * side // longest, height * side // longest


def digest(code_bytes: bytes) -> str:
    """SHA-256 of a proof's pixels, in hex: by it an approval knows its proof."""
    return hashlib.sha256(code_bytes).hexdigest()


def _sit(identity: Identity, tell: "Tell") -> "Sitter":
    from render.pipeline import run
    from render.pipeline.identity_file import load

    key = f"{identity.id}-{identity.version}"
    if key not in _seated:
        _seated.clear()
        _seated[key] = run.sit(load(rest.read_model(identity)), tell)
    return _seated[key]
