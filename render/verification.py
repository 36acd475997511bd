"""Compares the files of portraits on the disk with their rows. Reads only."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from render import portrait_files
from render.jobs import files
from render.models import PortraitFile

PAGE = 400  # rows or folders at once: SQLite takes up to 999 parameters everywhere

MISSING, DAMAGED, STRANGE, UNRECORDED = "missing", "damaged", "strange", "unrecorded"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was delivered. `path` is below the folder of results."""

    what: str
    path: str
    words: str
    portrait: uuid.UUID | None = None


class Verification:
    """One walk over all files; it counts what it has read."""

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0

    def findings(self) -> Iterator[Finding]:
        """Return what is wrong, as it is found; a page of rows and a piece of a file are in memory."""
        yield from self._rows()
        yield from _without_rows()
        yield from _without_owner()

    def _rows(self) -> Iterator[Finding]:
        last = 0
        while page := list(PortraitFile.objects.filter(pk__gt=last).order_by("pk")[:PAGE]):
            for row in page:
                found = self._compare(row)
                if found and PortraitFile.objects.filter(pk=row.pk).exists():  # else it was just erased
                    yield found
            last = page[-1].pk

    def _compare(self, row: PortraitFile) -> Finding | None:
        self.files += 1
        folder = files.named(row.folder)
        try:
            seen = files.measure(folder, folder / row.name)
        except (FileNotFoundError, NotADirectoryError):
            return Finding(MISSING, str(row), "It is not on the disk.", row.portrait_id)
        except OSError as error:
            return Finding(DAMAGED, str(row), f"It cannot be read: {error.strerror}.", row.portrait_id)
        self.bytes += seen["size"]
        if seen["size"] != row.size:
            words = f"It has {seen['size']} bytes and was delivered with {row.size}."
            return Finding(DAMAGED, str(row), words, row.portrait_id)
        if seen["sha256"] != row.sha256:
            return Finding(DAMAGED, str(row), "Its bytes are not those that were delivered.", row.portrait_id)
        return None


def _without_rows() -> Iterator[Finding]:
    """What was delivered before files had rows, and is not recorded yet."""
    for found in portrait_files.unrecorded():
        if found.there:
            words = "No digest of it is known: run manage.py record_files."
            yield Finding(UNRECORDED, found.folder, words, found.portrait)
        else:
            path = f"{found.folder}/{found.main}".rstrip("/")
            yield Finding(MISSING, path, "It is not on the disk.", found.portrait)


def _without_owner() -> Iterator[Finding]:
    page: list[Path] = []
    for entry in files.results():
        page.append(entry)
        if len(page) == PAGE:
            yield from _strange(page)
            page = []
    yield from _strange(page)


def _strange(entries: list[Path]) -> Iterator[Finding]:
    """What no row names, in these folders. What a running job has just written is not strange."""
    names = [entry.name for entry in entries]
    running = files.running(names)
    rows = PortraitFile.objects.filter(folder__in=names).values_list("folder", "name")
    named = {f"{folder}/{name}" for folder, name in rows}
    recorded = {path.partition("/")[0] for path in named}
    unrecorded = portrait_files.pointed([name for name in names if name not in recorded])
    for entry in entries:
        if entry.name in running or entry.name in unrecorded:
            continue
        if entry.name not in recorded:
            if entry.exists():  # else it was just erased
                yield Finding(STRANGE, entry.name, "No portrait owns it.")
            continue
        for path in sorted(entry.rglob("*")):
            shown = path.relative_to(entry.parent).as_posix()
            if path.is_file() and shown not in named:
                yield Finding(STRANGE, shown, "No portrait owns it.")
