"""What is shown of a portrait before it is paid for: two sizes of one marked picture.

The smaller one is made of the larger, so neither shows what the other hides. The engine is imported inside
the functions, because the sweeper imports this too.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.crypto import salted_hmac

from render import darkroom, lost_files, prints
from render.errors import FileLost
from render.jobs import files
from render.models import Portrait, PortraitFile

if TYPE_CHECKING:
    from render.pipeline.contract import Code, Double

QUALITY = 88


def write(*, folder: Path, portrait: Portrait, code: "Code", report: dict[str, Any]) -> None:
    """Write the marked pictures of a proof into a folder, its face where its report has it."""
    from render.pipeline.stages.encode import encode
    from render.pipeline.stages.preview import preview

    marked = preview(code, _points(report), _secret(portrait))
    (folder / prints.PREVIEW).write_bytes(encode(marked, format="jpeg", quality=QUALITY))
    darkroom.write_small(marked, folder / prints.SMALL)


def write_again() -> int:
    """Mark every preview that is kept as `write` does today; returns how many have changed.

    A portrait whose files are lost is told of, and the others are marked.
    """
    count = 0
    for portrait in Portrait.objects.shown().exclude(proof="").iterator():
        try:
            count += _again(portrait)
        except FileLost as lost:
            lost_files.tell(lost)
    return count


def _again(portrait: Portrait) -> bool:
    import cv2
    import numpy as np

    code = cv2.imdecode(np.frombuffer(prints.read(prints.proof(portrait)), np.uint8), cv2.IMREAD_COLOR_RGB)
    drawn = files.draft(job_id=portrait.pk, attempt=0)
    try:
        write(folder=drawn, portrait=portrait, code=code, report=prints.report(portrait))
        names = [name for name in (prints.PREVIEW, prints.SMALL) if _differ(drawn / name, portrait)]
        return bool(names) and _exchange(portrait, drawn, names)
    finally:
        files.discard(job_id=portrait.pk, attempt=0)


def _exchange(portrait: Portrait, drawn: Path, names: list[str]) -> bool:
    """Put the new files and their rows in the old ones' place, unless the portrait is deleted meanwhile."""
    with transaction.atomic():
        if not Portrait.objects.select_for_update().filter(pk=portrait.pk, proof=portrait.proof).exists():
            return False
        for name in names:
            told = files.measure(drawn, drawn / name)
            rows = PortraitFile.objects.filter(folder=portrait.proof, name=name)
            rows.update(size=told["size"], sha256=told["sha256"])
            (drawn / name).replace(files.named(portrait.proof) / name)
    return True


def _differ(drawn: Path, portrait: Portrait) -> bool:
    return drawn.read_bytes() != prints.read(files.named(portrait.proof) / drawn.name)


def _points(report: dict[str, Any]) -> "Double":
    """The landmarks of a report's outlines, all that a mark needs; the others are not a number."""
    import numpy as np

    from render.pipeline.faces.topology import POINTS
    from render.pipeline.measure.overlay import OUTLINES

    found = np.full((POINTS, 2), np.nan)
    for line, outline in zip(OUTLINES, report["overlay"]["outlines"], strict=True):
        found[line] = outline
    return found


def _secret(portrait: Portrait) -> bytes:
    """What moves and bends the mark of this portrait, and of no other."""
    return salted_hmac("render.watermark", str(portrait.pk), algorithm="sha256").digest()
