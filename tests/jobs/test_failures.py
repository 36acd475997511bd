"""Errors of ours are recorded by their cause: what counts, what does not. Recording harms nothing."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from render.jobs import cause, failures, lease, registry
from render.jobs.errors import TimedOut
from render.jobs.models import Failure, FailureEvent, Job
from render.jobs.sweep import sweep
from render.jobs.watch import Watch
from render.jobs.work import work
from tests.jobs.handlers import order
from tests.stores import holds

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
SECRET = "alice@example.org has the face 7f3a"
HERE = "tests.jobs.test_failures"


def broken(error: BaseException | None = None, *, later: bool = False) -> BaseException:
    """An error that was raised here, from one of two lines."""
    try:
        if later:
            raise error or ValueError(SECRET)  # noqa: TRY301
        raise error or ValueError(SECRET)  # noqa: TRY301
    except BaseException as caught:  # noqa: BLE001  (a test of BaseExceptions too)
        return caught


def at_once(act: Callable[[], object], times: int) -> list[object]:
    barrier = Barrier(times)

    def one(_: int) -> object:
        barrier.wait(timeout=30)
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_a_cause_is_the_work_the_exception_and_the_function_and_no_line() -> None:
    first, second = (cause.of(broken(later=later), kind="full") for later in (False, True))
    assert first.line != second.line
    assert first.fingerprint == second.fingerprint
    assert (first.kind, first.exception, first.place) == ("full", "ValueError", f"{HERE}.broken")
    others = [
        cause.of(broken(), kind="copy"),
        cause.of(broken(KeyError()), kind="full"),
        cause.of(ValueError(), kind="full"),
    ]
    assert len({one.fingerprint for one in [first, *others]}) == 4


def test_the_place_is_our_own_code_and_not_the_library_that_raised() -> None:
    try:
        Job.objects.get(pk=uuid.uuid4())
    except Job.DoesNotExist as error:
        found = cause.of(error, kind="full")
    assert found.exception == "render.jobs.models.Job.DoesNotExist"
    assert found.place == f"{HERE}.test_the_place_is_our_own_code_and_not_the_library_that_raised"


@pytest.mark.parametrize("error", [MemoryError(), TimedOut(), OSError(28, "No space left on device")])
def test_what_strikes_anywhere_is_known_by_its_stage(error: BaseException) -> None:
    found = cause.of(broken(error), kind="full", stage="detail")
    assert (found.place, found.line) == ("stage detail", None)


def test_work_that_is_given_up_counts_and_an_attempt_that_is_repeated_is_only_noted(tmp_path: Path) -> None:
    mended = order(tmp_path / "mended", "break", "deliver")
    work(str(mended.pk))
    work(str(mended.pk))
    failure = Failure.objects.get()
    assert (failure.count, failure.retried, failures.last_hour()) == (0, 1, 0)
    assert not Failure.objects.unsettled().exists()
    lost = order(tmp_path / "lost", "break")
    work(str(lost.pk))
    work(str(lost.pk))
    failure.refresh_from_db()
    assert (failure.kind, failure.exception) == ("scripted", "RuntimeError")
    assert failure.place == "tests.jobs.handlers._break"
    assert (failure.count, failure.retried, failures.last_hour()) == (1, 2, 1)
    newest = FailureEvent.objects.latest("pk")
    assert (newest.job, newest.given_up) == (lost.pk, True)


def test_a_refusal_and_a_cancellation_are_no_failures_of_ours(tmp_path: Path) -> None:
    work(str(order(tmp_path / "refused", "refuse").pk))
    canceled = order(tmp_path / "canceled", "wait")
    taken = lease.claim(job_id=canceled.pk)
    assert taken
    Job.objects.filter(pk=canceled.pk).update(cancel_wanted=True)
    from render.jobs.work import _attempt

    _attempt(taken)
    assert set(Job.objects.values_list("state", flat=True)) == {"failed", "canceled"}
    assert not Failure.objects.exists()


def test_a_lost_worker_is_known_by_the_stage_at_which_it_stopped(tmp_path: Path) -> None:
    job = order(tmp_path, "deliver")
    for _ in range(2):
        taken = lease.claim(job_id=job.pk)
        assert taken
        taken.report("detail", 0.5)
        Job.objects.update(lease_end=timezone.now() - timedelta(seconds=1))
        sweep()
    failure = Failure.objects.get()
    assert (failure.kind, failure.exception, failure.place) == ("scripted", "worker lost", "stage detail")
    assert (failure.count, failure.retried) == (1, 1)


def test_an_end_that_cannot_be_written_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsettled(job: Job) -> None:
        raise LookupError(SECRET)

    monkeypatch.setattr(registry, "settle", unsettled)
    job = order(tmp_path, "refuse")
    with pytest.raises(LookupError):
        work(str(job.pk))
    assert Failure.objects.get().retried == 1, "the sweeper tries again"
    Job.objects.update(attempt=2, lease_end=timezone.now() - timedelta(seconds=1))
    sweep()
    assert failures.last_hour() == 1


def test_every_part_of_the_sweep_and_the_watch_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []

    def breaks(*given: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(registry, "_sweepers", [breaks, lambda: ran.append("went on")])
    monkeypatch.setattr("render.jobs.files.sweep", breaks)
    sweep()
    assert ran == ["went on"]
    monkeypatch.setattr("render.jobs.canary.send", breaks)
    assert Watch({}).round() == set()
    name = f"{HERE}.test_every_part_of_the_sweep_and_the_watch_itself.<locals>.breaks"
    found = dict(Failure.objects.values_list("kind", "count"))
    assert found == {f"sweep {name}": 2, "watch": 1}


def test_three_within_an_hour_are_an_alarm_until_the_hour_is_over() -> None:
    for kind in ("full", "full", "copy"):
        failures.record(broken(), kind=kind)
    assert (failures.last_hour(), failures.alarms().count()) == (3, 0)
    failures.record(broken(), kind="full", given_up=False)
    assert failures.alarms().count() == 0, "an attempt that is repeated is none"
    failures.record(broken(), kind="full")
    assert [row.kind for row in failures.alarms()] == ["full"]
    oldest = FailureEvent.objects.earliest("pk")
    FailureEvent.objects.filter(pk=oldest.pk).update(at=oldest.at - failures.WINDOW)
    assert (failures.last_hour(), failures.alarms().count()) == (3, 0)


def test_settled_it_is_forgotten_until_it_strikes_again() -> None:
    for _ in range(3):
        failures.record(broken(), kind="full")
    failures.settle(failure=Failure.objects.get(), by="user 1")
    row = Failure.objects.get()
    assert (row.is_settled, row.settled_by, failures.last_hour()) == (True, "user 1", 0)
    assert not failures.alarms().exists()
    failures.record(broken(), kind="full")
    row.refresh_from_db()
    assert (row.is_settled, row.count, failures.last_hour()) == (False, 4, 1)
    assert not failures.alarms().exists(), "what was settled counts no more"


@pytest.mark.dialect
def test_any_number_of_workers_record_one_cause_and_one_of_them_tells() -> None:
    at_once(lambda: failures.record(broken(), kind="full"), 8)
    row = Failure.objects.get()
    assert (row.count, row.events.count()) == (8, 8)
    assert sorted(map(bool, at_once(lambda: failures.take_untold(failure=row), 8))) == [False] * 7 + [True]
    failures.settle(failure=row, by="user 1")
    assert not failures.take_untold(failure=row)
    failures.record(broken(), kind="full")
    assert failures.take_untold(failure=row), "it came back"


def test_recording_raises_nothing_whatever_is_broken(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*given: object, **named: object) -> None:
        raise IntegrityError(SECRET)

    monkeypatch.setattr(failures, "_listeners", [breaks])
    monkeypatch.setattr(failures, "_count", breaks)
    failures.record(broken(), kind="full")
    assert "could not be recorded" in caplog.text


def test_a_job_ends_although_its_error_cannot_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "_count", lambda *given, **named: 1 / 0)
    job = order(tmp_path, "break")
    work(str(job.pk))
    work(str(job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.FAILED


@pytest.mark.dialect
def test_it_is_recorded_after_a_broken_transaction_and_a_closed_connection() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind="full", queue="fulls", subject=uuid.uuid4(), state="running")
    failures.record(broken(), kind="full")
    connection.close()
    failures.record(broken(), kind="full")
    assert Failure.objects.get().count == 2


def test_what_is_recorded_inside_a_transaction_leaves_that_well() -> None:
    with transaction.atomic():
        with failures.recorded("letter"):
            Job.objects.create(kind="full", queue="fulls", subject=uuid.uuid4(), state="running")
        job = Job.objects.create(kind="full", queue="fulls", subject=uuid.uuid4())
    assert Job.objects.get() == job
    assert Failure.objects.get().kind == "letter"


def test_nothing_that_the_error_said_or_held_is_kept() -> None:
    face = SECRET.upper()  # a local variable of this frame
    failures.record(broken(), kind="full", job=uuid.uuid4())
    assert Failure.objects.exists()
    assert holds("alice@example.org") == []
    assert holds(face) == []


def test_a_flood_is_counted_and_not_kept_and_old_events_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "EVENTS_AN_HOUR", 3)
    for _ in range(5):
        failures.record(broken(), kind="full")
    row = Failure.objects.get()
    assert (row.count, row.events.count()) == (5, 3)
    FailureEvent.objects.update(at=timezone.now() - failures.KEPT - timedelta(seconds=1))
    sweep()
    assert (Failure.objects.get().count, FailureEvent.objects.count()) == (5, 0)
