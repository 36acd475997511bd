"""Uploads stay in memory, and no more of them than a photograph may have: a face touches no disk unsealed."""

from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from render.pipeline.limits import MAX_BYTES


class Bounded(FileUploadHandler):
    """Keeps a file up to the limit; of a larger one the size goes on, and nothing else."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.parts: list[bytes] = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > MAX_BYTES:
            self.parts.clear()
        else:
            self.parts.append(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        from io import BytesIO

        kept = BytesIO(b"".join(self.parts) if file_size <= MAX_BYTES else b"")
        return InMemoryUploadedFile(
            kept, self.field_name, self.file_name or "", self.content_type, file_size, self.charset
        )
