"""Guesses at a mailed code are counted where those that are sent at once cannot overwrite each other."""

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from tests.accounts.door import code_in
from tests.cast import Cast

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

ADDRESS = "/accounts/login/code/confirm/"


def guess_as_if_at_once(client: Client, code: str) -> str:
    """The session ends as it began: another request, which began with this one, wrote it last."""
    rows = Session.objects.filter(session_key=client.session.session_key)
    before = rows.values_list("session_data", flat=True).get()
    page = client.post(ADDRESS, {"code": code}).content.decode()
    rows.update(session_data=before)
    return page


@pytest.mark.parametrize(("wrong", "signed_in"), [(2, True), (3, False)])
def test_three_guesses_are_three(cast: Cast, wrong: int, *, signed_in: bool) -> None:
    client = Client()
    client.post("/accounts/login/code/", {"email": cast.alice.email})
    code = code_in(str(mail.outbox[-1].body))
    for _ in range(wrong):
        assert "That is not the code" in guess_as_if_at_once(client, "WRONG-CODE")
    answer = client.post(ADDRESS, {"code": code})
    assert ("_auth_user_id" in client.session) == signed_in
    assert ("That is not the code" in answer.content.decode()) != signed_in


def test_an_address_without_an_account_gets_the_same_answers(cast: Cast) -> None:
    """And so does the guess after the last that counts."""
    pages = []
    for address in (cast.alice.email, "nobody@example.org"):
        client = Client()
        client.post("/accounts/login/code/", {"email": address})
        pages.append(
            [guess_as_if_at_once(client, "WRONG-CODE").count("That is not the code") for _ in range(5)]
        )
    assert pages == [[1] * 5, [1] * 5]
