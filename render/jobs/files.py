"""What a job writes.

A draft folder while it works, one rename to a name made from job and attempt when it is done.

JOB_DIR/drafts/<job>-<attempt>/     being written; nobody reads it
JOB_DIR/results/<job>-<attempt>/    complete and on the disk; it belongs to the app that ordered the job

A folder of results outlives its job's row: what keeps it is an owner (`registry.owner`).
"""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from django.conf import settings

from render.jobs import registry
from render.jobs.models import Job

BATCH = 400  # folders a query asks about; SQLite takes up to 999 parameters everywhere
PIECE = 1 << 20  # bytes of a file that are in memory at once


class Delivered(TypedDict):
    """One file that a job has delivered, as `Job.files` keeps it."""

    name: str
    size: int
    sha256: str


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


def results() -> Iterator[Path]:
    """Return whatever lies in the folder of results, in no order and one by one."""
    return _entries(_results())


def erase(folders: Iterable[str]) -> None:
    """Delete what done jobs have delivered: nobody wants it any more."""
    for folder in folders:
        shutil.rmtree(named(folder), ignore_errors=True)


def measure(folder: Path, path: Path) -> Delivered:
    """Return a file's name below its folder, its size and its digest, as they are read from the disk."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return {"name": path.relative_to(folder).as_posix(), "size": size, "sha256": digest.hexdigest()}


def publish(*, job_id: uuid.UUID, attempt: int) -> list[Delivered]:
    """Give the drafts their final name, and return what they are.

    They are on the disk before it, so the name never leads to half a file.
    """
    source = _drafts() / name(job_id=job_id, attempt=attempt)
    if not source.is_dir():
        return []
    delivered = [measure(source, path) for path in sorted(source.rglob("*")) if path.is_file()]
    target = result(job_id=job_id, attempt=attempt)
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in [*source.rglob("*"), source]:
        _sync(path)
    source.rename(target)
    _sync(target.parent)
    return delivered


def discard(*, job_id: uuid.UUID, attempt: int) -> None:
    shutil.rmtree(_drafts() / name(job_id=job_id, attempt=attempt), ignore_errors=True)


def withdraw(*, job_id: uuid.UUID, attempt: int) -> None:
    shutil.rmtree(result(job_id=job_id, attempt=attempt), ignore_errors=True)


def sweep() -> int:
    """Delete folders that nobody keeps, once they are older than a lease. Return how many.

    A draft is kept by the running job, a result by the running job or an owner. Where an owner raises, the
    sweep ends there: what it would have claimed is not known.
    """
    oldest = time.time() - settings.JOB_LEASE_SECONDS
    removed = 0
    for parent, kept in ((_drafts(), running), (_results(), _kept)):
        settled = [folder for folder in _folders(parent) if _age_mark(folder) < oldest]
        for start in range(0, len(settled), BATCH):
            batch = settled[start : start + BATCH]
            wanted = kept([folder.name for folder in batch])
            for folder in batch:
                if folder.name not in wanted:
                    shutil.rmtree(folder, ignore_errors=True)
                    removed += 1
    return removed


def _kept(folders: Sequence[str]) -> set[str]:
    """Return which of these results are somebody's.

    Jobs are asked first: one that ends meanwhile commits its owner's rows with its own, so the owners, asked
    afterwards, know them.
    """
    wanted = running(folders)
    owners = registry.owners()
    if not owners:
        return set(folders)  # a process that knows no owner cannot say that a folder has none
    for claim in owners:
        wanted |= set(claim(folders))
    return wanted


def running(folders: Sequence[str]) -> set[str]:
    """Return which of these folders belong to the attempt of a job that is running."""
    rows = Job.objects.filter(pk__in=[job for job in map(_job_of, folders) if job], state=Job.State.RUNNING)
    return {name(job_id=job_id, attempt=attempt) for job_id, attempt in rows.values_list("pk", "attempt")}


def _job_of(folder: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(folder.rpartition("-")[0])
    except ValueError:
        return None


def _age_mark(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _folders(parent: Path) -> Iterator[Path]:
    return (path for path in _entries(parent) if path.is_dir())


def _entries(parent: Path) -> Iterator[Path]:
    if parent.is_dir():
        with os.scandir(parent) as entries:
            yield from (Path(entry.path) for entry in entries)


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
