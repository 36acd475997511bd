"""A worker's hold on a job.

Take it, keep it, end it. Every write names the token, so a late worker changes nothing.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from render.jobs import files, registry
from render.jobs.errors import SENTENCES, Canceled, Fenced
from render.jobs.models import Job
from render.jobs.queue import ring

NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_end": None}


@dataclass(frozen=True)
class Lease:
    """One attempt at one job, as its handler sees it.

    Files written into `draft` are delivered with the result.
    """

    job_id: uuid.UUID
    kind: str
    subject: uuid.UUID
    payload: dict[str, Any]
    attempt: int
    token: uuid.UUID

    @property
    def draft(self) -> Path:
        return files.draft(job_id=self.job_id, attempt=self.attempt)

    def report(self, stage: str, progress: float) -> None:
        """Say what is being done now. Raises a Stop when the work is no longer wanted from us."""
        heartbeat(lease=self, stage=stage, progress=progress)


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def claim(*, job_id: uuid.UUID) -> Lease | None:
    """Take the job, and count the attempt before any work. None: somebody has it, or it has ended."""
    now, token = timezone.now(), uuid.uuid4()
    taken = Job.objects.filter(
        pk=job_id, state=Job.State.QUEUED, cancel_wanted=False, attempt__lt=F("max_attempts")
    ).update(
        state=Job.State.RUNNING,
        attempt=F("attempt") + 1,
        lease_token=token,
        lease_end=lease_end(),
        beat_at=now,
        started_at=now,
        stage="",
        progress=0.0,
    )
    if not taken:
        return None
    job = Job.objects.held(job_id=job_id, token=token).get()
    return Lease(job.id, job.kind, job.subject, job.payload, job.attempt, token)


def claim_next(*, queue: str) -> Lease | None:
    """Take the next job of a queue's line. None: there is none that no other worker takes at this moment."""
    with transaction.atomic():
        line = Job.objects.waiting(queue).select_for_update(skip_locked=True)
        found = line.values_list("pk", flat=True).first()
        return claim(job_id=found) if found else None


def heartbeat(*, lease: Lease, stage: str, progress: float) -> None:
    """Extend the lease and store the progress.

    Raise Fenced or Canceled when the job is not ours to go on with.
    """
    _write(
        lease,
        lease_end=lease_end(),
        beat_at=timezone.now(),
        stage=stage,
        progress=min(max(progress, 0.0), 1.0),
    )


def finish(*, lease: Lease, result: dict[str, Any]) -> None:
    """Deliver: the files get their final name, then one transaction makes the job done and settles it.

    Fenced, a late first takes its files away again. After any other error the sweeper decides by the row,
    because a commit that lost its connection may still have happened.
    """
    delivered = files.publish(job_id=lease.job_id, attempt=lease.attempt)
    try:
        with transaction.atomic(durable=True):
            _write(
                lease,
                **NO_LEASE,
                state=Job.State.DONE,
                beat_at=timezone.now(),
                ended_at=timezone.now(),
                progress=1.0,
                result=result,
                files=delivered,
                error_code="",
                error_sentence="",
            )
            registry.settle(Job.objects.get(pk=lease.job_id))
    except (Fenced, Canceled):
        files.withdraw(job_id=lease.job_id, attempt=lease.attempt)
        raise


def fail(
    *,
    job_id: uuid.UUID,
    token: uuid.UUID,
    code: str,
    sentence: str = "",
    again: bool = True,
    expired: datetime | None = None,
) -> Job.State:
    """End an attempt.

    Queue the job again while attempts are left, else make it failed (or canceled) and settle it.

    The sweeper names the moment at which the lease had `expired`; a heartbeat in between makes it Fenced.
    """
    with transaction.atomic(durable=True):
        held = Job.objects.held(job_id=job_id, token=token)
        if expired is not None:
            held = held.filter(lease_end__lt=expired)
        now = timezone.now()
        ending = NO_LEASE if expired else {**NO_LEASE, "beat_at": now}
        why = {
            "error_code": code,
            "error_sentence": (sentence or SENTENCES.get(code, SENTENCES["error"]))[:300],
        }
        retry = held.filter(attempt__lt=F("max_attempts"), cancel_wanted=False)
        if again and retry.update(**ending, **why, state=Job.State.QUEUED, rung_at=now):
            ring(job=Job.objects.get(pk=job_id))
            return Job.State.QUEUED
        if held.filter(cancel_wanted=True).update(**ending, state=Job.State.CANCELED, ended_at=now):
            state = Job.State.CANCELED
        elif held.update(**ending, **why, state=Job.State.FAILED, ended_at=now):
            state = Job.State.FAILED
        else:
            raise Fenced
        registry.settle(Job.objects.get(pk=job_id))
    return state


def _write(lease: Lease, **values: Any) -> None:
    held = Job.objects.held(job_id=lease.job_id, token=lease.token)
    if not held.filter(cancel_wanted=False).update(**values):
        raise Canceled if held.exists() else Fenced
