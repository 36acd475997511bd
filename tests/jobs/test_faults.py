"""Rows 12 to 14 and 17 of the table of faults, with real workers that are really killed."""

import os
import signal
from pathlib import Path

import pytest

from render.jobs.models import Job
from render.jobs.queue import cancel, ring
from tests.jobs.handlers import lines, order
from tests.jobs.house import House, until

pytestmark = [pytest.mark.slow, pytest.mark.rows]


def ended(job: Job) -> bool:
    job.refresh_from_db()
    return job.ended


def results(house: House, job: Job) -> list[str]:
    """The folders delivered for a job: there may be one, and no half one."""
    folder = house.folder / "jobs" / "results"
    return sorted(path.name for path in folder.glob(f"{job.id}-*"))


def assert_failed(house: House, job: Job, folder: Path, code: str, attempts: int = 2) -> None:
    until(lambda: ended(job), f"the job fails with {code!r}")
    assert (job.state, job.error_code, job.attempt) == (Job.State.FAILED, code, attempts)
    assert job.error_sentence.endswith(".")
    assert len(lines(folder, "attempts")) == attempts
    assert lines(folder, "ended") == ["failed"]
    assert results(house, job) == []
    until(lambda: not list((house.folder / "jobs" / "drafts").glob(f"{job.id}-*")), "the drafts are gone")


def assert_delivered(house: House, job: Job, folder: Path, attempt: int) -> None:
    until(lambda: ended(job), "the job is done")
    assert (job.state, job.attempt, job.result) == (Job.State.DONE, attempt, {"attempt": attempt})
    assert (job.progress, job.error_code, job.lease_token) == (1.0, "", None)
    assert lines(folder, "ended") == ["done"]
    assert results(house, job) == [f"{job.id}-{attempt}"]
    portrait = house.folder / "jobs" / "results" / f"{job.id}-{attempt}" / "portrait.txt"
    assert portrait.read_text() == f"attempt {attempt}"


def test_a_job_is_delivered_once(house: House, tmp_path: Path) -> None:
    job = order(tmp_path / "job", "deliver")
    assert_delivered(house, job, tmp_path / "job", attempt=1)


@pytest.mark.parametrize(
    ("act", "kind", "code"),
    [("break", "scripted", "error"), ("sleep", "hasty", "timeout"), ("hog", "scripted", "memory")],
)
def test_row_12_a_bad_job_gets_two_attempts_and_says_why(
    house: House, tmp_path: Path, act: str, kind: str, code: str
) -> None:
    job = order(tmp_path / "job", act, kind=kind)
    assert_failed(house, job, tmp_path / "job", code)


def test_row_12_one_bad_attempt_is_forgiven(house: House, tmp_path: Path) -> None:
    job = order(tmp_path / "job", "break", "deliver")
    assert_delivered(house, job, tmp_path / "job", attempt=2)


def test_row_12_code_that_hears_no_alarm_is_ended_by_the_sentinel(house: House, tmp_path: Path) -> None:
    job = order(tmp_path / "job", "stick", kind="brief")
    assert_failed(house, job, tmp_path / "job", "lost")


def test_a_refusal_is_not_tried_again(house: House, tmp_path: Path) -> None:
    job = order(tmp_path / "job", "refuse")
    assert_failed(house, job, tmp_path / "job", "no_face", attempts=1)
    assert job.error_sentence == "There is no face in this picture."


def test_row_13_a_worker_killed_in_the_middle_costs_one_attempt(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    job = order(folder, "wait", "deliver")
    until(lambda: lines(folder, "attempts"), "the first attempt begins")
    os.kill(int(lines(folder, "attempts")[0]), signal.SIGKILL)
    assert_delivered(house, job, folder, attempt=2)


def test_row_13_killed_twice_it_fails_and_is_settled_once(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    job = order(folder, "wait")
    for attempt in (1, 2):
        until(lambda: len(lines(folder, "attempts")) == attempt, f"attempt {attempt} begins")  # noqa: B023
        os.kill(int(lines(folder, "attempts")[-1]), signal.SIGKILL)
    assert_failed(house, job, folder, "lost")


def test_row_14_a_job_that_kills_its_process_does_not_stop_the_queue(house: House, tmp_path: Path) -> None:
    deadly = order(tmp_path / "deadly", "die")
    harmless = [order(tmp_path / f"harmless-{number}", "deliver") for number in range(4)]
    for number, job in enumerate(harmless):
        assert_delivered(house, job, tmp_path / f"harmless-{number}", attempt=1)
    assert_failed(house, deadly, tmp_path / "deadly", "lost")


def test_row_17_a_doorbell_rung_three_times_does_the_work_once(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    job = order(folder, "wait")
    until(lambda: lines(folder, "attempts"), "the work begins")
    ring(job=job)
    ring(job=job)
    after = order(tmp_path / "after", "deliver")
    assert_delivered(house, after, tmp_path / "after", attempt=1)  # so the second bells have been answered
    (folder / "go").touch()
    assert_delivered(house, job, folder, attempt=1)
    assert len(lines(folder, "attempts")) == 1


def test_row_17_a_late_first_is_fenced_and_its_file_removed(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    job = order(folder, "hang", "deliver")
    assert_delivered(house, job, folder, attempt=2)
    (folder / "go").touch()
    until(lambda: "attempt 1]: Fenced off." in house.log.read_text(), "the late first is fenced")
    assert_delivered(house, job, folder, attempt=2)


def test_a_canceled_job_stops_at_its_next_heartbeat(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    job = order(folder, "wait")
    until(lambda: lines(folder, "attempts"), "the work begins")
    cancel(job_id=job.id)
    until(lambda: ended(job), "the job is canceled")
    assert job.state == Job.State.CANCELED
    assert lines(folder, "ended") == ["canceled"]
    assert results(house, job) == []
