"""Sign-ups: as much work for a known address as for a new one, and any number of them at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from auditlog.models import LogEntry
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db(transaction=True)]

AT_ONCE = 8
Hashes = list[str]


def sign_up(email: str) -> int:
    """What the page answers to a caller at an address of their own, in a thread of its own."""
    client = Client(REMOTE_ADDR=f"198.51.100.{abs(hash(email)) % 250}")
    client.raise_request_exception = False
    try:
        answer = client.post("/accounts/signup/", {"email": email, "password1": PASSWORD})
        return int(answer.status_code)
    finally:
        connection.close()


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Hashes:
    """Every password that is made into a fingerprint, which is what takes the time."""
    made: Hashes = []
    from django.contrib.auth import hashers

    def make(password: str | None, *args: object, **options: object) -> str:
        made.append(password or "")
        return hashers.make_password(password)

    monkeypatch.setattr("accounts.forms.make_password", make)
    monkeypatch.setattr("django.contrib.auth.base_user.make_password", make)
    return made


def asked(act: Callable[[], object]) -> tuple[list[str], int]:
    """The tables that are written, in order, and how many queries read."""
    with CaptureQueriesContext(connection) as seen:
        act()
    said = [query["sql"].split() for query in seen]
    written = [words[2].strip('"') for words in said if words[0] == "INSERT"]
    return written, sum(words[0] == "SELECT" for words in said)


def test_a_known_address_takes_as_much_as_a_new_one(cast: Cast, hashes: Hashes) -> None:
    def known() -> None:
        Client().post("/accounts/signup/", {"email": cast.alice.email, "password1": PASSWORD})

    def new() -> None:
        Client().post("/accounts/signup/", {"email": "eve@example.org", "password1": PASSWORD})

    before = User.objects.count(), LogEntry.objects.count(), EmailAddress.objects.count()
    for_known = asked(known)
    assert hashes == [PASSWORD]
    assert (User.objects.count(), LogEntry.objects.count(), EmailAddress.objects.count()) == before
    for_new = asked(new)
    assert hashes == [PASSWORD, PASSWORD]
    assert for_known == for_new
    assert "accounts_user" in for_new[0]
    assert [letter.to for letter in mail.outbox] == [[cast.alice.email], ["eve@example.org"]]


def test_a_password_that_is_refused_is_hashed_for_neither(cast: Cast, hashes: Hashes) -> None:
    for email in (cast.alice.email, "eve@example.org"):
        Client().post("/accounts/signup/", {"email": email, "password1": "12345678"})
    assert hashes == []


@pytest.mark.parametrize("different", [True, False])
def test_eight_at_once_are_all_answered(different: bool) -> None:
    cache.clear()
    emails = [f"eve{number if different else ''}@example.org" for number in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(sign_up, emails))
    assert set(answers) <= {302, 429}  # the same address gets one letter in ten seconds
    assert answers.count(302) >= (AT_ONCE if different else 1)
    assert User.objects.count() == len(set(emails))
    assert EmailAddress.objects.count() == len(set(emails))


def test_whoever_comes_second_is_told_like_any_known_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both find the address free, one writes first."""
    first = "eve@example.org"
    monkeypatch.setattr("allauth.account.forms.flows.manage_email.assess_unique_email", lambda *a, **k: True)
    User.objects.create_user(first, PASSWORD)
    assert sign_up(first) == 302
    assert mail.outbox[-1].subject == "You have an account at PortraitOS already"
    assert User.objects.count() == 1
