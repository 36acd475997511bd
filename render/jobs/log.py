"""Log lines that know their job: whatever is logged while a job runs carries its id, kind and attempt."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # logging is set up before there are models
    from render.jobs.lease import Lease

_running: ContextVar["Lease | None"] = ContextVar("running", default=None)


@contextmanager
def running(lease: "Lease") -> Iterator[None]:
    """For as long as it lasts, log lines are the job's."""
    token = _running.set(lease)
    try:
        yield
    finally:
        _running.reset(token)


class OfJob(logging.Filter):
    """Puts the running job on a record; empty outside of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        lease = _running.get()
        record.job = (
            {"id": str(lease.job_id), "kind": lease.kind, "attempt": lease.attempt} if lease else None
        )
        return True


class Line(logging.Formatter):
    """For a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        job: dict[str, Any] | None = getattr(record, "job", None)
        record.of_job = f" [{job['kind']} {job['id']}, attempt {job['attempt']}]" if job else ""
        return super().format(record)


class JSON(logging.Formatter):
    """For whatever collects lines: one object each, with its traceback inside."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if job := getattr(record, "job", None):
            line["job"] = job
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
