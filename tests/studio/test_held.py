"""A face that may be under 18 waits for a moderator; nothing is measured or made of it meanwhile."""

import json
import math

import pytest
from django.db import IntegrityError, transaction

from render.jobs.models import Job
from studio import age, privacy, rest, selfies
from studio import coach as handler
from studio.errors import HeldForAge
from studio.models import Identity, Selfie
from tests.cast import Cast, logged_in
from tests.stores import stores
from tests.studio.sitting import coach, files, guessing, identity_of, sent
from tests.studio.test_gate import admin_client

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

YOUNG, GROWN = 15.348162, 41.0
SENTENCE, FIX = HeldForAge.sentence, HeldForAge.fix


def held(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Selfie:
    """A photograph of Alice's, looked at by an engine that guesses her young."""
    with monkeypatch.context() as patched:
        guessing(patched, YOUNG)
        selfie = sent(cast.alice)
        coach(selfie)
    return selfie


def cleared(selfie: Selfie) -> Selfie | None:
    with transaction.atomic():
        return selfies.clear(pk=selfie.pk)


@pytest.mark.parametrize(
    ("estimate", "asks"),
    [(None, False), (60.0, False), (23.0, False), (22.9, True), (17.0, True), (0.0, True), (math.nan, True)],
)
def test_the_rule(estimate: float | None, asks: bool) -> None:
    assert age.asks_a_person(estimate) is asks


@pytest.mark.parametrize("estimate", [None, GROWN])
def test_who_is_not_guessed_young_is_not_held(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, estimate: float | None
) -> None:
    guessing(monkeypatch, estimate)
    assert identity_of(cast.alice).selfie.age == Selfie.Age.NONE


def test_the_engine_of_today_guesses_nothing_and_nobody_is_held(cast: Cast) -> None:
    """Without the guess that the other tests inject."""
    assert identity_of(cast.alice).selfie.age == Selfie.Age.NONE


def test_a_held_photograph_is_not_measured(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = held(cast, monkeypatch)
    assert (selfie.age, selfie.verdict) == (Selfie.Age.HELD, Selfie.Verdict.PASSED)
    assert Job.objects.get().result == {"held": True}
    assert not Identity.objects.exists()
    assert len(files()) == 1  # the photograph, and no model


def test_the_guess_is_kept_nowhere(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = held(cast, monkeypatch)
    assert set(rest.open_facts(selfie)) == {"outlines", "warnings"}
    assert [name for name, content in stores() if str(YOUNG).encode() in content] == []


def test_its_owner_reads_why_and_what_to_do(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = held(cast, monkeypatch)
    alice, charlie = logged_in(cast.alice), logged_in(cast.charlie)
    page = alice.get(f"/selfies/{selfie.pk}/").content.decode()
    for words in (SENTENCE, FIX, "Such guesses are often wrong", "Delete this photograph"):
        assert words in page
    for words in ("This will make good portraits.", "Look again", "Choose styles", "Is there text", "hx-get"):
        assert words not in page
    assert f"{SENTENCE} {FIX}" in alice.get("/identities/").content.decode()
    waits = "waits until one of us has looked at it"
    assert waits in alice.get("/selfies/new/").content.decode()
    assert waits not in charlie.get("/selfies/new/").content.decode()
    assert alice.get("/shoots/new/")["Location"] == "/selfies/new/"


def test_it_is_not_looked_at_again_meanwhile(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = held(cast, monkeypatch)
    answer = logged_in(cast.alice).post(f"/selfies/{selfie.pk}/again/", follow=True)
    assert f"{SENTENCE} {FIX}" in answer.content.decode()
    assert not Job.objects.live().exists()
    with pytest.raises(HeldForAge):
        selfies.ask_again(selfie=selfie)


def test_a_cleared_one_goes_on_whatever_is_guessed_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = held(cast, monkeypatch)
    assert cleared(selfie) == selfie
    assert cleared(selfie) is None  # a second moderator
    guessing(monkeypatch, YOUNG)
    coach(selfie)
    assert selfie.age == Selfie.Age.CLEARED
    assert Identity.objects.get().selfie == selfie
    page = logged_in(cast.alice).get(f"/selfies/{selfie.pk}/").content.decode()
    assert "This will make good portraits." in page
    assert SENTENCE not in page


def test_what_is_not_held_is_not_cleared(cast: Cast) -> None:
    selfie = sent(cast.alice)
    assert cleared(selfie) is None
    selfie.refresh_from_db()
    assert selfie.age == Selfie.Age.NONE


def test_cleared_before_the_look_has_ended_it_is_looked_at_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look that goes on is still there when the next one is asked for."""
    selfie = sent(cast.alice)
    guessing(monkeypatch, YOUNG)
    judge = handler._pass

    def judged(*given: object) -> bool:
        goes_on = judge(*given)  # type: ignore[arg-type]
        transaction.on_commit(lambda: cleared(selfie))
        return goes_on

    with monkeypatch.context() as patched:
        patched.setattr(handler, "_pass", judged)
        coach(selfie)
    assert Identity.objects.get().selfie == selfie
    first, last = Job.objects.order_by("created_at")
    assert (first.result, "identity" in last.result) == ({"held": True}, True)


def test_an_identity_that_is_measured_again_stays_as_it_was(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer that turns the photograph waits too, and is not asked for ever."""
    identity = identity_of(cast.alice)
    guessing(monkeypatch, YOUNG)
    client = logged_in(cast.alice)
    client.post(f"/selfies/{identity.selfie_id}/text/", {"text": "backward"})
    coach(identity.selfie)
    identity.refresh_from_db()
    assert (identity.version, identity.mirrored, identity.selfie.age) == (1, False, Selfie.Age.HELD)
    assert not Job.objects.live().exists()
    page = client.get(f"/identities/{identity.pk}/").content.decode()
    assert f"{SENTENCE} {FIX}" in page
    cleared(identity.selfie)
    coach(identity.selfie)
    identity.refresh_from_db()
    assert (identity.version, identity.mirrored) == (2, True)
    assert SENTENCE not in client.get(f"/identities/{identity.pk}/").content.decode()


def test_its_owner_takes_it_back(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = held(cast, monkeypatch)
    logged_in(cast.alice).post(f"/selfies/{selfie.pk}/delete/")
    assert not Selfie.objects.exists()
    assert files() == []
    assert cleared(selfie) is None


def test_it_is_in_the_export_and_in_the_admin(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    selfie = held(cast, monkeypatch)
    told = json.loads(dict(privacy.export(cast.alice))["selfies/1.json"])
    assert told["age"] == "a moderator is asked"
    dora = admin_client(cast.dora)
    assert "a moderator is asked" in dora.get(f"/admin/studio/selfie/{selfie.pk}/change/").content.decode()
    for wanted, there in (("held", True), ("cleared", False)):
        listed = dora.get("/admin/studio/selfie/", {"age__exact": wanted}).content.decode()
        assert (str(selfie.pk) in listed) is there


@pytest.mark.dialect
def test_a_row_knows_no_other_state(cast: Cast) -> None:
    selfie = sent(cast.alice)
    with pytest.raises(IntegrityError):
        Selfie.objects.filter(pk=selfie.pk).update(age="maybe")
