"""The database itself refuses a job row that cannot be."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from render.jobs.models import Job

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db]

NOW = timezone.now()
LEASE = {"lease_token": uuid.uuid4(), "lease_end": NOW}


def make(**values: Any) -> Job:
    return Job.objects.create(**{"kind": "full", "queue": "fulls", "subject": uuid.uuid4(), **values})


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("job_state_known|job_ended_has_end", {"state": "sleeping"}),
        ("job_lease_while_running", {"state": "running"}),
        ("job_lease_while_running", {"state": "queued", **LEASE}),
        ("job_ended_has_end", {"state": "done"}),
        ("job_ended_has_end", {"state": "queued", "ended_at": NOW}),
        ("job_failed_has_code", {"state": "failed", "ended_at": NOW}),
        ("job_progress_range", {"progress": 1.01}),
        ("job_attempt_limit", {"attempt": 3}),
        ("job_attempts_positive", {"max_attempts": 0}),
    ],
)
def test_an_impossible_row_is_refused(constraint: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make(**values)


def test_one_live_job_a_kind_and_subject() -> None:
    first = make()
    with pytest.raises(IntegrityError), transaction.atomic():
        make(subject=first.subject)
    Job.objects.filter(pk=first.pk).update(state="done", ended_at=NOW)
    make(subject=first.subject)


def test_a_token_is_given_once() -> None:
    make(state="running", **LEASE)
    with pytest.raises(IntegrityError), transaction.atomic():
        make(state="running", **LEASE)
