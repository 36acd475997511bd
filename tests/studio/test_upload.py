"""Inputs 26 and 27: a file that is no photograph ends in one sentence; a good one is stored sealed."""

import io
import re
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError
from django.utils import timezone
from PIL import ExifTags, Image
from pytest_django import Settings

from accounts import consent
from portraitos_site import privacy as leaving
from render.jobs import queue
from render.jobs.models import Job
from render.jobs.slots import Full
from render.pipeline import confined, errors
from studio import rest, selfies
from studio.age import VERSION
from studio.errors import NotStated
from studio.models import Selfie
from tests.cast import Cast, logged_in
from tests.pipeline import selfies as pictures
from tests.pipeline.files import save
from tests.pipeline.test_confined import BAD
from tests.stated import STATED
from tests.studio.sitting import files, photograph, send, sent

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

STATUS: dict[type[errors.Refused], int] = {errors.FileTooLarge: 413}


def nothing_is_stored() -> bool:
    return not (Selfie.objects.exists() or Job.objects.exists() or files())


@pytest.mark.parametrize("name", BAD)
def test_bad_files_end_in_one_sentence_and_nothing_is_stored(cast: Cast, name: str) -> None:
    data, reason = BAD[name]
    client = logged_in(cast.alice)
    began = time.perf_counter()
    answer = send(client, data)
    assert time.perf_counter() - began < 10  # far from what a decode of the swollen ones takes
    assert answer.status_code == STATUS.get(reason, 422)
    assert reason.sentence in answer.content.decode()
    assert nothing_is_stored()


def test_a_good_file_is_stored(cast: Cast) -> None:
    """The control of the test before."""
    assert send(logged_in(cast.alice), photograph()).status_code == 302
    assert not nothing_is_stored()


@pytest.mark.parametrize(("kind", "name"), [("eps", "me.jpg"), ("svg", "me.png"), ("html", "me.jpeg")])
def test_a_name_convinces_nobody(cast: Cast, kind: str, name: str) -> None:
    assert send(logged_in(cast.alice), BAD[kind][0], name).status_code == 422
    assert nothing_is_stored()


def test_no_file_at_all(cast: Cast) -> None:
    answer = logged_in(cast.alice).post("/selfies/new/")
    assert answer.status_code == 400
    assert "No photograph came with this. Choose one, or take one now." in answer.content.decode()


def test_more_than_a_photograph_may_have_is_not_kept_in_memory(cast: Cast) -> None:
    answer = send(logged_in(cast.alice), bytes(40_000_000))
    assert answer.status_code == 413
    assert nothing_is_stored()


def test_a_child_that_meets_its_limits_is_one_sentence(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    heavy = confined.Answer(None, errors.TooHeavy(), 0.0, 0.0)
    monkeypatch.setattr(confined, "ask", lambda data: heavy)
    answer = send(logged_in(cast.alice), photograph())
    assert answer.status_code == 422
    assert errors.TooHeavy.sentence in answer.content.decode()
    assert nothing_is_stored()


def test_a_machine_that_is_late_says_so_and_not_that_the_photograph_is_bad(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "LONGEST_S", 0.0)
    answer = send(logged_in(cast.alice), photograph())
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert Full.sentence in answer.content.decode()
    assert nothing_is_stored()


def test_what_is_stored_is_sealed_and_carries_no_notes(cast: Cast) -> None:
    exif = pictures.note(orientation=6, focal_length_35mm=26)
    exif[ExifTags.Base.ImageDescription] = "SECRET"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (48.0, 8.0, 15.0)
    code = pictures.picture(pictures.CLOSE)[:520]
    selfie = sent(cast.alice, save(code, "JPEG", exif=exif))
    (file,) = files()
    assert b"SECRET" not in file.read_bytes()
    assert b"\xff\xd8\xff" not in file.read_bytes()[:200]
    plain = rest.read_selfie(selfie)
    assert b"SECRET" not in plain
    assert (selfie.width, selfie.height) == (520, 600)
    with Image.open(io.BytesIO(plain)) as image:
        assert image.size == (520, 600)
        notes = image.getexif()
        assert not notes.get_ifd(ExifTags.IFD.GPSInfo)
        assert dict(notes.get_ifd(ExifTags.IFD.Exif)) == {ExifTags.Base.FocalLengthIn35mmFilm: 26}


@pytest.mark.parametrize("kind", ["HEIC", "WEBP", "AVIF", "PNG"])
def test_every_format_is_taken(cast: Cast, kind: str) -> None:
    assert sent(cast.alice, save(pictures.picture(pictures.CLOSE), kind)).width == 600


def test_the_camera_is_a_field_of_its_own(cast: Cast) -> None:
    assert send(logged_in(cast.alice), photograph(), field="camera").status_code == 302


def test_uploads_are_counted(cast: Cast, settings: Settings) -> None:
    settings.SELFIES_PER_HOUR = 2
    alice = logged_in(cast.alice)
    assert [send(alice, data).status_code for data in (photograph(), b"no", photograph())] == [302, 422, 429]
    assert "as one account may in an hour." in send(alice, photograph()).content.decode()
    assert Selfie.objects.count() == 1
    assert send(logged_in(cast.charlie), photograph()).status_code == 302


def test_without_consent_nothing_is_taken(cast: Cast) -> None:
    consent.withdraw(user=cast.alice)
    alice = logged_in(cast.alice)
    for answer in (alice.get("/selfies/new/"), send(alice, photograph())):
        assert (answer.status_code, answer["Location"]) == (302, "/account/consent/?next=/selfies/new/")
    assert nothing_is_stored()


@pytest.mark.parametrize("field", ["photograph", "camera"])
@pytest.mark.parametrize("said", [{}, {"statement": ""}, {"statement": "yes"}, {"statement": "2001-01"}])
def test_without_the_statement_nothing_is_taken(
    cast: Cast, settings: Settings, field: str, said: dict[str, str]
) -> None:
    settings.SELFIES_PER_HOUR = 1
    alice = logged_in(cast.alice)
    form = {field: SimpleUploadedFile("me.jpg", photograph(), "image/jpeg"), **said}
    answer = alice.post("/selfies/new/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{NotStated.sentence} {NotStated.fix}" in page
    assert 'aria-invalid="true" aria-describedby="fault"' in page
    assert nothing_is_stored()
    assert send(alice, photograph()).status_code == 302  # it was not counted


def test_no_rule_takes_a_photograph_without_the_statement(cast: Cast) -> None:
    with pytest.raises(NotStated):
        selfies.take(owner=cast.alice, data=photograph(), statement="")
    assert nothing_is_stored()


def test_the_page_asks_for_the_statement(cast: Cast) -> None:
    page = logged_in(cast.alice).get("/selfies/new/").content.decode()
    assert "I am 18 or older and this is me." in page
    box = re.search(r'<input[^>]*name="statement"[^>]*>', page)
    assert box is not None
    assert {f'value="{VERSION}"', "required"} <= set(box[0].rstrip(">").split())
    assert "checked" not in box[0]
    assert "aria-invalid" not in box[0]


@pytest.mark.dialect
def test_what_was_stated_is_on_record_with_its_time(cast: Cast) -> None:
    before = timezone.now()
    selfie = sent(cast.alice)
    assert selfie.statement == VERSION
    assert selfie.stated_at is not None
    assert before <= selfie.stated_at <= timezone.now()
    with pytest.raises(IntegrityError):
        Selfie.objects.update(stated_at=None)


def test_a_consent_withdrawn_while_the_photograph_is_read_takes_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = confined.copy

    def copy(data: bytes) -> confined.PlainCopy:
        leaving.withdraw_consent(user=cast.alice, address="")
        return read(data)

    monkeypatch.setattr(confined, "copy", copy)
    answer = send(logged_in(cast.alice), photograph())
    assert (answer.status_code, answer["Location"]) == (302, "/account/consent/?next=/selfies/new/")
    assert nothing_is_stored()


def test_a_database_that_refuses_leaves_no_file(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**job: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(queue, "enqueue", broken)
    with pytest.raises(DatabaseError):
        send(logged_in(cast.alice), photograph())
    assert nothing_is_stored()


def test_the_upload_handler_keeps_what_is_small(cast: Cast) -> None:
    """Two files at once: the first that counts is taken, and none is on a disk on its way."""
    both = {
        "photograph": SimpleUploadedFile("a.jpg", photograph()),
        "camera": SimpleUploadedFile("b.jpg", b"no"),
        **STATED,
    }
    answer = logged_in(cast.alice).post("/selfies/new/", both)
    assert answer.status_code == 302
    assert {type(file).__name__ for file in answer.wsgi_request.FILES.values()} == {"InMemoryUploadedFile"}
