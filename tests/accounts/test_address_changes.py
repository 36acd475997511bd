"""The old address undoes a change for some days: its reader is let back in, and whoever changed it is out."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import sweeping
from accounts.models import AddressChange, User
from portraitos_site import privacy
from tests.accounts.door import code_in, confirmed, own_app, own_key, signed_in
from tests.cast import PASSWORD, Cast, person

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

EVIL = "thief@example.org"


def change(client: Client, to: str) -> str:
    """Change the address; the link of the letter to the old one."""
    there = client.post("/accounts/email/", {"email": to, "action_add": ""})
    client.post(there["Location"], {"code": code_in(str(mail.outbox[-1].body))})
    told = next(one for one in reversed(mail.outbox) if "was changed" in one.subject)
    link = re.search(r"https?://[^/\s]+(/account/address/undo/\S+)", str(told.body))
    assert link
    return link[1]


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_the_old_address_brings_itself_back(cast: Cast) -> None:
    thief = confirmed(cast.alice)
    own_key(cast.alice)
    link = change(thief, EVIL)
    owner = Client()
    page = owner.get(link).content.decode()
    assert "Bring the old address back?" in page
    assert User.objects.get(pk=cast.alice.pk).email == EVIL  # reading a letter undoes nothing
    form = owner.post(link)["Location"]
    assert not is_in(thief)
    cast.alice.refresh_from_db()
    assert (cast.alice.email, cast.alice.has_usable_password()) == ("alice@example.org", False)
    addresses = EmailAddress.objects.filter(user=cast.alice).values_list("email", "verified", "primary")
    assert list(addresses) == [("alice@example.org", True, True)]
    assert not Authenticator.objects.filter(user=cast.alice).exists()  # a key of the thief's
    form = owner.get(form)["Location"]
    owner.post(form, {"password1": "another battery", "password2": "another battery"})
    owner.post("/accounts/login/", {"login": "alice@example.org", "password": "another battery"})
    assert is_in(owner)
    told = next(one for one in mail.outbox if one.to == [EVIL] and "changed back" in one.subject)
    assert "/undo/" not in str(told.body)
    assert "no longer works" in Client().get(link).content.decode()
    assert Client().post(link).status_code == 404


def test_a_thief_cannot_undo_the_undoing(cast: Cast) -> None:
    thief = confirmed(cast.alice)
    first = change(thief, EVIL)
    second = change(thief, "another@example.org")
    Client().post(first)
    assert Client().post(second).status_code == 404
    assert User.objects.get(pk=cast.alice.pk).email == "alice@example.org"


def test_second_steps_of_long_ago_stay_and_recovery_codes_do_not(cast: Cast) -> None:
    """The mailbox alone does not get past an owner's app; the codes, a thief may have read."""
    own_app(cast.alice)
    Authenticator.objects.update(created_at=timezone.now() - timedelta(days=30))
    link = change(confirmed(cast.alice), EVIL)
    Client().post(link)
    left = Authenticator.objects.filter(user=cast.alice).values_list("type", flat=True)
    assert list(left) == [Authenticator.Type.TOTP]


def test_after_some_days_it_is_over_and_forgotten(cast: Cast, settings: object) -> None:
    link = change(confirmed(cast.alice), EVIL)
    AddressChange.objects.update(changed_at=timezone.now() - timedelta(days=6, hours=23))
    assert Client().get(link).status_code == 200
    AddressChange.objects.update(changed_at=timezone.now() - timedelta(days=7, seconds=1))
    assert Client().get(link).status_code == 404
    assert Client().post(link).status_code == 404
    sweeping.final_address_changes()
    assert not AddressChange.objects.exists()


def test_a_link_that_was_made_up_undoes_nothing(cast: Cast) -> None:
    link = change(confirmed(cast.alice), EVIL)
    for wrong in (f"{link.rstrip('/')}x/", "/account/address/undo/1/"):
        assert Client().post(wrong).status_code == 404


def test_who_squats_on_the_old_address_without_proof_makes_way(cast: Cast) -> None:
    link = change(confirmed(cast.alice), EVIL)
    Client().post("/accounts/signup/", {"email": "alice@example.org", "password1": PASSWORD})
    squatter = User.objects.get(email="alice@example.org")
    Client().post(link)
    squatter.refresh_from_db()
    assert squatter.erased_at is not None
    assert User.objects.get(email="alice@example.org").pk == cast.alice.pk


def test_who_has_proven_the_old_address_keeps_it(cast: Cast) -> None:
    link = change(confirmed(cast.alice), EVIL)
    other = person("alice@example.org")
    answer = Client().post(link)
    assert answer.status_code == 409
    assert "another account now" in answer.content.decode()
    assert User.objects.get(pk=cast.alice.pk).email == EVIL
    assert is_in(signed_in(other))


def test_an_erased_account_is_undone_by_no_link(cast: Cast) -> None:
    link = change(confirmed(cast.alice), EVIL)
    cast.alice.refresh_from_db()
    privacy.erase_account(user=cast.alice, address="")
    assert not AddressChange.objects.exists()
    assert Client().post(link).status_code == 404
