"""The end of an account: asked for twice, done at once, said in a receipt, and true down to the bytes."""

import io
import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from auditlog.models import LogEntry
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts import blocking, vault
from accounts.models import Consent, Receipt, User, UserKey
from portraitos_site import privacy
from tests.accounts.door import code_in, confirmed, own_app, signed_in
from tests.cast import PASSWORD, Cast, logged_in, person
from tests.shop import Shop
from tests.stores import holds

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

DELETE = "/account/delete/"
ADDRESS = "zanzibar.quokka@example.org"


def test_the_questions_of_the_view(cast: Cast) -> None:
    assert Client().get(DELETE)["Location"] == f"/accounts/login/?next={DELETE}"
    asked = signed_in(cast.alice).get(DELETE)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert (
        signed_in(cast.alice)
        .post(DELETE, {"word": "delete"})["Location"]
        .startswith("/accounts/reauthenticate/")
    )
    assert confirmed(cast.alice).put(DELETE).status_code == 405
    assert User.objects.get(pk=cast.alice.pk).is_active


def test_it_wants_the_word(cast: Cast) -> None:
    client = confirmed(cast.alice)
    page = client.get(DELETE).content.decode()
    assert "Type the word delete" in page
    assert "Backups run out after 30 days" in page
    for word in ("", "yes", "delete it"):
        answer = client.post(DELETE, {"word": word})
        assert answer.status_code == 400
        assert "Nothing is deleted." in answer.content.decode()
    assert User.objects.get(pk=cast.alice.pk).erased_at is None


def test_money_back_is_offered_first(cast: Cast, shop: Shop) -> None:
    client = confirmed(cast.alice)
    assert "unspent" not in client.get(DELETE).content.decode()
    purchase = shop.sell(cast.alice)
    page = client.get(DELETE).content.decode()
    assert "20 unspent credits" in page
    assert f'href="/purchases/{purchase.id}/"' in page
    answer = client.post(DELETE, {"word": "delete"})
    assert answer.status_code == 400
    assert "Tick the box about your credits first" in answer.content.decode()
    assert client.post(DELETE, {"word": "delete", "give_up": "yes"}).status_code == 302
    assert User.objects.get(pk=cast.alice.pk).erased_at is not None


def test_what_is_left_is_nobody(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    own_app(cast.alice)
    vault.seal(user=cast.alice, where="x", plain=b"y")
    other = signed_in(cast.alice)
    client = confirmed(cast.alice)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(DELETE, {"word": " Delete "})
    receipt = Receipt.objects.get()
    assert answer["Location"] == f"/receipts/{receipt.id}/"
    assert receipt.counts == {
        "consent records": 1,
        "e-mail addresses": 1,
        "second steps": 2,
        "sessions": 2,
        "encryption keys": 1,
    }
    nobody = User.objects.get(pk=cast.alice.pk)
    assert (nobody.email, nobody.is_active, nobody.has_usable_password()) == (
        f"erased-{nobody.pk}@erased.invalid",
        False,
        False,
    )
    for model in (Consent, UserKey, EmailAddress, Authenticator):
        rows: Any = model.objects
        assert not rows.filter(user=nobody).exists()
    assert other.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 302
    assert cast.charlie.consents.count() == 1


def test_the_receipt_names_nobody_and_comes_by_mail(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    client = confirmed(cast.alice)
    with django_capture_on_commit_callbacks(execute=True):
        path = client.post(DELETE, {"word": "delete"})["Location"]
    assert "Your account is erased" in client.get(path).content.decode()
    page = Client().get(path)
    assert page.status_code == 200
    assert "E-mail addresses" in page.content.decode()
    assert "alice" not in page.content.decode()
    last = mail.outbox[-1]
    assert last.to == ["alice@example.org"]
    assert f"http://testserver{path}" in str(last.body)
    assert Client().post(path).status_code == 405
    assert Client().get("/receipts/00000000-0000-0000-0000-000000000000/").status_code == 404
    assert Client().get("/receipts/1/").status_code == 404


def test_a_namesake_loses_nothing(cast: Cast) -> None:
    """An address that ends another's: ice@example.org within alice@example.org."""
    ice = person("ice@example.org")
    root = person("root@example.org", staff=True)
    root.is_superuser = True
    root.save()
    blocking.block(by=root, user=cast.alice, reason="Stolen cards.")
    blocking.unblock(by=root, user=cast.alice, reason="Stolen cards.")
    pending = Client()
    pending.post("/accounts/login/code/", {"email": cast.alice.email})
    before = list(LogEntry.objects.filter(object_id=cast.alice.pk).values("object_repr", "changes"))
    privacy.erase_account(user=ice, address="")
    assert list(LogEntry.objects.filter(object_id=cast.alice.pk).values("object_repr", "changes")) == before
    assert Session.objects.filter(session_key=pending.session.session_key).exists()


def test_a_part_that_fails_leaves_everything(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(user: User) -> dict[str, int]:
        raise RuntimeError("no disk")

    monkeypatch.setattr("billing.privacy.erase", fail)
    with pytest.raises(RuntimeError):
        privacy.erase_account(user=cast.alice, address="")
    assert User.objects.get(pk=cast.alice.pk).email == "alice@example.org"
    assert cast.alice.consents.count() == 1
    assert not Receipt.objects.exists()


def test_parts_are_asked_from_the_top_down(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def erase(name: str, user: User) -> dict[str, int]:
        asked.append(name)
        return {}

    for name in ("accounts", "billing", "render", "studio"):
        monkeypatch.setattr(f"{name}.privacy.erase", partial(erase, name))
    privacy.erase_account(user=cast.alice, address="")
    assert asked == ["render", "studio", "billing", "accounts"]


def test_twice_is_once(cast: Cast) -> None:
    privacy.erase_account(user=cast.alice, address="")
    with pytest.raises(privacy.AlreadyErased):
        privacy.erase_account(user=cast.alice, address="")
    assert Receipt.objects.count() == 1


def test_after_a_restore_the_list_is_replayed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    privacy.erase_account(user=cast.alice, address="")
    told = io.StringIO()
    call_command("erasures", stdout=told)
    assert told.getvalue() == f"{cast.alice.pk}\n"
    backup = {"email": "alice@example.org", "is_active": True, "erased_at": None}
    User.objects.filter(pk=cast.alice.pk).update(**backup)
    monkeypatch.setattr("sys.stdin", io.StringIO(told.getvalue()))
    said = io.StringIO()
    call_command("replay_erasures", stdout=said)
    assert said.getvalue() == "1 on the list, 1 erased again.\n"
    assert User.objects.get(pk=cast.alice.pk).erased_at is not None
    assert User.objects.get(pk=cast.charlie.pk).erased_at is None


def live_a_life() -> User:
    """Somebody who signs up, sets everything up, and is dealt with by staff."""
    client = Client()
    there = client.post("/accounts/signup/", {"email": ADDRESS, "password1": PASSWORD})
    client.post(there["Location"], {"code": code_in(str(mail.outbox[-1].body))})
    user = User.objects.get(email=ADDRESS)
    own_app(user)
    client.post("/account/consent/", {"agree": "yes"})
    vault.seal(user=user, where="x", plain=b"y")
    Client().post("/accounts/login/", {"login": ADDRESS, "password": "wrong"})
    Client().post("/accounts/login/code/", {"email": ADDRESS})  # a session that never came in
    Client().post("/accounts/password/reset/", {"email": ADDRESS})
    root = person("root@example.org", staff=True)
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    own_app(root)
    admin = signed_in(root)
    for staff in ("on", ""):
        form = {"is_staff": staff} if staff else {}
        assert admin.post(f"/admin/accounts/user/{user.pk}/change/", form).status_code == 302
    return user


@pytest.mark.dialect
@pytest.mark.django_db(transaction=True)
def test_no_byte_of_the_address_is_left(cast: Cast) -> None:
    user = live_a_life()
    before = holds(ADDRESS)
    joined = user.date_joined.isoformat(" ")[:19]
    about = LogEntry.objects.filter(content_type__model="user", object_id=user.pk)
    assert about.filter(
        actor=None, remote_addr__isnull=False
    ).exists()  # the sign-up, before anybody is known
    assert joined in str(list(about.values_list("changes", flat=True)))
    assert "database" in " ".join(before)
    assert "sessions" in before
    assert LogEntry.objects.filter(object_repr__icontains=ADDRESS).exists()
    assert AdminEntry.objects.filter(object_repr__icontains=ADDRESS).exists()

    path = confirmed(user).post(DELETE, {"word": "delete"})["Location"]

    assert holds(ADDRESS) == []
    assert holds(ADDRESS.split("@", maxsplit=1)[0]) == []
    assert holds("alice@example.org") != []  # the search still finds what is there
    assert about.exists()  # that it was done stays
    assert not about.exclude(remote_addr=None, remote_port=None).exists()
    assert joined not in str(list(about.values_list("changes", flat=True)))
    assert not LogEntry.objects.filter(actor_id=user.pk, remote_addr__isnull=False).exists()
    assert not re.search(ADDRESS, Client().get(path).content.decode())
    if connection.vendor == "sqlite":
        log = Path(f"{connection.settings_dict['NAME']}-wal")
        assert log.stat().st_size == 0


@pytest.mark.dialect
@pytest.mark.django_db(transaction=True)
def test_a_deletion_by_sql_alone_would_be_seen(cast: Cast) -> None:
    """The search reads what a careless erasure leaves: the log that is not cut, the tables beside."""
    user = live_a_life()
    User.objects.filter(pk=user.pk).update(email="erased@erased.invalid")
    assert holds(ADDRESS) != []


def test_sessions_that_ran_out_are_swept(cast: Cast) -> None:
    from accounts import sweeping

    client = logged_in(cast.alice)
    client.get("/account/")
    sweeping.ended_sessions()
    assert client.get("/account/").status_code == 200
    Session.objects.update(expire_date=Session.objects.get().expire_date - timedelta(days=15))
    sweeping.ended_sessions()
    assert not Session.objects.exists()
