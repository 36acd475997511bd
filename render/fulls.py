"""The worker's side of an approved portrait: the proof again, enlarged, delivered, paid for.

Named in JOB_HANDLERS. The engine is imported inside the functions, because the sweeper imports this too.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING

from django.utils import timezone

from billing import ledger
from render import darkroom, endings, portrait_files, prints
from render.errors import AnotherEngine
from render.jobs import files
from render.jobs.errors import Refused as JobRefused
from render.jobs.lease import Lease
from render.jobs.models import Job
from render.jobs.registry import Result, handler, within
from render.models import Portrait
from render.pipeline.stage import Stage

if TYPE_CHECKING:
    from render.pipeline.run import Proof

KIND = "full"
STAGES = {
    Stage.SEAT: 0.02,
    Stage.SET_UP: 0.08,
    Stage.PROOF: 0.12,
    Stage.GATE: 0.16,
    Stage.FULL_SIZE: 0.2,
    Stage.DETAIL: 0.85,
    Stage.ENCODE: 0.92,
}
"""How far along a full portrait is when a stage begins; its full size moves on from there."""

QUALITY, SCREEN_QUALITY = 95, 88
SCREEN_SIDE, PHONE_SIDE = 1600, 960
"""Pixels of the long side of what the portrait's page shows on a large screen and on a small one."""


def settle(job: Job) -> None:
    """Capture on delivery, release on everything else; within the transaction that ends the job."""
    portrait = Portrait.objects.shown().select_for_update(of=("self",)).filter(pk=job.subject).first()
    if portrait is None or portrait.state != Portrait.State.APPROVED or portrait.hold is None:
        return
    if job.state == Job.State.DONE:
        ledger.capture(hold_id=portrait.hold)
        portrait.save_fields(
            state=Portrait.State.DELIVERED,
            full=files.name(job_id=job.id, attempt=job.attempt),
            delivered_at=timezone.now(),
            sentence="",
        )
        portrait_files.record(job=job, portrait=portrait)
    else:
        endings.give_up(
            portrait=portrait,
            reason=f"The full portrait was not made: {job.error_code}.",
            sentence=job.error_sentence or "It was stopped.",
            tell=job.state == Job.State.FAILED,
        )
    endings.tell(shoot_id=portrait.shoot_id, delivered=portrait.state == Portrait.State.DELIVERED)


@handler(KIND, queue="fulls", timeout=within("fulls", 0.8), on_end=settle)
def full(lease: Lease) -> Result:
    from render.pipeline import crops, run
    from render.pipeline.stages.encode import encode
    from render.pipeline.stages.gate import placed_landmarks

    portrait = darkroom.ordered(lease, Portrait.State.APPROVED)
    proof = darkroom.prove(portrait, lambda stage, share: _report(lease, stage, share))
    _check(portrait, proof)
    code = run.enlarge(proof, lambda stage, share: _report(lease, stage, share))
    _report(lease, Stage.DETAIL)
    report = proof.report(code) | {"face": asdict(crops.face(placed_landmarks(proof.scene).points))}
    _report(lease, Stage.ENCODE)
    screen = darkroom.reduced(code, SCREEN_SIDE)
    (lease.draft / prints.FULL).write_bytes(encode(code, format="jpeg", quality=QUALITY))
    for name, seen in ((prints.SCREEN, screen), (prints.PHONE, darkroom.reduced(screen, PHONE_SIDE))):
        (lease.draft / name).write_bytes(encode(seen, format="jpeg", quality=SCREEN_QUALITY))
    darkroom.write_small(screen, lease.draft / prints.SMALL)
    prints.write_report(folder=lease.draft, portrait=portrait, owner=portrait.owner, report=report)
    return {"width": code.shape[1], "height": code.shape[0]}


def _report(lease: Lease, stage: Stage, share: float = 0.0) -> None:
    begins = STAGES[stage]
    ends = min((other for other in STAGES.values() if other > begins), default=1.0)
    lease.report(stage, begins + share * (ends - begins))


def _check(portrait: Portrait, proof: "Proof") -> None:
    """The full portrait is the approved picture, or there is none."""
    if darkroom.digest(proof.code.tobytes()) != portrait.proof_digest:
        raise JobRefused(AnotherEngine.code, f"{AnotherEngine.sentence} {AnotherEngine.fix}")
