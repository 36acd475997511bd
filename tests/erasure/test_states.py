"""Erased from every state of an account, by every way out: no error, no byte left, no cent lost."""

import io
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.internal.flows import login
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts import wal
from accounts.models import User
from billing.audit import audit
from billing.models import Account, Entry
from render import moderation
from render.models import Case, Portrait
from studio.models import Identity
from tests.cast import Cast
from tests.erasure.states import Furnished, furnished, states
from tests.stores import stores

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]

TOKEN = re.compile(rb"quokka\d{3}[a-z]+9|71756f6b6b61(?:3\d){3}(?:[67][0-9a-f])+39")  # plain, or in hex
WHOLE = ("mail", "mailtwo", "mailnew", "name", "nametwo", "money", "case", "face", "ident", "print")
FACES = ("case", "face", "ident", "print")
RICH = states()[0] | {"portrait": "delivered", "refund": "sent", "copy": "made", "person": "customer"}


def tokens() -> dict[str, set[str]]:
    """Every token that lies anywhere, with the stores that it lies in."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # a page that was rebuilt keeps remnants between its cells
            cursor.execute("VACUUM")
    wal.truncate()
    found: dict[str, set[str]] = {}
    for name, content in stores():
        for token in TOKEN.findall(content.lower()):
            plain = token if token.startswith(b"quokka") else bytes.fromhex(token.decode())
            found.setdefault(plain.decode(), set()).add(name)
    return found


def confirmed(user: User) -> Client:
    """Signed in, and asked for the password a moment ago."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session.save()
    return client


def answer(of: Furnished, path: str, form: dict[str, str]) -> str:
    """Where the page leads to, or what it answers instead."""
    answered = confirmed(of.user).post(path, form)
    return answered.headers.get("Location", f"{answered.status_code}")


def own(of: Furnished) -> str:
    return answer(of, "/account/delete/", {"word": "delete", "give_up": "yes"})


def staff(of: Furnished) -> str:
    """After a restore staff erase again who was erased; it is the way for a blocked account, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(f"{of.user.pk}\n"))
        call_command("replay_erasures", stdout=io.StringIO())
    return "/receipts/" if User.objects.get(pk=of.user.pk).erased_at else "not erased"


def withdrawn(of: Furnished) -> str:
    return answer(of, "/account/consent/withdraw/", {"erase": "yes"})


def identity(of: Furnished) -> str:
    assert of.identity is not None
    return answer(of, f"/identities/{of.identity.id}/delete/", {"sure": "yes"})


def shoot(of: Furnished) -> str:
    assert of.shoot is not None
    return answer(of, f"/shoots/{of.shoot.id}/delete/", {"sure": "yes"})


def rejected(of: Furnished) -> str:
    """A moderator takes a face down, with everything that was made of it."""
    assert of.identity is not None
    case = moderation.flag(selfie=of.identity.selfie, words="A stranger's face.")
    moderation.reject(case=case, by=of.staff.dora, words="It is not yours.")
    return "not erased" if Identity.objects.filter(pk=of.identity.pk).exists() else "/receipts/"


def portrait(of: Furnished) -> str:
    assert of.portrait is not None
    return answer(of, f"/portraits/{of.portrait.id}/delete/", {"sure": "yes"})


Way = Callable[[Furnished], str]
WAYS: dict[str, tuple[Way, tuple[str, ...]]] = {
    "owner": (own, WHOLE),
    "staff": (staff, WHOLE),
    "consent": (withdrawn, FACES),
    "identity": (identity, ("ident", "print")),
    "moderator": (rejected, ("ident", "print")),
    "shoot": (shoot, ("print",)),
    "portrait": (portrait, ("print",)),
}


@pytest.mark.dialect
def test_from_every_state_by_every_way(cast: Cast) -> None:
    """Every pair of states, and every state with every way; then whoever is left deletes the account."""
    *accounts, bystander = furnished(cast, every=[*states(), RICH])
    before = tokens()
    assert {token[9:-1] for token in before} == set(WHOLE)  # the search finds them all
    wrong: dict[str, str] = {}
    gone: set[str] = set()
    for of in accounts:
        way, about = WAYS[of.state["way"]]
        wrong |= refused(of, way)
        gone |= {of.token(what) for what in about}
    assert wrong == {}
    assert left(gone) == {}
    assert audit() == []
    for of in accounts:
        if WAYS[of.state["way"]][1] != WHOLE:
            wrong |= refused(of, staff if of.state["person"] == "blocked" else own)
    assert wrong == {}
    assert left({of.token(what) for of in accounts for what in WHOLE}) == {}
    theirs = {token for token in before if token.startswith(bystander.mark)}
    assert theirs
    assert theirs <= tokens().keys()
    assert audit() == []


def refused(of: Furnished, way: Way) -> dict[str, str]:
    """What went wrong, for every state is tried whatever the one before it did."""
    try:
        said = way(of)
    except Exception as error:  # noqa: BLE001
        said = f"{type(error).__name__}: {error}"
    return {} if said.startswith(("/receipts/", "/shoots/")) else {f"{of.mark} {of.state}": said}


def left(gone: set[str]) -> dict[str, set[str]]:
    return {token: places for token, places in tokens().items() if token in gone}


@pytest.mark.dialect
def test_what_a_moderator_rejected_is_no_bar(cast: Cast) -> None:
    """A constraint asks for words, and the erasure took them: the deletion was answered by 500."""
    (of,) = furnished(cast, every=[RICH | {"verdict": "rejected", "case": "portrait rejected"}])
    assert own(of).startswith("/receipts/")
    case = Case.objects.get(owner=of.user)
    assert (case.words, case.decision) == ("Erased at its owner's wish.", "Erased at its owner's wish.")
    assert not Portrait.objects.exists()


@pytest.mark.dialect
def test_the_ledger_keeps_its_numbers(cast: Cast) -> None:
    (of,) = furnished(cast, every=[RICH | {"lot": "goodwill frozen", "trail": "support"}])
    numbers = ("kind", "key", "actor", "d_available", "d_held", "d_spent", "d_outside", "d_remaining")
    entries: Any = Entry.objects.filter(account=Account.objects.get(user=of.user))
    before = list(entries.values(*numbers))
    staff(of)
    assert list(entries.values(*numbers)) == before
    assert set(entries.values_list("reason", flat=True)) == {""}
