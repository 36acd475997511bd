"""Rows 15 and 16 of the table of faults: the cluster itself is killed. And stopping leaves nothing behind."""

import os
import signal
from functools import partial
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from pytest_django import Settings

from render.jobs import canary
from render.jobs.models import Canary, Job
from tests.jobs.handlers import lines, order
from tests.jobs.house import INTERVALS, House, until
from tests.jobs.test_faults import assert_delivered, ended
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.rows]


@pytest.fixture(autouse=True)
def _short_silence(settings: Settings) -> None:
    settings.JOB_SILENCE_SECONDS = float(INTERVALS["JOB_SILENCE_SECONDS"])


def well() -> bool:
    return next(pulse.well for pulse in canary.pulses() if pulse.queue == "fulls")


def sung() -> bool:
    return Canary.objects.filter(queue="fulls", heard_at__isnull=False).exists()


def health(port: int) -> int:
    """The status of the health page; 0 while nobody answers."""
    try:
        return int(urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).status)
    except HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.mark.django_db(transaction=True)
def test_the_catalogues_pictures_take_what_customers_leave(tmp_path: Path) -> None:
    """In the kernel's eyes: every process of a cluster is as nice as its queue says."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    house = House(tmp_path / "house", "--no-web", "--queues", "fulls", "catalogue")
    try:
        for queue, nice in (("fulls", 10), ("catalogue", 19)):
            until(partial(works, house, queue), f"{queue} works")
            found = {os.getpriority(os.PRIO_PROCESS, pid) for pid in house.descendants(house.cluster(queue))}
            assert found == {min(19, own + nice)}
            # Linux weighs niceness within a session only.
            assert os.getsid(house.cluster(queue)) == os.getsid(house.process.pid)
    finally:
        house.stop()


def works(house: House, queue: str) -> bool:
    """Whether the cluster has begun: sentinel, worker, pusher and monitor are there."""
    cluster = house.cluster(queue)
    return bool(cluster) and len(house.descendants(cluster)) >= 4


def kill_the_worker(house: House, folder: Path) -> Job:
    """Kill the worker that has just done a job, and order another one."""
    first = order(folder / "first", "deliver")
    assert_delivered(house, first, folder / "first", attempt=1)
    after = Canary.objects.filter(queue="fulls", heard_at__gt=first.ended_at)
    until(after.exists, "the worker sings once more")
    os.kill(int(lines(folder / "first", "attempts")[0]), signal.SIGKILL)
    return order(folder / "later", "deliver")


def test_row_15_an_idle_worker_killed_turns_the_queue_red_and_is_replaced(
    own_house: House, tmp_path: Path
) -> None:
    for trial in range(10):
        # An idle worker waits inside the lock of the cluster's queue, and takes the lock with it. One that is
        # hit on its way there does not, and the cluster itself replaces it: then we try again.
        folder = tmp_path / str(trial)
        later = kill_the_worker(own_house, folder)
        cluster = own_house.cluster("fulls")
        until(lambda: not well() or ended(later), "the queue turns red or goes on")  # noqa: B023
        if not ended(later):
            break
    else:
        pytest.fail("No worker was hit while it was idle.")
    assert_delivered(own_house, later, folder / "later", attempt=1)
    until(well, "the queue is well again")
    assert own_house.cluster("fulls") not in {0, cluster}
    assert "is silent" in own_house.log.read_text()


def test_row_16_a_clusters_parent_killed_leaves_no_orphans(own_house: House, tmp_path: Path) -> None:
    job = order(tmp_path / "job", "wait", "deliver")
    until(lambda: lines(tmp_path / "job", "attempts"), "the work begins")
    cluster = own_house.cluster("fulls")
    old = own_house.descendants(cluster) | {cluster}
    assert len(old) >= 5  # parent, sentinel, worker, pusher, monitor
    os.kill(cluster, signal.SIGKILL)
    until(lambda: not old & own_house.processes(), "every process of the old cluster is gone")
    until(lambda: own_house.cluster("fulls"), "a new cluster runs")
    assert_delivered(own_house, job, tmp_path / "job", attempt=2)
    assert len(own_house.descendants(own_house.process.pid)) == len(old)


def test_row_16_a_killed_supervisor_takes_everything_with_it(own_house: House) -> None:
    until(sung, "the queue sings")
    own_house.process.kill()
    own_house.process.wait()
    until(lambda: not own_house.processes(), "no process is left")


@pytest.mark.django_db(transaction=True)
def test_the_whole_house_turns_green_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    # Every queue starts at once: on a busy machine that takes longer than one alone may be silent.
    house = House(tmp_path / "house", "--port", str(port), JOB_SILENCE_SECONDS="60")
    try:
        until(lambda: health(port) == 200, "the health page is green")
        house.process.kill()
        house.process.wait()
        until(lambda: not house.processes(), "no process is left")
        assert health(port) == 0
    finally:
        house.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.wide)])
def test_stopping_stops_everything(own_house: House, number: signal.Signals) -> None:
    until(sung, "the queue sings")
    own_house.process.send_signal(number)
    assert own_house.process.wait(60) == 0
    assert own_house.processes() == set()
    assert own_house.log.read_text().endswith("Stopped.\n")
