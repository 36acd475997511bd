"""A ZIP that is written while it is sent: no file of it is ever whole in memory, and its size is known.

The same entries make the same bytes, so an interrupted download goes on where it stopped: what the client
already has is made again and not sent.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PIECE = 1 << 20
LAYOUT = "1"
"""Another one for every change of the bytes that are written around the files."""

_LOCAL, _DESCRIPTOR, _CENTRAL, _END = 30, 16, 46, 22
"""Bytes of the ZIP's own records, without names: PKWARE's APPNOTE, 4.3."""


@dataclass(frozen=True)
class Entry:
    """A file of the ZIP."""

    name: str
    path: Path
    size: int
    sha256: str
    """Empty where it is not known."""
    time: datetime


def size(entries: Sequence[Entry]) -> int:
    """Return how many bytes the ZIP has. Raise OverflowError where it would need ZIP64."""
    around = sum(_LOCAL + _DESCRIPTOR + _CENTRAL + 2 * len(entry.name.encode()) for entry in entries)
    found = around + sum(entry.size for entry in entries) + _END
    if found > zipfile.ZIP64_LIMIT or len(entries) > zipfile.ZIP_FILECOUNT_LIMIT:
        raise OverflowError(f"A ZIP of {found} bytes needs ZIP64, whose size is not reckoned here.")
    return found


def digest(entries: Sequence[Entry]) -> str:
    """Return what the ZIP's bytes are known by; empty where a file's digest is not known."""
    if not all(entry.sha256 for entry in entries):
        return ""
    lines = (f"{entry.name} {entry.sha256} {entry.time.isoformat()}\n" for entry in entries)
    return hashlib.sha256(f"{LAYOUT}\n{''.join(lines)}".encode()).hexdigest()


def stream(entries: Sequence[Entry], start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Return the ZIP of these entries from byte `start` to before `stop`, piece by piece.

    Files are stored as they are: pictures do not shrink again.
    """
    place = 0
    for piece in _whole(entries):
        cut = piece[max(start - place, 0) : None if stop is None else max(stop - place, 0)]
        place += len(piece)
        if cut:
            yield cut
        if stop is not None and place >= stop:
            return


class _Pipe(io.RawIOBase):
    """What `zipfile` writes into and the answer takes out of; it cannot go back, so sizes follow the data."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self.waiting += piece
        return len(piece)

    def taken(self) -> bytes:
        piece = bytes(self.waiting)
        self.waiting.clear()
        return piece


def _whole(entries: Sequence[Entry]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            head = zipfile.ZipInfo(entry.name, entry.time.timetuple()[:6])
            head.file_size = entry.size
            with entry.path.open("rb") as opened, archive.open(head, "w") as written:
                while piece := opened.read(PIECE):
                    written.write(piece)
                    yield pipe.taken()
            yield pipe.taken()
    yield pipe.taken()
