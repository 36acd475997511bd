"""A ZIP that is written while it is sent: no file of it is ever whole in memory."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PIECE = 1 << 20


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


def stream(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """The ZIP of these names and files, piece by piece, stored as they are: pictures do not shrink again."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files:
            entry = zipfile.ZipInfo.from_file(path, name)
            with path.open("rb") as opened, archive.open(entry, "w") as written:
                while piece := opened.read(PIECE):
                    written.write(piece)
                    yield pipe.taken()
            yield pipe.taken()
    yield pipe.taken()
