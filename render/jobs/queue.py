"""Put work into a queue, and take it out again."""

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.tasks import async_task

from render.jobs import registry
from render.jobs.models import Job

MAX_ATTEMPTS = 2


def ring(*, job: Job) -> None:
    """Ring the doorbell: a row in django-q2's table, which commits with the caller's transaction."""
    async_task(
        "render.jobs.work.work",
        str(job.id),
        q_options={"cluster": job.queue, "task_name": f"{job.kind} {job.id}"},
    )


def enqueue(
    *, kind: str, subject: uuid.UUID, payload: dict[str, Any] | None = None, max_attempts: int = MAX_ATTEMPTS
) -> Job:
    """Return the one live job of this kind for this subject, made and rung now unless there is one."""
    handler = registry.find(kind)
    job = Job(
        kind=kind, queue=handler.queue, subject=subject, payload=payload or {}, max_attempts=max_attempts
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


def _insert(job: Job) -> None:
    with transaction.atomic():
        job.save(force_insert=True)
        ring(job=job)
