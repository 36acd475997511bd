"""What a doorbell's task runs in the worker: claim the job, do it, and store how it ended."""

import logging
import time
import uuid

from django.db import DatabaseError, connection

from render.jobs import failures, files, registry
from render.jobs.deadline import deadline
from render.jobs.errors import Canceled, Fenced, Refused, Stop, TimedOut, code_of
from render.jobs.lease import Lease, claim, claim_next, fail, finish
from render.jobs.log import running
from render.jobs.models import Job

log = logging.getLogger(__name__)


def next_of(queue: str) -> None:
    """Do the next job of the queue. A doorbell too many finds nothing to claim."""
    _do(claim_next(queue=queue))


def work(job_id: str) -> None:
    """Do this job, if it is still to be done: doorbells of earlier versions name one."""
    _do(claim(job_id=uuid.UUID(job_id)))


def _do(lease: Lease | None) -> None:
    if lease is None:
        return
    with running(lease):
        try:
            _attempt(lease)
        except Fenced:
            log.warning("Fenced off.")
        except Exception as error:
            # How it ended could not be written: the sweeper writes it when the lease runs out.
            failures.record(error, kind=lease.kind, job=lease.job_id, given_up=False)
            raise
        finally:
            files.discard(job_id=lease.job_id, attempt=lease.attempt)


def _attempt(lease: Lease) -> None:
    began = time.monotonic()
    try:
        handler = registry.find(lease.kind)
        with deadline(handler.timeout):
            result = handler.run(lease)
        finish(lease=lease, result=result or {})
        log.info("Done in %.1f s.", time.monotonic() - began)
    except (Exception, Canceled, TimedOut) as error:  # noqa: BLE001  (a job must end, whatever its handler raises)
        _end(lease, error)


def _end(lease: Lease, error: Exception | Stop) -> None:
    refused = isinstance(error, Refused)
    sentence = error.sentence if isinstance(error, Refused) else ""
    if not isinstance(error, Refused | Canceled):
        log.error("Failed.", exc_info=error)
    else:
        log.info("Ended: %s.", code_of(error))
    if isinstance(error, TimedOut):
        connection.close()  # the alarm may have cut an answer of the database in half
    state = fail(
        job_id=lease.job_id, token=lease.token, code=code_of(error), sentence=sentence, again=not refused
    )
    if not isinstance(error, Refused | Canceled):
        _record(lease, error, given_up=state == Job.State.FAILED)


def _record(lease: Lease, error: Exception | Stop, *, given_up: bool) -> None:
    failures.record(error, kind=lease.kind, job=lease.job_id, stage=_stage(lease), given_up=given_up)


def _stage(lease: Lease) -> str:
    try:
        return Job.objects.values_list("stage", flat=True).get(pk=lease.job_id)
    except (DatabaseError, Job.DoesNotExist):
        return ""
