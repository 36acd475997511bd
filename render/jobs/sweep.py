"""What a dead worker leaves behind, put right once a minute by whoever gets there first."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ

from render.jobs import cause, failures, files, registry
from render.jobs.errors import Fenced
from render.jobs.lease import fail, lease_end
from render.jobs.models import Job
from render.jobs.queue import ring

log = logging.getLogger(__name__)
T = TypeVar("T")
AT_ONCE = 200  # rows a sweep looks at, so that a flood is dealt with over some minutes


@dataclass(frozen=True)
class Swept:
    """What one sweep found."""

    leases: int
    bells: int
    folders: int
    jobs: int


def sweep() -> Swept:
    """Run every part; one that fails is logged and does not keep the next from running."""
    swept = Swept(
        leases=_part(expired_leases) or 0,
        bells=_part(lost_doorbells) or 0,
        folders=_part(files.sweep) or 0,
        jobs=_part(ended_long_ago) or 0,
    )
    for act in (failures.prune, *registry.sweepers()):
        _part(act)
    return swept


def _part(act: Callable[[], T]) -> T | None:
    name = f"{act.__module__}.{act.__qualname__}"
    try:
        return act()
    except Exception as error:
        log.exception("A part of the sweep failed: %s", name)
        failures.record(error, kind=f"sweep {name}")
    return None


def expired_leases() -> int:
    """Queue again, or fail, what nobody has been heard working on for a whole lease.

    A lease that ends later than one given now was given before a clock was set back: it is cut to that.
    """
    now = timezone.now()
    longest = lease_end()
    Job.objects.filter(state=Job.State.RUNNING, lease_end__gt=longest).update(lease_end=longest)
    ended = 0
    for job in Job.objects.expired(now).order_by("lease_end")[:AT_ONCE]:
        assert job.lease_token is not None
        try:
            state = fail(job_id=job.id, token=job.lease_token, code="lost", expired=now)
        except Fenced:
            continue  # it was heard after all, or another sweeper was faster
        except Exception as error:
            log.exception("%s could not be settled; the next sweep tries again.", job)
            failures.record(error, kind=job.kind, job=job.id)
            continue
        ended += 1
        lost = cause.lost(kind=job.kind, stage=job.stage)
        failures.note(lost, job=job.id, given_up=state == Job.State.FAILED)
    return ended


def lost_doorbells() -> int:
    """Ring again for queued jobs whose doorbell died in a cluster's memory.

    Only where no doorbell waits in the table: while some do, the queue is merely long. Ringing once too often
    is harmless, because the claim is counted.
    """
    now = timezone.now()
    waiting = OrmQ.objects.filter(lock__lte=now).values("key")
    since = now - timedelta(seconds=settings.JOB_RING_AGAIN_SECONDS)
    rung = 0
    for job in Job.objects.unanswered(since).exclude(queue__in=waiting).order_by("created_at")[:AT_ONCE]:
        with transaction.atomic():
            if Job.objects.unanswered(since).filter(pk=job.pk).update(rung_at=now):
                ring(job=job)
                rung += 1
    return rung


def ended_long_ago() -> int:
    """Delete the rows of jobs that ended JOB_KEEP_DAYS ago. What they delivered stays: it has owners."""
    if not settings.JOB_KEEP_DAYS:
        return 0
    old = Job.objects.ended_before(timezone.now() - timedelta(days=settings.JOB_KEEP_DAYS))
    some = list(old.order_by("ended_at").values_list("pk", flat=True)[:AT_ONCE])
    count, _ = Job.objects.filter(pk__in=some).delete()
    return count
