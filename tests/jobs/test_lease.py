"""One job's life in one process: every write is guarded by the token, and every ending settles once."""

import hashlib
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from render.jobs import files, lease, registry
from render.jobs.errors import Canceled, Fenced
from render.jobs.models import Job
from render.jobs.queue import cancel, enqueue
from render.jobs.work import work
from tests.jobs.handlers import lines, order

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db(transaction=True)]


def claimed(folder: Path) -> lease.Lease:
    taken = lease.claim(job_id=order(folder, "deliver").id)
    assert taken is not None
    return taken


def row(job_id: uuid.UUID) -> Job:
    return Job.objects.get(pk=job_id)


def test_the_doorbell_commits_with_the_row_or_not_at_all(tmp_path: Path) -> None:
    with transaction.atomic():
        order(tmp_path, "deliver")
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert not OrmQ.objects.exists()
    order(tmp_path, "deliver")
    assert OrmQ.objects.get().key == "fulls"


def test_a_subject_has_one_live_job_of_a_kind(tmp_path: Path) -> None:
    first = order(tmp_path, "deliver")
    subject = first.subject
    assert enqueue(kind="scripted", subject=subject) == first
    assert enqueue(kind="brief", subject=subject) != first
    assert OrmQ.objects.count() == 2
    cancel(job_id=first.id)
    assert enqueue(kind="scripted", subject=subject) != first


def test_an_unknown_kind_is_refused_at_the_door() -> None:
    with pytest.raises(LookupError, match="No handler"):
        enqueue(kind="nonsense", subject=uuid.uuid4())


def test_a_claim_counts_the_attempt_before_the_work_and_is_given_once(tmp_path: Path) -> None:
    job = order(tmp_path, "deliver")
    assert lease.claim(job_id=job.id) is not None
    assert (row(job.id).state, row(job.id).attempt) == (Job.State.RUNNING, 1)
    assert lease.claim(job_id=job.id) is None
    assert lease.claim(job_id=uuid.uuid4()) is None


def test_a_heartbeat_extends_the_lease_and_tells_the_stage(tmp_path: Path, settings: Settings) -> None:
    taken = claimed(tmp_path)
    settings.JOB_LEASE_SECONDS = 1000
    taken.report("relight", 1.5)
    job = row(taken.job_id)
    assert (job.stage, job.progress) == ("relight", 1.0)
    assert job.lease_end is not None
    assert job.lease_end > timezone.now() + timedelta(seconds=900)


def test_a_heartbeat_without_the_lease_is_fenced(tmp_path: Path) -> None:
    taken = claimed(tmp_path)
    Job.objects.update(lease_token=uuid.uuid4())
    with pytest.raises(Fenced):
        taken.report("relight", 0.5)
    assert row(taken.job_id).progress == 0.0


def test_a_heartbeat_of_a_canceled_job_stops_the_work(tmp_path: Path) -> None:
    taken = claimed(tmp_path)
    cancel(job_id=taken.job_id)
    with pytest.raises(Canceled):
        taken.report("relight", 0.5)


def test_finish_publishes_under_job_and_attempt(tmp_path: Path) -> None:
    taken = claimed(tmp_path)
    (taken.draft / "full.jpg").write_bytes(b"jpeg")
    lease.finish(lease=taken, result={"likeness": 0.99})
    job = row(taken.job_id)
    assert (job.state, job.result, job.lease_token, job.ended) == (
        Job.State.DONE,
        {"likeness": 0.99},
        None,
        True,
    )
    folder = files.result(job_id=job.id, attempt=1)
    assert folder.name == f"{job.id}-1"
    assert (folder / "full.jpg").read_bytes() == b"jpeg"
    sha256 = hashlib.sha256(b"jpeg").hexdigest()
    assert job.files == [{"name": "full.jpg", "size": 4, "sha256": sha256}]
    assert lines(tmp_path, "ended") == ["done"]


def test_a_late_finish_changes_nothing_and_takes_its_files_away(tmp_path: Path) -> None:
    late = claimed(tmp_path)
    lease.fail(job_id=late.job_id, token=late.token, code="lost")
    second = lease.claim(job_id=late.job_id)
    assert second is not None
    (late.draft / "full.jpg").write_bytes(b"late")
    with pytest.raises(Fenced):
        lease.finish(lease=late, result={})
    assert not files.result(job_id=late.job_id, attempt=1).exists()
    lease.finish(lease=second, result={"attempt": 2})
    assert row(late.job_id).result == {"attempt": 2}
    with pytest.raises(Fenced):
        lease.fail(job_id=late.job_id, token=late.token, code="error")
    assert lines(tmp_path, "ended") == ["done"]


def test_a_job_canceled_before_its_last_line_delivers_nothing(tmp_path: Path) -> None:
    taken = claimed(tmp_path)
    (taken.draft / "full.jpg").write_bytes(b"unwanted")
    cancel(job_id=taken.job_id)
    with pytest.raises(Canceled):
        lease.finish(lease=taken, result={})
    assert not files.result(job_id=taken.job_id, attempt=1).exists()


def test_attempts_are_used_up_then_the_job_fails_and_is_settled_once(tmp_path: Path) -> None:
    job = order(tmp_path, "deliver")
    for expected in (Job.State.QUEUED, Job.State.FAILED):
        taken = lease.claim(job_id=job.id)
        assert taken is not None
        assert lease.fail(job_id=job.id, token=taken.token, code="memory") == expected
    assert lease.claim(job_id=job.id) is None
    assert row(job.id).error_sentence == "This needed more memory than a worker has."
    assert lines(tmp_path, "ended") == ["failed"]


def test_a_settlement_that_fails_leaves_the_job_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = claimed(tmp_path)

    def refuse(job: Job) -> None:
        raise RuntimeError("the ledger is closed")

    monkeypatch.setattr(registry, "settle", refuse)
    with pytest.raises(RuntimeError, match="ledger"):
        lease.finish(lease=taken, result={})
    assert row(taken.job_id).state == Job.State.RUNNING


def test_canceling_ends_a_queued_job_at_once_and_an_ended_one_not_at_all(tmp_path: Path) -> None:
    job = order(tmp_path, "deliver")
    cancel(job_id=job.id)
    cancel(job_id=job.id)
    assert row(job.id).state == Job.State.CANCELED
    assert lines(tmp_path, "ended") == ["canceled"]
    work(str(job.id))
    assert row(job.id).attempt == 0


def test_the_place_in_the_line_counts_what_stands_before(tmp_path: Path) -> None:
    jobs = [order(tmp_path, "deliver") for _ in range(3)]
    assert [job.ahead for job in jobs] == [0, 1, 2]
    lease.claim(job_id=jobs[0].id)
    assert row(jobs[0].id).ahead == 0


@pytest.mark.parametrize(
    ("act", "kind", "code"),
    [("break", "scripted", "error"), ("sleep", "hasty", "timeout"), ("refuse", "scripted", "no_face")],
)
def test_work_stores_how_an_attempt_ended(tmp_path: Path, act: str, kind: str, code: str) -> None:
    job = order(tmp_path, act, kind=kind)
    work(str(job.id))
    after = row(job.id)
    assert after.error_code == code
    assert after.state == (Job.State.FAILED if act == "refuse" else Job.State.QUEUED)
    assert not (files.draft(job_id=job.id, attempt=1) / "half.txt").exists()


def test_a_kind_that_no_worker_knows_fails_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = order(tmp_path, "deliver")
    monkeypatch.setattr(registry, "_handlers", {})
    work(str(job.id))
    work(str(job.id))
    assert (row(job.id).state, row(job.id).error_code) == (Job.State.FAILED, "unknown")


def test_a_full_disk_is_called_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(**names: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "publish", no_room)
    job = order(tmp_path, "deliver")
    work(str(job.id))
    assert row(job.id).error_code == "storage"
