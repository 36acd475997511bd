"""The account's own page."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import consent
from tests.accounts.door import own_app
from tests.cast import Cast, logged_in, person

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


def test_the_questions_of_the_view(cast: Cast) -> None:
    assert Client().get("/account/")["Location"] == "/accounts/login/?next=/account/"
    assert logged_in(cast.alice).post("/account/").status_code == 405
    page = logged_in(cast.charlie).get("/account/").content.decode()
    assert cast.charlie.email in page
    assert cast.alice.email not in page


def test_it_says_how_things_stand(cast: Cast) -> None:
    page = logged_in(cast.alice).get("/account/").content.decode()
    assert "Not set up." in page
    assert "text of version 2026-12" in page
    own_app(cast.alice)
    assert "Set up." in logged_in(cast.alice).get("/account/").content.decode()
    cast.alice.consents.update(version="2001-01")
    page = logged_in(cast.alice).get("/account/").content.decode()
    assert "to a text of version 2001-01 that has changed since" in page
    eve = person("eve@example.org", agreed=False)
    assert "Nothing is made of a face without it." in logged_in(eve).get("/account/").content.decode()


@pytest.mark.parametrize("path", ["/account/", "/account/consent/"])
def test_it_asks_the_same_however_much_there_is(cast: Cast, path: str) -> None:
    client = logged_in(cast.alice)
    client.get(path)
    counts = []
    for more in (0, 20):
        for _ in range(more):
            consent.withdraw(user=cast.alice)
            consent.give(user=cast.alice, locale="en")
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
        counts.append(len(seen))
    assert counts[0] == counts[1]
