"""Log lines of a job carry the job; other lines carry none."""

import json
import logging
import uuid

import pytest

from render.jobs.lease import Lease
from render.jobs.log import JSON, Line, OfJob, running

LEASE = Lease(uuid.uuid4(), "full", uuid.uuid4(), {}, 2, uuid.uuid4())


def record(words: str, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("render.fulls", logging.ERROR, __file__, 1, words, None, info)
    OfJob().filter(made)
    return made


def test_a_line_in_a_job_names_it_and_one_outside_does_not() -> None:
    line = Line("%(name)s%(of_job)s: %(message)s")
    with running(LEASE):
        inside = record("Failed.")
    assert line.format(inside) == f"render.fulls [full {LEASE.job_id}, attempt 2]: Failed."
    assert line.format(record("Well.")) == "render.fulls: Well."


def test_json_is_one_object_a_line_with_its_traceback() -> None:
    with running(LEASE), pytest.raises(ValueError, match="two") as caught:
        raise ValueError("two\nlines")
    with running(LEASE):
        text = JSON().format(record("Failed.", caught.value))
    assert "\n" not in text
    read = json.loads(text)
    assert read["job"] == {"id": str(LEASE.job_id), "kind": "full", "attempt": 2}
    assert "ValueError: two" in read["traceback"]
    assert "job" not in json.loads(JSON().format(record("Well.")))


def test_a_job_that_raises_leaves_the_context() -> None:
    with pytest.raises(ValueError, match="gone"), running(LEASE):
        raise ValueError("gone")
    assert record("Well.").job is None  # type: ignore[attr-defined]
