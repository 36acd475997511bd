"""Consent: given once, on record, withdrawn with everything that was made of the face."""

import hashlib
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts import consent, vault
from accounts.models import Consent, Receipt, UserKey
from portraitos_site import privacy
from tests.accounts.door import confirmed, signed_in
from tests.cast import Cast, logged_in, person

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


def test_it_is_asked_before_and_leads_back(cast: Cast) -> None:
    eve = person("eve@example.org", agreed=False)
    client = logged_in(eve)
    page = client.get("/account/consent/?next=/identities/").content.decode()
    assert "Before the first photograph" in page
    assert "<h2>What happens to your face here</h2>" in page
    assert "<p>You are about to upload" in page
    refused = client.post("/account/consent/?next=/identities/", {})
    assert refused.status_code == 400
    assert "Nothing is recorded yet" in refused.content.decode()
    assert consent.standing(eve) is None
    agreed = client.post("/account/consent/?next=/identities/", {"agree": "yes"})
    assert agreed["Location"] == "/identities/"
    found = consent.standing(eve)
    assert found is not None
    assert (found.version, found.locale) == (consent.VERSION, "en-us")
    client.post("/account/consent/", {"agree": "yes"})
    assert eve.consents.count() == 1


def test_it_leads_to_no_other_site(cast: Cast) -> None:
    answer = logged_in(cast.alice).post("/account/consent/?next=//evil.example/", {"agree": "yes"})
    assert answer["Location"] == "/identities/"


def test_what_was_agreed_is_shown(cast: Cast) -> None:
    consent.withdraw(user=cast.alice)
    consent.give(user=cast.alice, locale="en-us")
    page = logged_in(cast.alice).get("/account/consent/").content.decode()
    assert "You agreed to this on" in page
    assert page.count("Version 2026-12: agreed") == 2
    assert page.count("withdrawn or replaced") == 1
    assert page.count("shown in English") == 2


def test_a_changed_text_is_a_new_version() -> None:
    """Whoever changes a letter of it asks everybody again."""
    digest = hashlib.sha256(consent.text().encode()).hexdigest()
    assert (consent.VERSION, digest) == (
        "2026-12",
        "c15444cb5431a55d82e9ba9322815240b296ff82bf7deedfea55ca922cc4ab7a",
    )


def test_the_text_names_what_may_be_computed() -> None:
    text = consent.text()
    for words in ("a face embedding", "never compared across accounts", "an age hint", "may ask a person"):
        assert words in text
    assert "Neither is in use at the time of this text, December 2026" in text
    assert "Gender is never computed." in text


def test_who_agreed_to_an_earlier_text_is_asked_again(cast: Cast) -> None:
    cast.alice.consents.update(version="2001-01")
    assert consent.standing(cast.alice) is None
    client = logged_in(cast.alice)
    page = client.get("/account/consent/?next=/identities/").content.decode()
    assert "We ask you again" in page
    assert "You can still see, download, export and delete everything." in page
    assert "/account/consent/withdraw/" in page
    answer = client.post("/account/consent/?next=/identities/", {"agree": "yes"})
    assert answer["Location"] == "/identities/"
    old, new = cast.alice.consents.order_by("given_at")
    assert (old.version, old.withdrawn_at is None) == ("2001-01", False)
    assert new == consent.standing(cast.alice)
    assert "We ask you again" not in client.get("/account/consent/").content.decode()


def test_an_earlier_text_can_be_withdrawn(cast: Cast) -> None:
    cast.alice.consents.update(version="2001-01")
    assert consent.former(cast.alice) is not None
    confirmed(cast.alice).post("/account/consent/withdraw/", {"erase": "yes"})
    assert consent.former(cast.alice) is None
    page = logged_in(cast.alice).get("/account/consent/").content.decode()
    assert "Before the first photograph" in page


def test_withdrawing_erases_what_was_made_of_the_face(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    asked: list[str] = []

    class Studio:
        def erase(self, user: object) -> dict[str, int]:
            assert user == cast.alice
            asked.append("studio")
            return {"selfies": 2, "identities": 1}

    monkeypatch.setattr(privacy, "FACES", (Studio(),))
    client = confirmed(cast.alice)
    assert "Withdraw and erase" in client.get("/account/consent/withdraw/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/account/consent/withdraw/", {"erase": "yes"})
    receipt = Receipt.objects.get()
    assert answer["Location"] == f"/receipts/{receipt.id}/"
    assert (receipt.kind, receipt.counts) == ("faces", {"selfies": 2, "identities": 1})
    assert asked == ["studio"]
    assert consent.standing(cast.alice) is None
    assert consent.standing(cast.charlie) is not None
    cast.alice.refresh_from_db()
    assert cast.alice.is_active
    assert str(receipt.id) in str(mail.outbox[-1].body)
    page = Client().get(answer["Location"]).content.decode()
    assert "Identities" in page
    assert cast.alice.email not in page


def test_withdrawing_is_asked_for_twice(cast: Cast) -> None:
    path = "/account/consent/withdraw/"
    for method in ("get", "post"):
        asked = getattr(signed_in(cast.alice), method)(path, {"erase": "yes"})
        assert asked["Location"].startswith("/accounts/reauthenticate/")
    refused = confirmed(cast.alice).post(path)
    assert refused.status_code == 400
    assert "Nothing is erased. Tick the box" in refused.content.decode()
    assert consent.standing(cast.alice) is not None
    assert not Receipt.objects.exists()


def test_the_key_of_the_vault_stays_for_the_next_face(cast: Cast) -> None:
    """Withdrawing ends what was made; the account and its key go on."""
    vault.seal(user=cast.alice, where="x", plain=b"y")
    confirmed(cast.alice).post("/account/consent/withdraw/", {"erase": "yes"})
    assert UserKey.objects.filter(user=cast.alice).exists()
    assert Consent.objects.filter(user=cast.alice, withdrawn_at__isnull=False).count() == 1


@pytest.mark.parametrize("path", ["/account/consent/", "/account/consent/withdraw/"])
def test_the_questions_of_every_view(cast: Cast, path: str) -> None:
    anonymous = Client().get(path)
    assert anonymous["Location"] == f"/accounts/login/?next={path}"
    assert confirmed(cast.alice).get(path).status_code == 200
    assert confirmed(cast.alice).delete(path).status_code == 405


@pytest.mark.parametrize("path", ["/privacy/", "/privacy/retention/"])
def test_texts_are_public_and_versioned(client: Client, path: str) -> None:
    answer = client.get(path)
    assert "Version 2026-12" in answer.content.decode()
    assert client.post(path).status_code == 405
