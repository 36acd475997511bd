"""Nobody's first job waits behind all of another's: accounts are served in rounds."""

import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from render.jobs import lease
from render.jobs.models import Job
from render.jobs.queue import cancel, enqueue
from render.jobs.work import next_of

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db(transaction=True)]

ALICE, BOB, CAROL = 1, 2, 3
QUEUE = "fulls"
LONG = 10_000
CHEAP = 0.05  # seconds a claim may take behind so many


def order(folder: Path, owner: int | None, count: int = 1) -> list[Job]:
    payload = {"folder": str(folder), "acts": ["deliver"]}
    subjects = (uuid.uuid4() for _ in range(count))
    return [enqueue(kind="scripted", subject=one, owner=owner, payload=payload) for one in subjects]


def served(count: int, *, end: bool = True) -> list[int | None]:
    """Whose jobs the next workers take."""
    owners = []
    for _ in range(count):
        taken = lease.claim_next(queue=QUEUE)
        assert taken is not None
        owners.append(Job.objects.get(pk=taken.job_id).owner)
        if end:
            lease.finish(lease=taken, result={})
    return owners


def test_the_first_of_another_does_not_wait_behind_eighty(tmp_path: Path) -> None:
    order(tmp_path, ALICE, 80)
    assert served(2, end=False) == [ALICE, ALICE]
    order(tmp_path, BOB)
    assert BOB in served(2)


def test_accounts_are_served_in_rounds(tmp_path: Path) -> None:
    order(tmp_path, ALICE, 4)
    order(tmp_path, BOB, 3)
    order(tmp_path, CAROL, 1)
    assert served(8) == [ALICE, BOB, CAROL, ALICE, BOB, ALICE, BOB, ALICE]


def test_one_that_orders_again_and_again_stands_behind_its_own(tmp_path: Path) -> None:
    order(tmp_path, ALICE, 2)
    order(tmp_path, BOB, 3)
    for _ in range(3):
        order(tmp_path, ALICE)
    assert served(6) == [ALICE, BOB, ALICE, BOB, BOB, ALICE]


def test_what_an_account_has_deleted_brings_it_nothing(tmp_path: Path) -> None:
    for job in order(tmp_path, ALICE, 5)[1:4]:
        cancel(job_id=job.id)
    order(tmp_path, BOB, 2)
    order(tmp_path, ALICE)
    assert served(4) == [ALICE, BOB, BOB, ALICE]


def test_a_second_attempt_keeps_its_place_and_tells_nobody_elses(tmp_path: Path) -> None:
    order(tmp_path, ALICE, 3)
    taken = lease.claim_next(queue=QUEUE)
    assert taken is not None
    assert served(1) == [ALICE]
    lease.fail(job_id=taken.job_id, token=taken.token, code="lost")
    (bobs,) = order(tmp_path, BOB)
    assert bobs.turn == 2  # with what Alice has never tried
    assert served(3) == [ALICE, ALICE, BOB]


def test_jobs_of_nobody_come_as_they_were_sent(tmp_path: Path) -> None:
    jobs = order(tmp_path, None, 3)
    for job in jobs:
        taken = lease.claim_next(queue=QUEUE)
        assert taken is not None
        assert taken.job_id == job.id
    assert lease.claim_next(queue=QUEUE) is None


def test_the_place_in_the_line_is_the_order_of_service(tmp_path: Path) -> None:
    order(tmp_path, ALICE, 3)
    order(tmp_path, BOB, 2)
    served(1, end=False)
    waiting = list(Job.objects.waiting(QUEUE))
    assert [job.ahead for job in waiting] == [1, 2, 3, 4]
    assert list(Job.objects.line(QUEUE).filter(state=Job.State.QUEUED)) == waiting


def test_a_doorbell_is_answered_by_the_next_in_line(tmp_path: Path) -> None:
    order(tmp_path, ALICE, 2)
    order(tmp_path, BOB)
    assert OrmQ.objects.filter(key=QUEUE).count() == 3
    for _ in range(4):  # one bell too many
        next_of(QUEUE)
    done = Job.objects.filter(state=Job.State.DONE).order_by("started_at")
    assert list(done.values_list("owner", flat=True)) == [ALICE, BOB, ALICE]


def test_workers_at_once_take_different_jobs(tmp_path: Path) -> None:
    order(tmp_path, ALICE, 8)

    def claim(number: int) -> uuid.UUID | None:
        try:
            taken = lease.claim_next(queue=QUEUE)
            return taken.job_id if taken else None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(claim, range(8)))
    assert len(set(taken) - {None}) == 8


def test_a_claim_is_cheap_behind_ten_thousand(tmp_path: Path) -> None:
    began = timezone.now() - timedelta(hours=1)
    rows = [
        Job(
            kind="scripted",
            queue=QUEUE,
            subject=uuid.uuid4(),
            owner=number % 500,
            turn=number // 500,
            created_at=began + timedelta(seconds=number / 10),
        )
        for number in range(LONG)
    ]
    Job.objects.bulk_create(rows, batch_size=500)
    took: dict[str, list[float]] = {"claim": [], "enqueue": []}
    for number in range(15):
        start = time.perf_counter()
        lease.claim_next(queue=QUEUE)
        middle = time.perf_counter()
        order(tmp_path, 1_000 + number)
        took["claim"].append(middle - start)
        took["enqueue"].append(time.perf_counter() - middle)
    medians = {what: statistics.median(times) for what, times in took.items()}
    print({what: f"{1000 * seconds:.1f} ms" for what, seconds in medians.items()})
    assert max(medians.values()) < CHEAP, medians
