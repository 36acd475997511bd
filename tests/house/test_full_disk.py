"""A full disk: what cannot be stored is a 503 that says so, staff are told, and health was red before."""

import errno
from typing import Any

import psycopg
import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from django.test import Client
from pytest_django import Settings

from render.jobs.errors import code_of, no_room
from render.jobs.models import Failure, Job
from studio.models import Selfie
from tests.cast import Cast, logged_in
from tests.studio.sitting import files, photograph, send

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

WORDS = "There is no room to store this at the moment"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_photograph_that_finds_no_room(cast: Cast, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    store = FileSystemStorage._save  # type: ignore[attr-defined]

    def half(self: FileSystemStorage, name: str, content: Any) -> str:
        store(self, name, content)
        raise OSError(number, "No room")

    client = logged_in(cast.alice)
    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_save", half)
        answer = send(client, photograph())
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert WORDS in answer.content.decode()
    assert (Selfie.objects.count(), Job.objects.count(), files()) == (0, 0, [])
    failure = Failure.objects.get()
    assert (failure.kind, failure.exception, failure.count) == ("view new-selfie", "OSError", 1)
    assert send(client, photograph()).status_code == 302


def test_another_error_of_the_disk_is_a_mistake_of_ours(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> str:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(FileSystemStorage, "_save", broken)
    client = logged_in(cast.alice)
    client.raise_request_exception = False
    assert send(client, photograph()).status_code == 500


def test_a_database_that_finds_no_room_is_told_from_one_that_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, away = OperationalError("full"), OperationalError("away")
    full.__cause__ = psycopg.errors.DiskFull("could not extend file")
    away.__cause__ = psycopg.errors.AdminShutdown("terminating connection")
    client.raise_request_exception = False
    for error, code, words in ((full, "storage", WORDS), (away, "error", "books are being opened again")):
        assert code_of(error) == code

        def act(raised: OperationalError = error) -> None:
            raise raised

        monkeypatch.setattr("portraitos_site.views.sheet.shown_in_full", act)
        answer = client.get("/")
        assert (answer.status_code, words in answer.content.decode()) == (503, True)


def test_what_sqlite_itself_says_when_it_is_full() -> None:
    engine = "django.db.backends.sqlite3"
    with ConnectionHandler({"default": {"ENGINE": engine, "NAME": ":memory:"}})["default"].cursor() as cursor:
        cursor.execute("CREATE TABLE faces (face BLOB)")
        cursor.execute("PRAGMA max_page_count=2")
        with pytest.raises(OperationalError) as caught:
            cursor.execute("INSERT INTO faces VALUES (zeroblob(100000))")
        assert no_room(caught.value)
        with pytest.raises(OperationalError) as caught:
            cursor.execute("INSERT INTO nowhere VALUES (1)")
        assert not no_room(caught.value)


def test_health_is_red_below_the_wanted_room(client: Client, settings: Settings) -> None:
    def part() -> Any:
        return client.get("/healthz").json()["parts"]["disk"]

    settings.DISK_FREE_MB = 0
    assert part()["well"]
    settings.DISK_FREE_MB = part()["count"] + 100_000
    assert not part()["well"]
    settings.DISK_FREE_MB, settings.DATA_DIR = 0, settings.DATA_DIR / "unplugged"
    assert (part()["well"], part()["says"]) == (False, "DATA_DIR cannot be read.")
