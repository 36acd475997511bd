"""Rows 10 to 14, 17, 19 and 29 of the table of faults: real portraits, real credits, real workers, killed.

After each one the ledger adds up, nothing is held for nothing, and no file lies about.
"""

import inspect
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings as django_settings
from django.db import connection

from billing.models import Entry, Hold
from portraitos_site import privacy as leaving
from render import fulls, orders, privacy
from render.errors import NotEnoughCredits
from render.jobs.models import Job
from render.models import Portrait
from render.pipeline import run
from render.pipeline.stage import Stage
from tests.cast import Cast
from tests.jobs.house import House, until
from tests.render import small
from tests.render.sitting import approve, assert_settled, balance, develop, folders, fund, proofs

pytestmark = [pytest.mark.slow, pytest.mark.rows, pytest.mark.usefixtures("committed")]

State = Portrait.State
AT_ONCE = 16


def ended(portrait: Portrait) -> bool:
    portrait.refresh_from_db()
    return portrait.state != State.APPROVED


def captures() -> int:
    return Entry.objects.filter(kind=Entry.Kind.CAPTURE).count()


def settled() -> None:
    """After a sweep: rows, holds and folders say the same."""
    drafts = Path(django_settings.JOB_DIR) / "drafts"
    until(lambda: not drafts.is_dir() or not list(drafts.iterdir()), "no draft is left")
    assert_settled()


def at_once(act: Callable[[int], object]) -> list[object]:
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> object:
        barrier.wait(timeout=30)
        try:
            return act(number)
        except NotEnoughCredits as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


@pytest.mark.dialect
def test_row_10_one_credit_and_sixteen_clicks_are_one_hold_and_one_job(cast: Cast) -> None:
    fund(cast.alice, 1)
    (portrait,) = proofs(cast.alice, "rembrandt")
    answers = at_once(lambda _: orders.approve(owner=cast.alice, ids=[portrait.pk]))
    assert not any(isinstance(one, NotEnoughCredits) for one in answers)
    assert Hold.objects.count() == 1
    assert Job.objects.filter(kind=fulls.KIND).count() == 1
    develop()
    assert (balance(cast.alice), captures()) == ((0, 0), 1)
    settled()


@pytest.mark.dialect
def test_row_11_sixteen_approvals_and_five_credits(cast: Cast) -> None:
    fund(cast.alice, 5)
    (first,) = proofs(cast.alice, "rembrandt")
    copies = [
        Portrait(
            shoot=first.shoot, number=2 + number, version=first.version, state=State.PROVED,
            proof=f"none-{number}", proof_digest=first.proof_digest,
        )
        for number in range(AT_ONCE)
    ]  # fmt: skip
    Portrait.objects.bulk_create(copies)
    ids = [row.pk for row in copies]
    answers = at_once(lambda number: orders.approve(owner=cast.alice, ids=[ids[number]]))
    assert sum(isinstance(one, NotEnoughCredits) for one in answers) == 11
    assert Portrait.objects.filter(state=State.APPROVED).count() == 5
    assert Job.objects.live().filter(kind=fulls.KIND).count() == 5
    assert balance(cast.alice) == (0, 5)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        pytest.param("break", "Something broke", marks=pytest.mark.wide),  # as in test_failing_portraits
        pytest.param("hog", "more memory", marks=pytest.mark.wide),
        ("full", "no room to store"),
    ],
)
def test_rows_12_and_19_two_attempts_then_the_credit_and_the_reason(
    cast: Cast, workers: Callable[..., House], act: str, words: str
) -> None:
    fund(cast.alice, 1)
    (portrait,) = proofs(cast.alice, "rembrandt")
    before = folders()
    workers(act)
    approve(portrait)
    until(lambda: ended(portrait), "the portrait has failed")
    job = Job.objects.get(kind=fulls.KIND)
    assert (portrait.state, job.attempt, balance(cast.alice)) == (State.PROVED, 2, (1, 0))
    assert words in portrait.sentence
    assert folders() == before
    settled()


def test_row_13_a_killed_worker_is_forgiven_once(cast: Cast, workers: Callable[..., House]) -> None:
    fund(cast.alice, 2)
    (portrait,) = proofs(cast.alice, "rembrandt")
    workers("kill", "deliver")
    approve(portrait)
    until(lambda: ended(portrait), "the portrait is delivered")
    assert (portrait.state, balance(cast.alice), captures()) == (State.DELIVERED, (1, 0), 1)
    assert Job.objects.get(kind=fulls.KIND).attempt == 2
    assert portrait.full.endswith("-2")
    settled()


def test_rows_13_and_14_what_kills_twice_fails_and_the_queue_goes_on(
    cast: Cast, workers: Callable[..., House]
) -> None:
    fund(cast.alice, 2)
    deadly, well = proofs(cast.alice, "rembrandt", "corporate")
    workers("kill", "kill", "deliver")
    approve(deadly)
    until(lambda: ended(deadly), "the deadly one has failed")
    assert (deadly.state, deadly.sentence) == (State.PROVED, "The worker stopped in the middle of this.")
    approve(well)
    until(lambda: ended(well), "the next one is delivered")
    assert (well.state, balance(cast.alice), captures()) == (State.DELIVERED, (1, 0), 1)
    settled()


@pytest.mark.dialect
def test_row_17_delivered_twice_is_captured_once(cast: Cast) -> None:
    from render.jobs.work import work

    fund(cast.alice, 2)
    (portrait,) = proofs(cast.alice, "rembrandt")
    approve(portrait)
    job = Job.objects.get(kind=fulls.KIND)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_worked, [str(job.id)] * 2))
    work(str(job.id))
    portrait.refresh_from_db()
    assert (portrait.state, balance(cast.alice), captures()) == (State.DELIVERED, (1, 0), 1)
    settled()


def _worked(job: str) -> None:
    import uuid

    from render.jobs.lease import claim
    from render.jobs.work import _attempt

    try:
        if lease := claim(job_id=uuid.UUID(job)):
            finish_without_clock(lease, _attempt)
    finally:
        connection.close()


def finish_without_clock(lease: object, attempt: Callable[..., None]) -> None:
    """Alarms belong to the main thread: in this one the handler's own clock stays away."""
    from contextlib import nullcontext
    from unittest.mock import patch

    with patch("render.jobs.work.deadline", lambda seconds: nullcontext()):
        attempt(lease)


Leave = Callable[[Portrait], object]


@pytest.mark.parametrize(
    "leave",
    [
        "portrait",
        "account",
        *(pytest.param(way, marks=pytest.mark.wide) for way in ("shoot", "identity", "consent")),
    ],
)
def test_row_29_who_leaves_while_it_renders_leaves_nothing(
    cast: Cast, workers: Callable[..., House], leave: str
) -> None:
    ways: dict[str, Leave] = {
        "portrait": lambda row: orders.discard(portrait=row),
        "shoot": lambda row: orders.discard_shoot(shoot=row.shoot),
        "identity": lambda row: privacy.discard_identity(identity=row.shoot.identity),
        "account": lambda row: leaving.erase_account(user=cast.alice, address=""),
        "consent": lambda row: leaving.withdraw_consent(user=cast.alice, address=""),
    }
    fund(cast.alice, 1)
    (portrait,) = proofs(cast.alice, "rembrandt")
    house = workers("wait")
    approve(portrait)
    until(lambda: Job.objects.filter(stage=Stage.FULL_SIZE).exists(), "the worker is in the middle of it")
    ways[leave](portrait)
    drafts = Path(django_settings.JOB_DIR) / "drafts"
    until(lambda: not list(drafts.iterdir()), "the worker has let go")
    assert (folders(), captures()) == (set(), 0)
    if leave != "account":
        assert balance(cast.alice) == (1, 0)
    assert not Hold.objects.filter(state=Hold.State.OPEN).exists()
    assert house.process.poll() is None
    assert not Job.objects.filter(kind=fulls.KIND).exists()


def test_the_small_engine_is_the_real_one() -> None:
    assert inspect.unwrap(run.enlarge) is small._enlarge
    assert small.ACTS not in os.environ
