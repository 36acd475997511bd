"""A NUL byte anywhere in a request is answered 400, with our page, before the database hears of it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from tests.cast import Cast, logged_in

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db]

COOKIE = r'"\000abcdefghijklmnopqrstuvwxyz1234"'


def is_refused(answer: Any) -> bool:
    return answer.status_code == 400 and "That could not be read" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/s/%00/", "/styles/a%00b/", "/accounts/login/?next=%00", "/pricing/?a%00=b"]
)
def test_in_an_address(client: Client, address: str) -> None:
    assert is_refused(client.get(address))


@pytest.mark.parametrize("header", ["HTTP_COOKIE", "HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR"])
def test_in_a_header(client: Client, header: str) -> None:
    assert is_refused(client.get("/account/", **{header: "a\0b"}))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["sessionid", "csrftoken"])
def test_in_a_cookie_that_hides_it(client: Client, name: str) -> None:
    assert is_refused(client.get("/account/", HTTP_COOKIE=f"{name}={COOKIE}"))


FORM = {"login": "a\0@example.org", "password": "b"}


def test_in_a_form(client: Client) -> None:
    assert is_refused(client.post("/accounts/login/", FORM))
    assert is_refused(client.post("/accounts/login/", {"a\0": "b"}))
    urlencoded = "application/x-www-form-urlencoded"
    assert is_refused(client.post("/accounts/login/", "login=a%00&password=b", content_type=urlencoded))


def test_in_a_form_with_a_photograph(cast: Cast) -> None:
    form = {"photograph": SimpleUploadedFile("a.jpg", b"x"), "note": "\0"}
    assert is_refused(logged_in(cast.alice).post("/selfies/new/", form))


def test_nothing_is_asked_of_the_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert is_refused(client.get("/s/%00/?a=%00", HTTP_COOKIE=f"sessionid={COOKIE}"))


def test_a_form_at_the_door_of_stripe(client: Client) -> None:
    """Where the body itself is read, a form is refused, whatever it holds."""
    assert is_refused(client.post("/stripe/webhook/", {"a": "\0"}))
    assert client.post("/stripe/webhook/", {"a": "b"}).status_code == 400


def test_what_only_looks_like_one_passes(client: Client) -> None:
    """The control: a percent sign of the sender's own, and the digits 00."""
    User.objects.create_user("a@example.org", "secret")
    for address in ("/accounts/login/?next=%2500", "/accounts/login/?next=00"):
        assert client.get(address).status_code == 200
    assert client.post("/accounts/login/", {"login": "a%00@example.org", "password": "b"}).status_code == 200
