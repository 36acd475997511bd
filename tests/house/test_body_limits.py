"""A body is as large as its path allows, photographs go to one address, and are taken in one by one."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portraitos_site.body_limits import REFUSED, FormTooLarge
from render.jobs.slots import DECODERS, UPLOADS, Full, StillRunning
from render.pipeline.errors import FileTooLarge
from studio import selfies, uploads
from tests.cast import Cast, logged_in
from tests.studio.sitting import photograph, send

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

FORM = 256 * 1024


def form(size: int) -> dict[str, Any]:
    return {"login": "a@example.org", "password": "b", "f": SimpleUploadedFile("a.jpg", bytes(size))}


def test_a_form_stays_small(client: Client) -> None:
    answer = client.post("/accounts/login/", form(FORM))
    assert answer.status_code == 413
    assert FormTooLarge.sentence in answer.content.decode()
    assert client.post("/accounts/login/", form(FORM - 2000)).status_code == 200


def test_the_body_of_a_large_form_is_not_touched(client: Client) -> None:
    class Untouched:
        def read(self, size: int = -1) -> bytes:
            pytest.fail("It was read.")

        readline = read

    sent: dict[str, Any] = {"CONTENT_LENGTH": str(FORM + 1), "wsgi.input": Untouched()}
    answer = client.post("/accounts/login/", **sent)
    assert answer.status_code == 413


def test_files_are_dropped_where_none_belong(client: Client) -> None:
    answer = client.post("/accounts/login/", form(1000))
    assert answer.status_code == 200
    assert not answer.wsgi_request.FILES


def test_the_one_address_takes_a_photograph(cast: Cast) -> None:
    """The control of the three before."""
    assert send(logged_in(cast.alice), bytes(FORM + 1)).status_code == 422
    assert uploads.largest_body(uploads.address()) == FORM + 25_000_000
    answer = send(logged_in(cast.alice), bytes(FORM + 25_000_001))
    assert (answer.status_code, FileTooLarge.fix in answer.content.decode()) == (413, True)


def test_a_stranger_is_asked_who_they_are(client: Client) -> None:
    answer = send(client, bytes(FORM + 1))
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/selfies/new/")


@pytest.mark.parametrize("said", ["x", "-1", "1e9", "٣"])
def test_a_length_that_is_no_number(client: Client, said: str) -> None:
    assert client.post("/accounts/login/", {"a": "b"}, CONTENT_LENGTH=said).status_code == 400


def test_what_the_server_gave_up_on(client: Client) -> None:
    answer = client.get("/pricing/", **{REFUSED: 503})  # type: ignore[arg-type]
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert Full.sentence in answer.content.decode()


def test_an_account_sends_one_photograph_at_a_time(cast: Cast) -> None:
    with UPLOADS.taken(owner=cast.alice.pk):
        answer = send(logged_in(cast.alice), photograph())
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
        assert StillRunning.sentence in answer.content.decode()
        assert send(logged_in(cast.charlie), photograph()).status_code == 302
    assert send(logged_in(cast.alice), photograph()).status_code == 302


def test_uploads_beyond_the_slots_are_told_to_come_again(cast: Cast) -> None:
    with UPLOADS.taken(), UPLOADS.taken(), UPLOADS.taken(), UPLOADS.taken():
        answer = send(logged_in(cast.alice), photograph())
    assert (answer.status_code, Full.sentence in answer.content.decode()) == (503, True)
    assert send(logged_in(cast.alice), photograph()).status_code == 302


def test_so_are_those_that_wait_for_a_decoder(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfies, "DECODER_SECONDS", 0.1)
    with DECODERS.taken(), DECODERS.taken():
        answer = send(logged_in(cast.alice), photograph())
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert Full.sentence in answer.content.decode()
    assert send(logged_in(cast.alice), photograph()).status_code == 302
