"""Photographs that are no identity: found in the list, told in words, deleted from it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from render.jobs.models import Job
from render.pipeline import errors, run
from studio import unsettled
from studio.models import Selfie
from tests.cast import Cast, logged_in
from tests.studio.sitting import coach, files, identity_of, nobody, sent

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]


def test_a_refused_photograph_is_in_the_list_with_its_day(cast: Cast, settings: Settings) -> None:
    settings.REFUSED_SELFIE_HOURS = 48
    selfie = sent(cast.alice, nobody())
    coach(selfie)
    Selfie.objects.update(answered_at=timezone.now().replace(year=2030, month=3, day=30, hour=12))
    page = logged_in(cast.alice).get("/identities/").content.decode()
    assert errors.NoFace.sentence in page
    assert "Deleted by itself on 1 April 2030, 12:" in page
    assert f"/selfies/{selfie.id}/picture.jpg" in page
    assert "Delete this photograph" in page
    assert str(selfie.id) not in logged_in(cast.charlie).get("/identities/").content.decode()


def test_what_waits_is_looked_at_or_was_left_is_told_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = sent(cast.alice)
    client = logged_in(cast.alice)
    told: list[str] = []

    def broken(*what: object, **more: object) -> None:
        told.append(client.get("/identities/").content.decode())
        raise ZeroDivisionError

    assert unsettled.WAITING in client.get("/identities/").content.decode()
    monkeypatch.setattr(run, "look", broken)
    assert coach(selfie).state == Job.State.FAILED
    assert unsettled.LOOKING in told[0]
    page = client.get("/identities/").content.decode()
    assert unsettled.LEFT in page
    assert "Deleted by itself" not in page


def test_an_identity_is_not_listed_twice(cast: Cast) -> None:
    identity_of(cast.alice)
    page = logged_in(cast.alice).get("/identities/").content.decode()
    assert "Photographs without an identity" not in page
    assert "Delete this photograph" not in page


def test_it_is_deleted_from_the_list_with_a_notice(cast: Cast) -> None:
    selfie = sent(cast.alice, nobody())
    coach(selfie)
    client = logged_in(cast.alice)
    answer = client.post(f"/selfies/{selfie.id}/delete/", {"back": "list"}, follow=True)
    assert answer.redirect_chain == [("/identities/", 302)]
    assert "The refused photograph is deleted." in answer.content.decode()
    assert files() == []


def test_sending_another_offers_to_delete_the_refused_one(cast: Cast) -> None:
    client = logged_in(cast.alice)
    offer = "Delete the refused photograph"
    selfie = sent(cast.alice, nobody())
    assert offer not in client.get("/selfies/new/").content.decode()
    coach(selfie)
    page = client.get("/selfies/new/").content.decode()
    assert offer in page
    assert f"/selfies/{selfie.id}/delete/" in page
    assert offer not in logged_in(cast.charlie).get("/selfies/new/").content.decode()
    gone = client.post(f"/selfies/{selfie.id}/delete/", follow=True)
    assert gone.redirect_chain == [("/selfies/new/", 302)]
    assert offer not in gone.content.decode()


def test_only_what_is_refused_goes_by_itself(cast: Cast, settings: Settings) -> None:
    selfie = sent(cast.alice, nobody())
    assert selfie.forgotten_at is None
    coach(selfie)
    assert selfie.answered_at is not None
    assert selfie.forgotten_at == selfie.answered_at + timedelta(hours=settings.REFUSED_SELFIE_HOURS)
