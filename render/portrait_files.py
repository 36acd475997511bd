"""The files that portraits own: a row each, written in the transaction that delivers them.

The sweeper asks here which folders are kept, so a portrait outlives the job that made it.
"""

import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.cache import caches
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from render import prints
from render.jobs import files
from render.jobs.files import Delivered
from render.jobs.models import Job
from render.jobs.registry import on_sweep, owner
from render.models import Copy, Portrait, PortraitFile

log = logging.getLogger(__name__)
Kind = PortraitFile.Kind
AT_ONCE = 20  # folders that a sweep records: some 20 MB each to read
PAGE = 200  # rows a query reads
RESTED = "portrait_files/recorded"
HOUR = 3600


def record(*, job: Job, portrait: Portrait, copy: Copy | None = None) -> None:
    """Write a row for each file that the job has delivered. In the transaction that ends the job."""
    folder = files.name(job_id=job.id, attempt=job.attempt)
    _write(portrait.pk, copy.pk if copy else None, folder, job.files)


@owner
def claim(folders: Sequence[str]) -> Iterable[str]:
    """Return which of these folders belong to a portrait."""
    named = set(PortraitFile.objects.filter(folder__in=folders).values_list("folder", flat=True))
    rest = [folder for folder in folders if folder not in named]
    return named | pointed(rest) if rest else named


def pointed(folders: Sequence[str]) -> set[str]:
    """Return which of these folders a portrait or a copy names, with rows for the files in it or without.

    No index helps here: ask for few.
    """
    return {
        *Portrait.objects.filter(proof__in=folders).values_list("proof", flat=True),
        *Portrait.objects.filter(full__in=folders).values_list("full", flat=True),
        *Copy.objects.filter(folder__in=folders).values_list("folder", flat=True),
    }


@dataclass(frozen=True)
class Unrecorded:
    """A folder that a portrait or its copy names, and no row of a file does."""

    portrait: uuid.UUID
    copy: uuid.UUID | None
    folder: str
    main: str
    """The file that must be in it; empty where any file will do."""

    @property
    def there(self) -> list[Path]:
        """Its files on the disk; none where the one is missing that must be there."""
        folder = files.named(self.folder)
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        return found if not self.main or folder / self.main in found else []


def unrecorded() -> Iterator[Unrecorded]:
    """Return what was delivered before files had rows, a page of it in memory."""
    for field, main in (("proof", prints.PREVIEW), ("full", prints.FULL)):
        for pk, folder in _without_rows(Portrait.objects.all(), "pk", field):
            yield Unrecorded(pk, None, folder, main)
    for pk, portrait, folder in _without_rows(Copy.objects.all(), "pk", "portrait", "folder"):
        yield Unrecorded(portrait, pk, folder, "")


@on_sweep
def record_some() -> None:
    """Record a few folders a sweep. Once nothing is left to record, rest for an hour."""
    cache = caches["computed"]
    if cache.get(RESTED):
        return
    if record_older(at_most=AT_ONCE) < AT_ONCE:
        cache.set(RESTED, True, HOUR)


def record_older(*, at_most: int | None = None) -> int:
    """Write the rows of what was delivered before files had rows. Return for how many folders.

    Their digests are those of today: what was damaged before is not noticed.
    """
    count = 0
    for found in unrecorded():
        if count == at_most:
            break
        folder = files.named(found.folder)
        measured = [files.measure(folder, path) for path in found.there]
        if not measured:
            log.error("Portrait %s has no files in %s.", found.portrait, found.folder)
            continue
        with transaction.atomic():
            if Portrait.objects.select_for_update().filter(pk=found.portrait).exists():
                _write(found.portrait, found.copy, found.folder, measured)
                count += 1
    return count


def _write(portrait: uuid.UUID, copy: uuid.UUID | None, folder: str, delivered: list[Delivered]) -> None:
    PortraitFile.objects.bulk_create(
        [
            PortraitFile(
                portrait_id=portrait,
                copy_id=copy,
                kind=Kind.COPY if copy else Kind(Path(one["name"]).stem),
                folder=folder,
                name=one["name"],
                size=one["size"],
                sha256=one["sha256"],
            )
            for one in delivered
        ],
        ignore_conflicts=True,  # another sweeper was faster
    )


def _without_rows(rows: QuerySet[Any], *fields: str) -> Iterator[Any]:
    """Return these fields of rows whose last field names a folder without rows of files."""
    folder = fields[-1]
    recorded = PortraitFile.objects.filter(folder=OuterRef(folder))
    left = rows.exclude(**{folder: ""}).filter(~Exists(recorded)).order_by("pk")
    page = list(left.values_list(*fields)[:PAGE])
    while page:
        yield from page
        page = list(left.filter(pk__gt=page[-1][0]).values_list(*fields)[:PAGE])
