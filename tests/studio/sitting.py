"""Selfies of the cast, sent as a browser sends them, and coached as a worker coaches them."""

import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from render.jobs.models import Job
from render.jobs.work import work
from render.pipeline import run
from studio.models import Identity, Selfie
from tests.cast import logged_in
from tests.pipeline import selfies as pictures
from tests.pipeline.files import save
from tests.stated import STATED

BAD_ID = uuid.UUID(int=7)


@cache
def photograph() -> bytes:
    """A face that passes, small enough to be measured in a second."""
    return save(pictures.picture(pictures.CLOSE), "JPEG")


@cache
def nobody() -> bytes:
    return save(pictures.nobody(600), "JPEG")


def send(client: Client, data: bytes, name: str = "me.jpg", field: str = "photograph") -> Any:
    return client.post("/selfies/new/", {field: SimpleUploadedFile(name, data, "image/jpeg"), **STATED})


def sent(owner: User, data: bytes | None = None) -> Selfie:
    """The owner's selfie, before anybody looks at it."""
    answer = send(logged_in(owner), photograph() if data is None else data)
    assert answer.status_code == 302, answer.content
    return Selfie.objects.get(pk=answer["Location"].split("/")[2])


def coach(selfie: Selfie) -> Job:
    """Do what the worker does for a selfie, until nothing is left to do."""
    while job := Job.objects.live().filter(subject=selfie.id).first():
        work(str(job.id))
    selfie.refresh_from_db()
    return Job.objects.filter(subject=selfie.id).latest("created_at")


def guessing(monkeypatch: pytest.MonkeyPatch, estimate: float | None) -> None:
    """The engine guesses this age of every face from now on."""
    look = run.look

    def guessed(*given: Any, **named: Any) -> Any:
        seen = look(*given, **named)
        object.__setattr__(seen, "age_hint", estimate)
        return seen

    monkeypatch.setattr(run, "look", guessed)


def identity_of(owner: User, data: bytes | None = None) -> Identity:
    selfie = sent(owner, data)
    job = coach(selfie)
    assert job.state == Job.State.DONE, (job.error_code, job.error_sentence)
    return Identity.objects.select_related("owner", "selfie__owner").get(selfie=selfie)


def files() -> list[Path]:
    """What lies in the storage."""
    folder = Path(settings.DATA_DIR) / "files"
    return sorted(path for path in folder.rglob("*") if path.is_file())


def bytes_of(folder: Path) -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
