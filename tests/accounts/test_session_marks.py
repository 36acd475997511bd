"""Stored sessions: none for whoever only looks, found by whom they speak of, gone when they have run out."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts import sessions, sweeping
from accounts.models import SessionMark
from accounts.session_store import NOBODYS, SessionStore, marks
from portraitos_site import privacy
from tests.accounts.door import code_in, signed_in
from tests.cast import PASSWORD, Cast, logged_in
from tests.render.sitting import stock

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

PASSKEY = "/accounts/2fa/webauthn/login/"
"""Its script asks for a challenge, which is kept until the passkey answers it."""


def addresses(patterns: list[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    """Every address of the site that is a plain text."""
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)
        elif not set("<(^$\\") & set(here):
            yield here


def test_who_only_looks_leaves_no_session(db: None) -> None:
    stock("rembrandt")
    looks = sorted({*addresses(get_resolver().url_patterns), "/shoots/new/?style=rembrandt"} - {PASSKEY})
    assert len(looks) > 50
    for address in looks:
        for headers in ({}, {"HX-Request": "true"}, {"X-Requested-With": "XMLHttpRequest"}):
            Client().get(address, headers=headers)
            assert not Session.objects.exists(), address
    Client().get(PASSKEY, headers={"X-Requested-With": "XMLHttpRequest"})
    assert Session.objects.count() == 1


def test_a_session_of_nobody_ends_within_the_hour(cast: Cast) -> None:
    Client().post("/accounts/login/code/", {"email": "nobody@example.org"})
    half_way = Session.objects.get()
    assert half_way.expire_date <= timezone.now() + NOBODYS
    signed_in(cast.alice)
    whole = Session.objects.exclude(pk=half_way.pk).latest("expire_date")
    assert whole.expire_date > timezone.now() + timedelta(days=13)


def test_marks_follow_what_the_session_says(cast: Cast) -> None:
    client = Client()
    there = client.post("/accounts/login/code/", {"email": cast.alice.email})
    key = client.session.session_key
    number = str(cast.alice.pk)
    assert whose(key) == {number, cast.alice.email}
    client.post(there["Location"], {"code": code_in(str(mail.outbox[-1].body))})
    assert client.session.session_key != key
    assert not SessionMark.objects.filter(session=key).exists()
    assert number in whose(client.session.session_key)
    client.post("/accounts/logout/")
    assert not SessionMark.objects.exists()


def whose(key: str | None) -> set[str]:
    return set(SessionMark.objects.filter(session=key).values_list("whose", flat=True))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, set()),
        ({"_auth_user_id": "12", "basket": ["noir"]}, {"12"}),
        ({"account_authentication_methods_user": "7"}, {"7"}),
        ({"account_login": {"user_pk": "z", "email": None}}, {"35"}),
        ({"account_login": {"user_pk": None, "email": "Eve@Example.org"}}, {"eve@example.org"}),
        ({"a": {"b": [{"user_id": "3", "email": "x@y.example"}]}}, {"3", "x@y.example"}),
        ({"said": 'to "ice@example.org".'}, {'to "ice@example.org".', "ice@example.org"}),
        ({"email": "x" * 300 + "@example.org"}, set()),
        ({"marks": ["5"], "at": 3.5, "signup": True}, set()),
    ],
)
def test_whom_a_session_speaks_of(data: dict[str, Any], expected: set[str]) -> None:
    assert marks(data) == expected


def test_an_erasure_opens_its_own_sessions_only(cast: Cast) -> None:
    """As many queries beside many strangers' sessions as beside none, and all of the account are gone."""
    asked = []
    for strangers, user in ((0, cast.alice), (50, cast.charlie)):
        for _ in range(strangers):
            store = SessionStore()
            store["basket"] = ["noir"]
            store.save()
        logged_in(user)
        Client().post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        Client().post("/accounts/login/code/", {"email": user.email})
        with CaptureQueriesContext(connection) as seen:
            assert sessions.erase(user, {user.email}) == 3
        asked.append(len(seen))
    assert asked[0] == asked[1]
    assert Session.objects.count() == 50
    assert not SessionMark.objects.exists()


def test_the_session_that_is_kept_stays(cast: Cast) -> None:
    here, _there = logged_in(cast.alice), logged_in(cast.alice)
    assert sessions.erase(cast.alice, {cast.alice.email}, keep=here.session.session_key) == 1
    assert here.get("/account/").status_code == 200


def test_a_session_without_marks_would_be_missed(cast: Cast) -> None:
    """The negative control: Django's own store knows of no marks."""
    store = DatabaseStore()
    store["_auth_user_id"] = str(cast.alice.pk)
    store.save()
    assert sessions.erase(cast.alice, {cast.alice.email}) == 0
    privacy.erase_account(user=cast.alice, address="")
    assert Session.objects.exists()


def test_marks_end_with_their_session(cast: Cast) -> None:
    logged_in(cast.alice)
    SessionMark.objects.bulk_create([SessionMark(session_id="gone", whose="1")])
    sweeping.ended_sessions()
    assert SessionMark.objects.count() == 1
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    sweeping.ended_sessions()
    assert not SessionMark.objects.exists()
    assert not Session.objects.exists()


def test_a_flood_is_swept_over_some_minutes(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    ended = timezone.now() - timedelta(days=1)
    Session.objects.bulk_create(
        [Session(session_key=f"{n:032}", session_data="", expire_date=ended) for n in range(25)]
    )
    monkeypatch.setattr(sweeping, "AT_ONCE", 10)
    left = []
    for _ in range(3):
        sweeping.ended_sessions()
        left.append(Session.objects.count())
    assert left == [15, 5, 0]
