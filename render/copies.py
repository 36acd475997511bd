"""A delivered portrait in another format or crop: made by a worker when somebody asks, then kept with it.

Named in JOB_HANDLERS. The engine is imported inside the functions, because the sweeper imports this too.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from accounts import locking
from render import darkroom, portrait_files, prints
from render.errors import NotYetDelivered
from render.jobs import files
from render.jobs.errors import Refused as JobRefused
from render.jobs.lease import Lease
from render.jobs.models import Job
from render.jobs.queue import enqueue
from render.jobs.registry import Result, handler, within
from render.models import Copy, Portrait
from render.pipeline.stage import Stage

if TYPE_CHECKING:
    from render.pipeline.contract import Code

KIND = "copy"
STAGES = {Stage.DEVELOP: 0.05, Stage.ENCODE: 0.7}


@dataclass(frozen=True)
class Kind:
    """What can be asked for: a format of the whole, or a crop as JPEG."""

    name: str
    words: str
    ending: str
    format: str = "jpeg"
    crop: str = ""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("png", "PNG, lossless", "png", "png"),
        Kind("tiff", "TIFF, lossless", "tif", "tiff"),
        Kind("webp", "WebP", "webp", "webp"),
        Kind("avif", "AVIF", "avif", "avif"),
        Kind("square", "Square, for an avatar", "jpg", crop="square"),
        Kind("linkedin", "For LinkedIn", "jpg", crop="linkedin"),
        Kind("4x5", "4:5", "jpg", crop="4x5"),
        Kind("16x9", "16:9", "jpg", crop="16x9"),
        Kind("print35x45", "35 x 45 mm print, not for identity documents", "jpg", crop="print35x45"),
    )
}


def order(*, portrait: Portrait, name: str) -> Copy:
    """Have it made, unless it is there or on its way."""
    if portrait.state != Portrait.State.DELIVERED or portrait.rejected:
        raise NotYetDelivered
    with transaction.atomic(durable=True):
        owner = locking.lock(user_id=portrait.owner.pk)
        if not Portrait.objects.filter(pk=portrait.pk).exclude(verdict=Portrait.Verdict.REJECTED).exists():
            raise NotYetDelivered  # deleted or taken down meanwhile
        found, _ = Copy.objects.select_for_update().get_or_create(portrait=portrait, name=name)
        if found.state == Copy.State.FAILED:
            found.state = Copy.State.MAKING
            found.save(update_fields=["state"])
        if found.state == Copy.State.MAKING:
            enqueue(kind=KIND, subject=found.pk, owner=owner.pk)
    return found


def settle(job: Job) -> None:
    """Within the transaction that ends the job."""
    found = Copy.objects.select_for_update().filter(pk=job.subject).first()
    if found is None:
        return
    done = job.state == Job.State.DONE
    found.state = Copy.State.MADE if done else Copy.State.FAILED
    found.folder = files.name(job_id=job.id, attempt=job.attempt) if done else ""
    found.sentence = "" if done else job.error_sentence
    found.save(update_fields=["state", "folder", "sentence"])
    if done:
        portrait_files.record(job=job, portrait=found.portrait, copy=found)


@handler(KIND, queue="fulls", timeout=within("fulls", 0.8), on_end=settle)
def copy(lease: Lease) -> Result:
    from render.pipeline import crops
    from render.pipeline.errors import Refused
    from render.pipeline.stages.encode import PIXELS_PER_INCH, encode

    found = Copy.objects.select_related("portrait").filter(pk=lease.subject).first()
    if found is None:
        raise JobRefused("gone", "This portrait was deleted.")
    kind = KINDS[found.name]
    portrait = Portrait.objects.shown().get(pk=found.portrait_id)
    lease.report(Stage.DEVELOP, STAGES[Stage.DEVELOP])
    code = _pixels(portrait, lease)
    dots = PIXELS_PER_INCH
    if kind.crop:
        crop = crops.CROPS[kind.crop]
        head = crops.Face(**prints.report(portrait)["face"]).times(portrait.canvas.enlargement)
        try:
            code = crops.cut(code, crop, head)
        except Refused as refused:
            raise JobRefused(refused.code, str(refused)) from refused
        dots = crops.dots_per_inch(crop, code)
    lease.report(Stage.ENCODE, STAGES[Stage.ENCODE])
    data = encode(code, format=kind.format, dots_per_inch=dots)
    (lease.draft / f"{kind.name}.{kind.ending}").write_bytes(data)
    return {}


def _pixels(portrait: Portrait, lease: Lease) -> "Code":
    """The portrait developed once more, so that a lossless copy is one; after an upgrade of the engine, which
    would draw it differently, the delivered JPEG."""
    import cv2
    import numpy as np

    from render.pipeline import run
    from render.pipeline.contract import ENGINE_VERSION

    def beat(stage: Stage, share: float) -> None:
        lease.report(Stage.DEVELOP, STAGES[Stage.DEVELOP] + 0.6 * share)

    if portrait.engine == ENGINE_VERSION:
        proof = darkroom.prove(portrait, beat)
        if darkroom.digest(proof.code.tobytes()) == portrait.proof_digest:
            return run.enlarge(proof, beat)
    data = np.frombuffer(prints.read(prints.full(portrait)), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)
