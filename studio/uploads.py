"""Uploads stay in memory, and no more of them than a photograph may have: a face touches no disk unsealed.

One address takes them; everywhere else a body is a form, and files in it are dropped. What the sender calls a
file decides nothing. A file without a name that Django would take gets one of ours.
"""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import multipartparser
from django.http.multipartparser import FILE, MultiPartParser, MultiPartParserError
from django.urls import reverse
from django.utils.encoding import force_str

from render.pipeline.limits import MAX_BYTES

OURS = "photograph"


@cache
def address() -> str:
    """The path that photographs are sent to."""
    return reverse("new-selfie")


def largest_body(path: str) -> int:
    """Bytes that the body of a request to this path may have."""
    form = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert form is not None
    return form + MAX_BYTES if path == address() else form


class Parts(multipartparser.Parser):
    """The parts of a form. Django reads a file whose name is empty as text, and drops one called `..`."""

    def __iter__(self) -> Iterator[tuple[str, Any, Any]]:
        parts = super().__iter__()
        while True:
            try:
                kind, headers, stream = next(parts)
            except StopIteration:
                return
            except LookupError as error:  # a name in an encoding that nobody knows
                raise MultiPartParserError("A part of the form cannot be read.") from error
            if _is_nameless(headers) and _has_bytes(stream):
                headers["content-disposition"][1]["filename"] = OURS
                kind = FILE
            yield kind, headers, stream


def _is_nameless(headers: Any) -> bool:
    said = headers.get("content-disposition")
    if not said or "filename" not in said[1]:
        return False
    name = force_str(said[1]["filename"], errors="replace")
    return not MultiPartParser.sanitize_file_name(cast("MultiPartParser", None), name)  # which asks no parser


def _has_bytes(stream: Any) -> bool:
    """Browsers send a part without a name and without bytes for a field that nothing was chosen in."""
    first = stream.read(1)
    stream.unget(first)
    return bool(first)


# Django offers no other way in: its parser makes the parts itself, before it asks any handler for a file.
multipartparser.Parser = Parts  # type: ignore[misc]


class Bounded(FileUploadHandler):
    """Keeps a file up to the limit; of a larger one the size goes on, and nothing else."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.request is None or self.request.path_info != address():
            raise SkipFile
        self.parts: list[bytes] = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > MAX_BYTES:
            self.parts.clear()
        else:
            self.parts.append(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        kept = BytesIO(b"".join(self.parts) if file_size <= MAX_BYTES else b"")
        return InMemoryUploadedFile(
            kept, self.field_name, self.file_name or OURS, self.content_type, file_size, self.charset
        )
