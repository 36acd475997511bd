"""A clock is set back: what rows say of a later time is silence, and keeps nothing waiting."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from django_q.models import OrmQ

from render.jobs import canary, clock, lease
from render.jobs.models import Canary, Job
from render.jobs.sweep import sweep
from tests.jobs.handlers import order

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db(transaction=True)]

BACK = timedelta(seconds=260)


def well(queue: str = "fulls") -> bool:
    return next(pulse.well for pulse in canary.pulses() if pulse.queue == queue)


def test_a_song_of_the_future_is_silence() -> None:
    canary.send()
    canary.sing("fulls")
    assert well()
    Canary.objects.update(heard_at=timezone.now() + clock.APART / 2)  # another host's clock
    assert well()
    Canary.objects.update(heard_at=timezone.now() + BACK)
    assert not well()
    assert {pulse.sentence for pulse in canary.pulses() if pulse.queue == "fulls"} == {
        "No worker of the queue fulls has been heard yet."
    }


def test_a_heartbeat_of_the_future_is_silence_and_hides_no_other(tmp_path: Path) -> None:
    jobs = [order(tmp_path, "deliver") for _ in range(2)]
    for job in jobs:
        assert lease.claim(job_id=job.id) is not None
    Job.objects.filter(pk=jobs[0].pk).update(beat_at=timezone.now() + BACK)
    assert well()
    Job.objects.update(beat_at=timezone.now() + BACK)
    assert not well()


def test_the_next_canary_does_not_wait_until_the_clock_has_come_so_far() -> None:
    canary.send()
    sent = OrmQ.objects.count()
    canary.send()
    assert OrmQ.objects.count() == sent
    Canary.objects.update(sent_at=timezone.now() + BACK)
    canary.send()
    assert OrmQ.objects.count() == 2 * sent


def test_a_lease_of_the_future_runs_out_within_one_lease(tmp_path: Path) -> None:
    taken = lease.claim(job_id=order(tmp_path, "deliver").id)
    assert taken is not None
    Job.objects.update(lease_end=timezone.now() + timedelta(hours=1))
    assert sweep().leases == 0
    job = Job.objects.get()
    assert job.lease_end is not None
    assert job.lease_end <= timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    taken.report("relight", 0.5)  # whoever still works on it goes on


def test_a_bell_of_the_future_is_rung_again(tmp_path: Path) -> None:
    order(tmp_path, "deliver")
    OrmQ.objects.update(lock=timezone.now() + BACK)  # django-q2 takes it for one that a cluster has
    assert sweep().bells == 0
    Job.objects.update(rung_at=timezone.now() + BACK)
    assert sweep().bells == 1
    assert sweep().bells == 0
