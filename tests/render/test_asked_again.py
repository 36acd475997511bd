"""The text about faces has changed: nothing new is made of a face until its owner agrees."""

from typing import Any

import pytest
from django.test import Client

from accounts import consent
from accounts.consent import NotAgreed
from render import orders
from render.jobs.models import Job
from render.models import Portrait
from studio import selfies
from studio.models import Identity, Selfie
from tests.accounts.door import confirmed
from tests.cast import Cast, logged_in
from tests.render.sitting import balance, fund, stock
from tests.render.written import delivered, identity_of, proved, work
from tests.stated import STATED
from tests.studio.sitting import photograph, send

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]

State = Portrait.State


def changed(cast: Cast) -> Client:
    """The text has changed since Alice agreed."""
    cast.alice.consents.update(version="2001-01")
    return logged_in(cast.alice)


def asks(answer: Any, back: str) -> bool:
    return (answer.status_code, answer["Location"]) == (302, f"/account/consent/?next={back}")


def begun() -> tuple[int, int, int]:
    return Job.objects.count(), Selfie.objects.count(), Portrait.objects.count()


def test_nothing_new_begins_until_the_owner_agrees(cast: Cast) -> None:
    """Then the same requests begin it."""
    (portrait,) = proved(cast.alice, "rembrandt")
    waiting = Selfie.objects.create(owner=cast.alice, width=600, height=600)
    identity = portrait.shoot.identity
    fund(cast.alice, 1)
    client = changed(cast)
    shoot, page = portrait.shoot.get_absolute_url(), portrait.get_absolute_url()
    acts: list[tuple[str, str, dict[str, Any]]] = [
        (f"{page}again/", shoot, {}),
        (f"{page}not-me/", page, {"reason": "eyes"}),
        (f"/selfies/{waiting.pk}/again/", f"/selfies/{waiting.pk}/", {}),
        (f"/selfies/{identity.selfie_id}/text/", f"/selfies/{identity.selfie_id}/", {"text": "backward"}),
        ("/shoots/new/", "/shoots/new/", {"style": "rembrandt", "identity": identity.pk}),
        (f"{shoot}approve/", shoot, {"portrait": portrait.pk, "sure": "yes"}),
    ]
    before = begun()
    for address, back, form in acts:
        assert asks(client.post(address, form), back), address
    assert asks(send(client, photograph()), "/selfies/new/")
    assert asks(client.get("/selfies/new/"), "/selfies/new/")
    assert asks(client.get("/shoots/new/"), "/shoots/new/")
    portrait.refresh_from_db()
    assert (portrait.state, balance(cast.alice), begun()) == (State.PROVED, (1, 0), before)
    assert Selfie.objects.get(pk=identity.selfie_id).text == ""
    client.post("/account/consent/", {"agree": "yes"})
    for address, _, form in acts:
        jobs = Job.objects.count()
        assert not client.post(address, form)["Location"].startswith("/account/consent/")
        assert Job.objects.count() == jobs + 1, address
    assert not send(client, photograph())["Location"].startswith("/account/consent/")


def test_no_rule_begins_it_either(cast: Cast) -> None:
    (portrait,) = proved(cast.alice, "rembrandt")
    changed(cast)
    before = begun()
    with pytest.raises(NotAgreed):
        orders.order(identity=portrait.shoot.identity, styles=stock("rembrandt"))
    with pytest.raises(NotAgreed):
        orders.again(portrait=portrait)
    with pytest.raises(NotAgreed):
        orders.approve(owner=cast.alice, ids=[portrait.pk])
    with pytest.raises(NotAgreed):
        selfies.take(owner=cast.alice, data=photograph(), **STATED)
    with pytest.raises(NotAgreed):
        selfies.ask_again(selfie=portrait.shoot.identity.selfie)
    assert begun() == before


def test_who_is_not_asked_about_anothers_portrait_is_not_asked_for_consent(cast: Cast) -> None:
    """The cast, each without consent: it is not there, or not theirs."""
    (portrait,) = proved(cast.alice, "rembrandt")
    for visitor, status in ((cast.charlie, 404), (cast.bob, 403), (cast.dora, 403)):
        visitor.consents.all().delete()
        for act in ("again", "not-me"):
            answer = logged_in(visitor).post(f"{portrait.get_absolute_url()}{act}/", {"reason": "eyes"})
            assert answer.status_code == status
        shoot = portrait.shoot.get_absolute_url()
        assert logged_in(visitor).post(f"{shoot}approve/", {"sure": "yes"}).status_code == status


def test_a_credit_comes_back_at_once_and_the_new_preview_waits_for_the_consent(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    client, page = changed(cast), portrait.get_absolute_url()
    fund(cast.alice, 1)
    answer = client.post(f"{page}not-me/", {"reason": "eyes"})
    assert asks(answer, page)
    portrait.refresh_from_db()
    assert (portrait.state, balance(cast.alice), Portrait.objects.count()) == (State.RETURNED, (2, 0), 1)
    assert "Your credit is back." in client.get(answer["Location"]).content.decode()
    client.post("/account/consent/", {"agree": "yes"})
    assert "Make the new preview, free" in client.get(page).content.decode()
    client.post(f"{page}not-me/", {"reason": "eyes"})
    again = Portrait.objects.exclude(pk=portrait.pk).get()
    assert (again.aims, balance(cast.alice)) == (["eyes"], (2, 0))
    assert "Make the new preview, free" not in client.get(page).content.decode()


def test_reading_downloading_exporting_and_deleting_ask_for_nothing(cast: Cast) -> None:
    first, second = delivered(cast.alice, "rembrandt", "noir")
    identity = first.shoot.identity
    cast.alice.consents.update(version="2001-01")
    client = confirmed(cast.alice)
    assert consent.standing(cast.alice) is None
    shoot, page = first.shoot.get_absolute_url(), first.get_absolute_url()
    read = (
        "/shoots/", shoot, page, f"{page}preview.jpg", f"{page}full.jpg", "/favorites/", "/identities/",
        f"/selfies/{identity.selfie_id}/", f"/selfies/{identity.selfie_id}/picture.jpg", "/account/",
        f"{shoot}portraits.zip", "/credits/",
    )  # fmt: skip
    for address in read:
        assert client.get(address).status_code == 200, address
    assert client.post(f"{page}copies/", {"kind": "png"})["Location"] == f"{page}#copies"
    work()
    assert client.get(f"{page}copies/png/").status_code == 200
    for act in ("favorite", "share", "report"):
        assert not client.post(f"{page}{act}/")["Location"].startswith("/account/consent/"), act
    assert client.post(f"{page}delete/", {"sure": "yes"})["Location"] == "/shoots/"
    gone = client.post(f"/identities/{identity.pk}/delete/", {"sure": "yes"})
    assert gone["Location"].startswith("/receipts/")
    assert not Portrait.objects.filter(pk__in=[first.pk, second.pk]).exists()
    assert not Identity.objects.exists()


def test_the_export_and_the_end_of_the_account_ask_for_nothing(cast: Cast) -> None:
    identity_of(cast.alice)
    Identity.objects.all().delete()
    cast.alice.consents.update(version="2001-01")
    client = confirmed(cast.alice)
    assert client.get("/account/export.zip").status_code == 200
    ended = client.post("/account/delete/", {"word": "delete", "give_up": "yes"})
    assert ended["Location"].startswith("/receipts/")
