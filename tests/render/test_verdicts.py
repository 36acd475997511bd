"""What a moderator rejected does not come back, under whatever address its owner asks for it."""

from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache

from accounts import consent
from accounts.privacy import ERASED
from portraitos_site import privacy as leaving
from render import moderation, orders, previews, privacy, verdicts
from render.errors import NothingToApprove, PhotographTakenDown, TakenDown
from render.models import Case, Portrait
from render.pipeline import confined
from render.pipeline.confined import PlainCopy
from studio import rest, selfies
from studio.models import Identity, Selfie
from tests.cast import Cast, logged_in
from tests.render import written
from tests.render.sitting import approve, balance, fund, shoot_of
from tests.render.written import delivered, identity_of, proved
from tests.stated import STATED

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]

WORDS = "This is somebody else."
SAME, OTHER = "rembrandt", "noir"


def rejected(portrait: Portrait, cast: Cast, scope: Case.Scope = Case.Scope.PICTURE) -> Case:
    case = moderation.report(portrait=portrait, words="Seen.")
    return moderation.reject(case=case, by=cast.dora, words=WORDS, scope=scope)


@pytest.fixture(autouse=True)
def _any_number(db: None) -> None:
    cache.clear()


@pytest.mark.parametrize("way", ["another shoot", "the portrait is deleted", "the identity is deleted"])
def test_it_is_not_ordered_again(cast: Cast, way: str) -> None:
    (portrait,) = delivered(cast.alice, SAME)
    identity = portrait.shoot.identity
    rejected(portrait, cast)
    if way == "the portrait is deleted":
        orders.discard(portrait=portrait)
    if way == "the identity is deleted":
        privacy.discard_identity(identity=identity)
        identity = identity_of(cast.alice)  # of the same photograph
    with pytest.raises(TakenDown, match=f"{portrait.version.style.name}. Leave it out."):
        shoot_of(cast.alice, SAME, OTHER, identity=identity)
    assert not Portrait.objects.exclude(pk=portrait.pk).exists()
    shoot_of(cast.alice, OTHER, identity=identity)
    shoot_of(cast.charlie, SAME, identity=identity_of(cast.charlie))  # the same pixels, on another account


def test_another_face_may_have_the_style(cast: Cast) -> None:
    (portrait,) = proved(cast.alice, SAME)
    rejected(portrait, cast)
    other = identity_of(cast.alice)
    selfie = Selfie.objects.get(pk=other.selfie_id)
    rest.write_selfie(selfie=selfie, owner=cast.alice, plain=b"another photograph")
    shoot_of(cast.alice, SAME, identity=other)


def test_the_page_says_why(cast: Cast) -> None:
    (portrait,) = proved(cast.alice, SAME)
    rejected(portrait, cast)
    form = {"style": SAME, "identity": str(portrait.shoot.identity_id)}
    answer = logged_in(cast.alice).post("/shoots/new/", form)
    assert (answer.status_code, Portrait.objects.count()) == (422, 1)
    assert "A moderator took this portrait down" in answer.content.decode()


def test_what_shows_the_same_goes_with_it(cast: Cast) -> None:
    """Ordered twice before anybody looked, one delivered, one on its way, one made in another style."""
    identity = identity_of(cast.alice)
    fund(cast.alice, 2)
    (first,) = proved(cast.alice, SAME, identity=identity)
    approve(first)
    written.work()
    first.refresh_from_db()
    first.save_fields(share="token")
    made = {row.version.style_id: row for row in proved(cast.alice, SAME, OTHER, identity=identity)}
    second, another = made[SAME], made[OTHER]
    approve(second)
    for portrait in (second, another):
        moderation.report(portrait=portrait, words="Seen.")
    mail.outbox.clear()
    case = rejected(first, cast)
    written.work()
    for portrait in (first, second, another):
        portrait.refresh_from_db()
    assert [first.rejected, second.rejected, another.rejected] == [True, True, False]
    assert (first.share, second.state, second.hold, balance(cast.alice)) == (None, "proved", None, (2, 0))
    assert (Case.objects.get(subject=second.pk).state, Case.objects.get(subject=another.pk).state) == (
        "rejected",
        "open",
    )
    assert len([letter for letter in mail.outbox if WORDS in letter.body]) == 1
    assert (case.style, case.seed, case.identity) == (SAME, 1, identity.pk)


def test_a_proof_with_the_same_pixels_is_taken_down_when_it_is_made(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    (portrait,) = proved(cast.alice, SAME)
    rejected(portrait, cast)
    digest = portrait.proof_digest
    monkeypatch.setitem(written.WRITERS, previews.KIND, lambda taken: _same_pixels(taken, digest))
    (again,) = proved(cast.alice, OTHER)
    assert (again.proof_digest, again.rejected, again.verdict_words) == (digest, True, WORDS)
    (theirs,) = proved(cast.charlie, OTHER)
    assert not theirs.rejected
    fund(cast.alice)
    with pytest.raises(NothingToApprove):
        approve(again)


def _same_pixels(taken: Any, digest: str) -> dict[str, Any]:
    return {**written._preview(taken), "digest": digest}


def test_what_was_overlooked_cannot_be_approved(cast: Cast) -> None:
    """As if it had been ordered at the very moment of the decision."""
    identity = identity_of(cast.alice)
    (portrait,) = proved(cast.alice, SAME, identity=identity)
    (twin,) = proved(cast.alice, SAME, identity=identity)
    rejected(portrait, cast)
    Portrait.objects.filter(pk=twin.pk).update(verdict="", verdict_words="")
    fund(cast.alice)
    with pytest.raises(TakenDown):
        approve(twin)
    with pytest.raises(TakenDown):
        orders.again(portrait=Portrait.objects.shown().get(pk=twin.pk))
    aimed = orders.again(portrait=Portrait.objects.shown().get(pk=twin.pk), aim="eyes")  # another picture
    assert (aimed.seed, balance(cast.alice)) == (2, (5, 0))


def test_a_face_goes_with_its_photograph_and_everything_made_of_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    (portrait,) = delivered(cast.alice, SAME)
    identity_of(cast.alice)  # of the same photograph, sent twice
    other = identity_of(cast.alice)
    rest.write_selfie(selfie=other.selfie, owner=cast.alice, plain=b"another photograph")
    case = rejected(portrait, cast, Case.Scope.IDENTITY)
    assert (case.state, balance(cast.alice)) == ("rejected", (1, 0))
    assert list(Identity.objects.all()) == [other]
    assert list(Selfie.objects.all()) == [other.selfie]
    assert not Portrait.objects.exists()
    monkeypatch.setattr(confined, "copy", lambda data: PlainCopy(data, 1, 1, rear_camera=False))
    with pytest.raises(PhotographTakenDown):
        selfies.take(owner=cast.alice, data=b"selfie", **STATED)
    assert Selfie.objects.count() == 1
    selfies.take(owner=cast.alice, data=b"a third photograph", **STATED)
    selfies.take(owner=cast.charlie, data=b"selfie", **STATED)


def test_a_rejected_picture_does_not_keep_its_photograph_from_being_sent(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    (portrait,) = proved(cast.alice, SAME)
    rejected(portrait, cast)
    monkeypatch.setattr(confined, "copy", lambda data: PlainCopy(data, 1, 1, rear_camera=False))
    selfies.take(owner=cast.alice, data=b"selfie", **STATED)


def test_a_photograph_that_is_lost_can_be_rejected(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    rest.erase([identity.selfie.file])
    case = moderation.flag(selfie=identity.selfie, words="Seen.")
    moderation.reject(case=case, by=cast.dora, words=WORDS)
    assert not Identity.objects.exists()


def test_a_rejection_outlives_the_consent_without_its_words(cast: Cast) -> None:
    (portrait,) = proved(cast.alice, SAME)
    case = rejected(portrait, cast)
    leaving.withdraw_consent(user=cast.alice, address="")
    case.refresh_from_db()
    assert (case.decision, verdicts.words(case), case.reports.count()) == (ERASED, verdicts.AGAIN, 0)
    consent.give(user=cast.alice, locale="en")
    with pytest.raises(TakenDown):
        shoot_of(cast.alice, SAME, identity=identity_of(cast.alice))


def test_known_cases_are_described(cast: Cast) -> None:
    """By the migration."""
    from importlib import import_module

    from django.apps import apps

    (portrait,) = proved(cast.alice, SAME)
    case = moderation.report(portrait=portrait, words="Seen.")
    facts: dict[str, Any] = {"identity": None, "style": "", "seed": None, "aims": [], "proof_digest": ""}
    Case.objects.update(**facts)
    case.reports.all().delete()
    import_module("render.migrations.0010_described_cases").describe(apps, None)
    case.refresh_from_db()
    assert (case.style, case.seed, case.proof_digest) == (SAME, 1, portrait.proof_digest)
    assert [report.words for report in case.reports.all()] == ["Seen."]
