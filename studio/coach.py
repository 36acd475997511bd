"""The worker's side of an upload: look, answer within a second, then measure what is kept.

Named in JOB_HANDLERS. The engine is imported inside the functions, because the sweeper imports this too.
"""

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import User
from render.jobs.errors import Refused as JobRefused
from render.jobs.lease import Lease
from render.jobs.models import Job
from render.jobs.registry import Result, handler, on_sweep
from render.pipeline.stage import Stage
from studio import identities, orphans, rest, selfies
from studio.models import Identity, Selfie

if TYPE_CHECKING:
    from render.pipeline.errors import Refused
    from render.pipeline.stages.inspect import Inspection

STAGES = {Stage.DECODE: 0.05, Stage.LOOK: 0.15, Stage.MODEL: 0.4, Stage.STORE: 0.9}
"""How far along a job is when a stage begins: the look takes a second, the model most of the rest."""


def settle(job: Job) -> None:
    selfies.keep_up(job=job)


@handler(selfies.KIND, queue="previews", timeout=100, on_end=settle)
def coach(lease: Lease) -> Result:
    """Look at one selfie. Its identity is made, or measured anew where there is one, unless it is held."""
    from render.pipeline.errors import Refused

    selfie = Selfie.objects.select_related("owner").filter(pk=lease.subject).first()
    if selfie is None:
        raise JobRefused("gone", "This photograph was deleted.")
    try:
        seen = _look(lease, selfie)
    except Refused as refused:
        _refuse(lease, selfie, refused)
        return {"refused": refused.code}
    with transaction.atomic():
        report(lease, Stage.MODEL)
        goes_on = _pass(selfie, seen)
    if not goes_on:
        return {"held": True}
    return {"identity": str(_keep(lease, selfie, seen).id)}


@on_sweep
def discard_refused() -> None:
    selfies.discard_refused()


@on_sweep
def discard_orphans() -> None:
    orphans.discard()


def report(lease: Lease, stage: Stage) -> None:
    lease.report(stage, STAGES[stage])


def _look(lease: Lease, selfie: Selfie) -> "Inspection":
    from render.pipeline import run
    from render.pipeline.faces.mediapipe import shared

    photograph = rest.read_selfie(selfie)
    return run.look(
        photograph, shared(), mirrored=selfie.mirrored, tell=lambda stage, share: report(lease, stage)
    )


def _refuse(lease: Lease, selfie: Selfie, refused: "Refused") -> None:
    """Say why not; an identity that was good enough once stays as it is."""
    with transaction.atomic():
        report(lease, Stage.LOOK)
        if not Identity.objects.filter(selfie=selfie).exists():
            selfies.refuse(selfie=selfie, refused=refused)


def _pass(selfie: Selfie, seen: "Inspection") -> bool:
    from render.pipeline.stages.inspect import face_outline

    return selfies.passed(
        selfie=selfie,
        outline=face_outline(seen.points),
        warnings=seen.warnings,
        age_hint=getattr(seen, "age_hint", None),  # of an engine that guesses it; this one does not
    )


def _keep(lease: Lease, selfie: Selfie, seen: "Inspection") -> Identity:
    """Store the model: the file first, then the row that names it; no row, no file."""
    from render.pipeline.faces.mediapipe import shared
    from render.pipeline.stages.analyze import model
    from studio import measured

    found = model(seen, shared())
    report(lease, Stage.STORE)
    identity = identities.prepared(selfie=selfie)
    written = identities.write(identity=identity, model=found)
    try:
        with transaction.atomic():
            # Before the job: whoever erases the account locks in that order.
            User.objects.select_for_update(no_key=True).get(pk=selfie.owner_id)
            report(lease, Stage.STORE)
            identities.keep(identity=identity, engine=measured.engine(), facts=measured.facts(seen, found))
    except BaseException:
        rest.erase([written])
        raise
    return identity
