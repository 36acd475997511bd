"""What a job writes.

A draft folder while it works, one rename to a name made from job and attempt when it is done.

JOB_DIR/drafts/<job>-<attempt>/     being written; nobody reads it
JOB_DIR/results/<job>-<attempt>/    complete, on the disk, and named by a row that is done
"""

import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from render.jobs.models import Job

BATCH = 400  # folders a query asks about; SQLite takes up to 999 parameters everywhere


def draft(*, job_id: uuid.UUID, attempt: int) -> Path:
    """Return the folder for one attempt's files, made when it is asked for the first time."""
    folder = _drafts() / name(job_id=job_id, attempt=attempt)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def result(*, job_id: uuid.UUID, attempt: int) -> Path:
    """Return the folder that a done job's files lie in."""
    return _results() / name(job_id=job_id, attempt=attempt)


def named(folder: str) -> Path:
    """Return the folder of that name, as `name` gives it."""
    if not folder:
        raise FileNotFoundError("There is no folder without a name.")
    return _results() / folder


def name(*, job_id: uuid.UUID, attempt: int) -> str:
    """Return the name of the folder in which a done job's files lie, for the row that stands for them."""
    return f"{job_id}-{attempt}"


def erase(folders: Iterable[str]) -> None:
    """Delete what done jobs have delivered: nobody wants it any more."""
    for folder in folders:
        shutil.rmtree(named(folder), ignore_errors=True)


def publish(*, job_id: uuid.UUID, attempt: int) -> None:
    """Give the drafts their final name.

    They are on the disk before it, so the name never leads to half a file.
    """
    source = _drafts() / name(job_id=job_id, attempt=attempt)
    if not source.is_dir():
        return
    target = result(job_id=job_id, attempt=attempt)
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in [*source.rglob("*"), source]:
        _sync(path)
    source.rename(target)
    _sync(target.parent)


def discard(*, job_id: uuid.UUID, attempt: int) -> None:
    shutil.rmtree(_drafts() / name(job_id=job_id, attempt=attempt), ignore_errors=True)


def withdraw(*, job_id: uuid.UUID, attempt: int) -> None:
    shutil.rmtree(result(job_id=job_id, attempt=attempt), ignore_errors=True)


def sweep() -> int:
    """Delete folders that no row answers for, once they are older than a lease. Return how many."""
    oldest = time.time() - settings.JOB_LEASE_SECONDS
    removed = 0
    for parent, states in (
        (_drafts(), [Job.State.RUNNING]),
        (_results(), [Job.State.RUNNING, Job.State.DONE]),
    ):
        settled = [folder for folder in _folders(parent) if _age_mark(folder) < oldest]
        for start in range(0, len(settled), BATCH):
            batch = settled[start : start + BATCH]
            wanted = _wanted([_job_of(folder) for folder in batch], states)
            for folder in batch:
                if folder.name not in wanted:
                    shutil.rmtree(folder, ignore_errors=True)
                    removed += 1
    return removed


def _wanted(jobs: list[uuid.UUID | None], states: list[Job.State]) -> set[str]:
    """Return the folder names that rows in these states answer for."""
    rows = Job.objects.filter(pk__in=[job for job in jobs if job], state__in=states)
    return {name(job_id=job_id, attempt=attempt) for job_id, attempt in rows.values_list("pk", "attempt")}


def _job_of(folder: Path) -> uuid.UUID | None:
    try:
        return uuid.UUID(folder.name.rpartition("-")[0])
    except ValueError:
        return None


def _age_mark(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _folders(parent: Path) -> Iterator[Path]:
    if parent.is_dir():
        yield from (path for path in parent.iterdir() if path.is_dir())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _drafts() -> Path:
    return Path(settings.JOB_DIR) / "drafts"


def _results() -> Path:
    return Path(settings.JOB_DIR) / "results"
