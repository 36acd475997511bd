"""What the watchman puts right, and what he leaves alone."""

import os
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from render.jobs import canary, files, lease, registry
from render.jobs.models import Canary, Job
from render.jobs.sweep import sweep
from tests.jobs.handlers import PORTRAIT, lines, order

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


def finished(tmp_path: Path, name: str = PORTRAIT) -> Job:
    taken = lease.claim(job_id=order(tmp_path, "deliver").id)
    assert taken is not None
    (taken.draft / name).write_bytes(b"jpeg")
    lease.finish(lease=taken, result={})
    return Job.objects.get(pk=taken.job_id)


def aged(folder: Path) -> Path:
    """A folder that is older than any lease."""
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder, (time.time() - 3600,) * 2)
    return folder


def test_a_result_stays_while_somebody_owns_it_and_a_draft_while_its_job_runs(tmp_path: Path) -> None:
    job = finished(tmp_path)
    kept = aged(files.result(job_id=job.id, attempt=1))
    running = lease.claim(job_id=order(tmp_path, "deliver").id)
    assert running is not None
    published = aged(files.result(job_id=running.job_id, attempt=1))
    drawn = aged(running.draft)
    young = files.draft(job_id=uuid.uuid4(), attempt=1)
    lost = [
        aged(files.result(job_id=uuid.uuid4(), attempt=1)),
        aged(files.result(job_id=job.id, attempt=0)),
        aged(kept.with_name("strange")),
        aged(files.result(job_id=finished(tmp_path, "unclaimed.txt").id, attempt=1)),
        aged(files.draft(job_id=job.id, attempt=1)),
    ]
    assert sweep().folders == len(lost)
    assert all(path.exists() for path in (kept, published, drawn, young))
    assert not any(path.exists() for path in lost)


def test_what_is_owned_outlives_its_job(tmp_path: Path) -> None:
    job = finished(tmp_path)
    folder = aged(files.result(job_id=job.id, attempt=1))
    job.delete()
    assert sweep().folders == 0
    assert (folder / PORTRAIT).read_bytes() == b"jpeg"


def test_nothing_is_deleted_while_an_owner_cannot_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stray = aged(files.result(job_id=uuid.uuid4(), attempt=1))
    owners = list(registry.owners())

    def broken(folders: Sequence[str]) -> list[str]:
        raise RuntimeError("broken on purpose")

    for asked in ([*owners, broken], [broken, *owners], []):
        monkeypatch.setattr(registry, "_owners", asked)
        assert sweep().folders == 0
        assert stray.exists()
    assert "broken on purpose" in caplog.text
    monkeypatch.setattr(registry, "_owners", owners)
    assert sweep().folders == 1


def test_a_job_that_ends_during_a_sweep_keeps_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is running when jobs are asked, and its owner's row is there when owners are."""
    taken = lease.claim(job_id=order(tmp_path, "deliver").id)
    assert taken is not None
    folder = aged(files.result(job_id=taken.job_id, attempt=1))

    def claim(folders: Sequence[str]) -> list[str]:
        Job.objects.filter(pk=taken.job_id).update(
            state=Job.State.DONE, ended_at=timezone.now(), **lease.NO_LEASE
        )
        return []

    monkeypatch.setattr(registry, "_owners", [claim])
    assert sweep().folders == 0
    assert folder.exists()


def test_jobs_that_ended_long_ago_go_in_batches_and_their_files_stay(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [finished(tmp_path) for _ in range(3)]
    lately, live = finished(tmp_path), order(tmp_path, "deliver")
    long_ago = timezone.now() - timedelta(days=settings.JOB_KEEP_DAYS, minutes=1)
    Job.objects.exclude(pk__in=[lately.pk, live.pk]).update(ended_at=long_ago)
    Job.objects.update(created_at=long_ago - timedelta(days=1))
    for job in old:
        aged(files.result(job_id=job.id, attempt=1))
    monkeypatch.setattr("render.jobs.sweep.AT_ONCE", 2)
    settings.JOB_KEEP_DAYS = 0
    assert sweep().jobs == 0
    settings.JOB_KEEP_DAYS = 90
    assert [sweep().jobs for _ in range(3)] == [2, 1, 0]
    assert set(Job.objects.values_list("pk", flat=True)) == {lately.pk, live.pk}
    assert all((files.result(job_id=job.id, attempt=1) / PORTRAIT).exists() for job in old)


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
    queues = ["catalogue", "fulls", "mail", "money", "previews"]
    assert sorted(OrmQ.objects.values_list("key", flat=True)) == queues
    Canary.objects.update(sent_at=LONG_AGO)
    canary.send()
    assert OrmQ.objects.count() == 2 * len(queues)


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
