"""What the watchman puts right, and what he leaves alone."""

import os
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from render.jobs import canary, files, lease, registry
from render.jobs.models import Canary, Job
from render.jobs.sweep import sweep
from tests.jobs.handlers import lines, order

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db(transaction=True)]
LONG_AGO = timezone.now() - timedelta(hours=1)


def expire(job: Job) -> None:
    assert lease.claim(job_id=job.id)
    Job.objects.filter(pk=job.pk).update(lease_end=LONG_AGO, beat_at=LONG_AGO)


def test_an_expired_lease_is_queued_again_then_failed(tmp_path: Path) -> None:
    job = order(tmp_path, "deliver")
    expire(job)
    assert sweep().leases == 1
    job.refresh_from_db()
    assert (job.state, job.error_code) == (Job.State.QUEUED, "lost")
    assert OrmQ.objects.count() == 2
    expire(job)
    assert sweep().leases == 1
    job.refresh_from_db()
    assert (job.state, job.error_code) == (Job.State.FAILED, "lost")
    assert lines(tmp_path, "ended") == ["failed"]
    assert job.beat_at == LONG_AGO, "a sweep is no sign of life from a worker"


def test_a_living_lease_is_left_alone(tmp_path: Path) -> None:
    job = order(tmp_path, "deliver")
    assert lease.claim(job_id=job.id)
    assert sweep().leases == 0


def test_an_expired_job_that_was_canceled_ends_as_canceled(tmp_path: Path) -> None:
    job = order(tmp_path, "deliver")
    expire(job)
    Job.objects.update(cancel_wanted=True)
    sweep()
    job.refresh_from_db()
    assert job.state == Job.State.CANCELED


def test_a_doorbell_lost_in_a_dead_cluster_is_rung_again(tmp_path: Path) -> None:
    order(tmp_path, "deliver")
    Job.objects.update(rung_at=LONG_AGO)
    assert sweep().bells == 0, "its doorbell still waits in the table"
    OrmQ.objects.update(lock=timezone.now() + timedelta(hours=1))  # a cluster has taken it
    assert sweep().bells == 1
    assert sweep().bells == 0
    assert OrmQ.objects.count() == 2


def test_files_without_a_row_go_and_files_with_one_stay(tmp_path: Path) -> None:
    taken = lease.claim(job_id=order(tmp_path, "deliver").id)
    assert taken is not None
    (taken.draft / "full.jpg").write_bytes(b"jpeg")
    lease.finish(lease=taken, result={})
    kept = files.result(job_id=taken.job_id, attempt=1)
    stray = files.result(job_id=uuid.uuid4(), attempt=1)
    earlier = files.result(job_id=taken.job_id, attempt=0)
    strange = kept.with_name("strange")
    draft = files.draft(job_id=taken.job_id, attempt=1)
    young = files.draft(job_id=uuid.uuid4(), attempt=1)
    for folder in (kept, stray, earlier, strange, draft):
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder, (time.time() - 3600,) * 2)
    assert sweep().folders == 4
    assert [path.exists() for path in (kept, young)] == [True, True]
    assert not any(path.exists() for path in (stray, earlier, strange, draft))


def test_hooks_run_at_every_sweep_and_one_that_fails_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ran = []

    def broken() -> None:
        raise RuntimeError("broken on purpose")

    def release_holds() -> None:
        ran.append("released")

    monkeypatch.setattr(registry, "_sweepers", [])
    for hook in (broken, release_holds):
        registry.on_sweep(hook)
    sweep()
    assert ran == ["released"]
    assert "broken on purpose" in caplog.text


def test_a_canary_is_sent_once_an_interval_whoever_sends(settings: Settings) -> None:
    canary.send()
    canary.send()
    assert sorted(OrmQ.objects.values_list("key", flat=True)) == ["catalogue", "fulls", "mail", "previews"]
    Canary.objects.update(sent_at=LONG_AGO)
    canary.send()
    assert OrmQ.objects.count() == 8


def test_a_queue_is_well_when_it_sang_or_worked(tmp_path: Path) -> None:
    def well() -> set[str]:
        return {pulse.queue for pulse in canary.pulses() if pulse.well}

    canary.send()
    assert well() == set()
    canary.sing("mail")
    assert well() == {"mail"}
    assert lease.claim(job_id=order(tmp_path, "deliver").id)
    assert well() == {"mail", "fulls"}
    Canary.objects.update(heard_at=LONG_AGO)
    assert well() == {"fulls"}
