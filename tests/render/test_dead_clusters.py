"""Rows 15 and 16 of the table of faults once more, with a paid portrait in the middle of it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from render import fulls
from render.jobs.models import Job
from render.models import Portrait
from render.pipeline.stage import Stage
from tests.cast import Cast
from tests.jobs.house import House, until
from tests.render.sitting import approve, balance, fund, proofs
from tests.render.test_faults import captures, ended, settled

pytestmark = [pytest.mark.slow, pytest.mark.rows, pytest.mark.usefixtures("committed")]

State = Portrait.State


def worker(house: House) -> int:
    """The process of the cluster that did the work: it holds the models."""

    def pages(pid: int) -> int:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])

    return max(house.descendants(house.cluster("fulls")), key=pages)


def test_row_15_an_idle_worker_is_killed_and_the_next_portrait_is_paid_for_once(
    cast: Cast, workers: Callable[..., House]
) -> None:
    fund(cast.alice, 2)
    first, second = proofs(cast.alice, "rembrandt", "corporate")
    house = workers("deliver")
    approve(first)
    until(lambda: ended(first), "the first is delivered")
    os.kill(worker(house), signal.SIGKILL)
    approve(second)
    until(lambda: ended(second), "the second is delivered")
    assert (first.state, second.state) == (State.DELIVERED, State.DELIVERED)
    assert (balance(cast.alice), captures()) == ((0, 0), 2)
    settled()


def test_row_16_the_clusters_parent_is_killed_in_mid_render(
    cast: Cast, workers: Callable[..., House]
) -> None:
    fund(cast.alice, 1)
    (portrait,) = proofs(cast.alice, "rembrandt")
    house = workers("wait", "deliver")
    approve(portrait)
    until(lambda: Job.objects.filter(stage=Stage.FULL_SIZE).exists(), "the worker is in the middle of it")
    cluster = house.cluster("fulls")
    old = house.descendants(cluster) | {cluster}
    os.kill(cluster, signal.SIGKILL)
    until(lambda: not old & house.processes(), "every process of the old cluster is gone")
    until(lambda: ended(portrait), "the portrait is delivered")
    assert (portrait.state, balance(cast.alice), captures()) == (State.DELIVERED, (0, 0), 1)
    assert Job.objects.get(kind=fulls.KIND).attempt == 2
    settled()
