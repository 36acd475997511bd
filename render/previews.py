"""The worker's side of a preview: proof, gate, watermark. Free, and never a reason to move a credit.

Named in JOB_HANDLERS. The engine is imported inside the functions, because the sweeper imports this too.
"""

import uuid

from render import darkroom, letters, marking, portrait_files, prints, verdicts
from render.jobs import failures, files
from render.jobs.lease import Lease
from render.jobs.models import Job
from render.jobs.registry import Result, handler, within
from render.models import Portrait, Shoot
from render.pipeline.stage import Stage

KIND = "preview"
STAGES = {
    Stage.SEAT: 0.05,
    Stage.SET_UP: 0.3,
    Stage.PROOF: 0.5,
    Stage.GATE: 0.75,
    Stage.STORE: 0.95,
}
"""How far along a preview is when a stage begins."""

SELFIE_QUALITY = 88


def settle(job: Job) -> None:
    """Within the transaction that ends the job."""
    portrait = Portrait.objects.shown().select_for_update(of=("self",)).filter(pk=job.subject).first()
    if portrait is None or portrait.state != Portrait.State.PROOFING:
        return
    if job.state == Job.State.DONE:
        portrait.save_fields(
            state=Portrait.State.PROVED,
            proof=files.name(job_id=job.id, attempt=job.attempt),
            proof_digest=job.result["digest"],
            engine=job.result["engine"],
            measured=job.result["measured"],
            sentence="",
        )
        portrait_files.record(job=job, portrait=portrait)
        verdicts.mark(portrait)
    else:
        portrait.save_fields(state=Portrait.State.REFUSED, sentence=job.error_sentence)
    _tell(portrait.shoot_id)


@handler(KIND, queue="previews", timeout=within("previews", 0.8), on_end=settle)
def preview(lease: Lease) -> Result:
    from render.pipeline.contract import ENGINE_VERSION
    from render.pipeline.stages.encode import encode, encode_proof
    from render.pipeline.stages.location import selfie

    portrait = darkroom.ordered(lease, Portrait.State.PROOFING)
    proof = darkroom.prove(portrait, lambda stage, share: lease.report(stage, STAGES[stage]))
    lease.report(Stage.STORE, STAGES[Stage.STORE])
    report = proof.report()
    (lease.draft / prints.PROOF).write_bytes(encode_proof(proof.code))
    marking.write(folder=lease.draft, portrait=portrait, code=proof.code, report=report)
    before = selfie(proof.scene.sitter.identity, proof.scene.placement)
    prints.write_selfie(
        folder=lease.draft,
        portrait=portrait,
        owner=portrait.owner,
        plain=encode(before, format="jpeg", quality=SELFIE_QUALITY),
    )
    prints.write_report(folder=lease.draft, portrait=portrait, owner=portrait.owner, report=report)
    return {
        "digest": darkroom.digest(proof.code.tobytes()),
        "engine": ENGINE_VERSION,
        "measured": {
            "registration_p95": proof.finding.registration.p95,
            "gain": proof.finding.likeness.gain,
            "direction": proof.finding.likeness.direction,
        },
    }


def _tell(shoot_id: uuid.UUID) -> None:
    """Write to the owner when the last preview of a shoot has ended, once.

    The shoot is locked, so of two previews that end at once the later one sees both.
    """
    shoot = Shoot.objects.select_for_update(of=("self",)).select_related("owner").get(pk=shoot_id)
    if shoot.previews_told or shoot.portraits.filter(state=Portrait.State.PROOFING).exists():
        return
    with failures.recorded("letter about previews"):
        Shoot.objects.filter(pk=shoot_id).update(previews_told=True)
        letters.previews_ready(shoot)
