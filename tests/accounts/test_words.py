"""What the pages of the account say is so, and is said once."""

import re

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


def words(page: bytes) -> str:
    """The text of a page as it is read."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.decode()))


def test_a_code_says_how_long_it_works(cast: Cast, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 7 * 60
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 4 * 60
    for path, form, minutes in (
        ("/accounts/signup/", {"email": "eve@example.org", "password1": PASSWORD}, 7),
        ("/accounts/login/code/", {"email": cast.alice.email}, 4),
    ):
        page = words(Client().post(path, form, follow=True).content)
        assert f"We sent it to {form['email']}. It works for {minutes} minutes." in page
        assert page.count(form["email"]) == 1
        assert f"for {minutes} minutes" in str(mail.outbox[-1].body)


def test_signing_up_says_the_same_of_the_address_as_the_privacy_page(client: Client) -> None:
    same = "used to sign you in, to tell you about changes of your account, and to answer you."
    assert same in words(client.get("/privacy/").content)
    page = client.get("/accounts/signup/").content
    assert same in words(page)
    assert b'href="/privacy/"' in page
    assert b'href="/privacy/retention/"' in page


def test_a_common_password_is_refused_with_one_fix(client: Client) -> None:
    page = client.post("/accounts/signup/", {"email": "eve@example.org", "password1": "password1"})
    assert "This password is too common. Put three words together" in words(page.content)
