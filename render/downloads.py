"""Files to keep, sent whole or from where an interrupted download stopped (RFC 9110, sections 13 and 14).

One range is answered with 206. Several at once are answered with the whole, as the RFC allows.

The server sends a file by itself, however slowly it is read. A ZIP is written by a thread, which waits for
its reader: so there are slots for that.
"""

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from render import archive as zips
from render import prints
from render.archive import Entry
from render.jobs.slots import ARCHIVES
from render.models import PortraitFile

PARTIAL, UNSATISFIABLE = 206, 416

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)

Body = Callable[[int, int], "_Part | _Written"]
"""The bytes from a first one up to, and without, a last one."""


@dataclass(frozen=True)
class Download:
    """What is sent: its media type, the name that it is saved as, its size, and a strong validator."""

    kind: str
    saved_as: str
    size: int
    etag: str = ""
    """Empty where no digest is known: then a resumed download cannot be told from another file."""


def file(request: HttpRequest, path: Path, kind: str, saved_as: str) -> HttpResponseBase:
    """Answer with a delivered file. One that is not as long as it was delivered is lost."""
    row = PortraitFile.objects.filter(folder=path.parent.name, name=path.name).first()
    opened = prints.opened(path, size=row.size if row else None)
    if settings.X_ACCEL:
        opened.close()
        return by_front_server(path, kind, saved_as)
    size = os.fstat(opened.fileno()).st_size
    download = Download(kind, saved_as, size, f'"{row.sha256}"' if row else "")
    answer = respond(request, download, lambda start, stop: _Part(opened, start, stop))
    if not answer.streaming:
        opened.close()
    return answer


def archive(request: HttpRequest, entries: Sequence[Entry], saved_as: str) -> HttpResponseBase:
    """Answer with a ZIP of these files, written while it is sent. Full where too many are being written."""
    owner, kind = request.user.pk, "application/zip"
    try:
        size = zips.size(entries)
    except OverflowError:
        answer = StreamingHttpResponse(_Written(zips.stream(entries), owner), content_type=kind)
        answer["Content-Disposition"] = content_disposition_header(True, saved_as)
        answer["Accept-Ranges"] = "none"
        return answer
    digest = zips.digest(entries)
    download = Download(kind, saved_as, size, f'"{digest}"' if digest else "")
    return respond(request, download, lambda start, stop: _Written(zips.stream(entries, start, stop), owner))


def by_front_server(path: Path, kind: str, saved_as: str = "") -> HttpResponse:
    """Have the front server send a file. It answers ranges by itself, with a validator of its own."""
    answer = HttpResponse(content_type=kind)
    answer["X-Accel-Redirect"] = f"{settings.X_ACCEL}/{path.relative_to(settings.DATA_DIR)}"
    if saved_as:
        answer["Content-Disposition"] = content_disposition_header(True, saved_as)
    return answer


def respond(request: HttpRequest, download: Download, body: Body) -> HttpResponseBase:
    """Answer a GET or a HEAD. `body` is called once at most, where bytes are sent."""
    answer: HttpResponseBase | None = get_conditional_response(request, etag=download.etag or None)
    if answer is None:
        answer = _answer(request, download, body)
    answer["Accept-Ranges"] = "bytes"
    if download.etag:
        answer["ETag"] = download.etag
    return answer


def _answer(request: HttpRequest, download: Download, body: Body) -> HttpResponseBase:
    whole = range(download.size)
    asked = _asked(request, download)
    if asked is not None and not asked:
        answer = HttpResponse(status=UNSATISFIABLE)
        answer["Content-Range"] = f"bytes */{download.size}"
        return answer
    span = whole if asked is None else asked
    found: HttpResponseBase
    if request.method == "HEAD":
        found = HttpResponse(content_type=download.kind)
    else:
        sent = body(span.start, span.stop)
        if isinstance(sent, _Part):
            found = FileResponse(sent, content_type=download.kind)
        else:
            found = StreamingHttpResponse(sent, content_type=download.kind)
    if asked is not None:
        found.status_code = PARTIAL
        found["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{download.size}"
    found["Content-Length"] = str(len(span))
    found["Content-Disposition"] = content_disposition_header(True, download.saved_as)
    return found


def _asked(request: HttpRequest, download: Download) -> range | None:
    """Return the bytes that are asked for, none of them where there are no such; None for the whole."""
    if request.method != "GET" or not _fresh(request, download):
        return None
    match = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return range(max(download.size - int(last), 0), download.size)
    if last and int(last) < int(first):
        return None  # no range at all, says the RFC
    return range(int(first), min(int(last) + 1, download.size) if last else download.size)


def _fresh(request: HttpRequest, download: Download) -> bool:
    """Whether what the client has a part of is this very file. A date is never taken for that."""
    known = request.headers.get("If-Range")
    return known is None or (bool(download.etag) and known.strip() == download.etag)


class _Part:
    """The bytes of an open file from `start` to before `stop`, as a file; closes the open one."""

    def __init__(self, opened: BinaryIO, start: int, stop: int) -> None:
        self.opened, self.start, self.stop = opened, start, stop
        opened.seek(start)

    def read(self, size: int = -1) -> bytes:
        left = max(self.stop - self.opened.tell(), 0)
        return self.opened.read(left if size < 0 else min(size, left))

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: self.start, io.SEEK_CUR: self.opened.tell(), io.SEEK_END: self.stop}[whence]
        return self.opened.seek(begin + offset) - self.start

    def tell(self) -> int:
        return self.opened.tell() - self.start

    def close(self) -> None:
        self.opened.close()


class _Written:
    """A ZIP while it is written, in a slot that its owner holds until it is sent or given up."""

    def __init__(self, pieces: Iterable[bytes], owner: int | None) -> None:
        self.slot = ExitStack()
        self.slot.enter_context(ARCHIVES.taken(owner=owner))
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)

    def close(self) -> None:
        self.slot.close()
