"""Put work into a queue, and take it out again.

A queue serves accounts in rounds, one job of each a round (start-time fair queuing: docs/decisions/0048), so
that nobody's first job waits behind all of another's.
"""

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.tasks import async_task

from render.jobs import registry
from render.jobs.models import Job, JobQuerySet

MAX_ATTEMPTS = 2


def ring(*, job: Job) -> None:
    """Ring the doorbell: a row in django-q2's table, which commits with the caller's transaction.

    It says that one more job of the queue waits; which one is answered is decided when a worker is free.
    """
    async_task(
        "render.jobs.work.next_of",
        job.queue,
        q_options={"cluster": job.queue, "task_name": f"doorbell {job.queue}"},
    )


def enqueue(
    *,
    kind: str,
    subject: uuid.UUID,
    owner: int | None = None,
    payload: dict[str, Any] | None = None,
    max_attempts: int = MAX_ATTEMPTS,
) -> Job:
    """Return the one live job of this kind for this subject, made and rung now unless there is one.

    `owner` is the account that waits for it, whose requests come one after the other (`accounts.locking`).
    """
    handler = registry.find(kind)
    job = Job(
        kind=kind,
        queue=handler.queue,
        subject=subject,
        owner=owner,
        turn=_turn(handler.queue, owner),
        payload=payload or {},
        max_attempts=max_attempts,
    )
    try:
        _insert(job)
    except IntegrityError:
        live = Job.objects.live().filter(kind=kind, subject=subject).first()
        if live is not None:
            return live
        _insert(job)  # it ended between our two looks: the place is free now
    return job


def cancel(*, job_id: uuid.UUID) -> None:
    """End a queued job now, and a running one at its next heartbeat. An ended job stays as it is."""
    with transaction.atomic():
        asked = Job.objects.live().filter(pk=job_id).update(cancel_wanted=True)
        waiting = Job.objects.filter(pk=job_id, state=Job.State.QUEUED)
        if asked and waiting.update(state=Job.State.CANCELED, ended_at=timezone.now()):
            registry.settle(Job.objects.get(pk=job_id))


def _turn(queue: str, owner: int | None) -> int:
    """Return the round for one more job: the present one, or the one after the account's last job.

    An attempt that failed stands in the round that it came with, and does not tell the present one.
    """
    here = Job.objects.filter(queue=queue)
    queued = here.filter(state=Job.State.QUEUED).order_by("turn")
    running = here.filter(state=Job.State.RUNNING).order_by("-turn")
    looks = (_first(rows) for rows in (queued.filter(attempt=0), queued, running))
    present = next((turn for turn in looks if turn is not None), 0)
    own = _first(here.live().filter(owner=owner).order_by("-turn")) if owner is not None else None
    return present if own is None else max(present, own + 1)


def _first(rows: JobQuerySet) -> int | None:
    return rows.values_list("turn", flat=True).first()


def _insert(job: Job) -> None:
    with transaction.atomic():
        job.save(force_insert=True)
        ring(job=job)
