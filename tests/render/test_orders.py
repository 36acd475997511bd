"""An order from its previews to the delivery, the return and the end, by the rules."""

import json
import uuid

import cv2
import numpy as np
import pytest
from django.core import mail
from pytest_django import Settings

from billing.models import Hold
from portraitos_site import privacy as leaving
from render import orders, prints, privacy, returns
from render.errors import (
    AnotherEngine,
    NoStyles,
    NotEnoughCredits,
    NothingToApprove,
    NotYetDelivered,
    ReturnsUsedUp,
    TooManyPreviews,
    TooManyStyles,
)
from render.jobs.models import Job
from render.models import Portrait, Shoot
from studio.models import Identity
from tests.cast import Cast
from tests.render.sitting import (
    approve,
    assert_settled,
    balance,
    delivered,
    develop,
    folders,
    fund,
    proofs,
    shoot_of,
    stock,
)
from tests.studio.sitting import identity_of

pytestmark = [pytest.mark.slow, pytest.mark.rows, pytest.mark.django_db(transaction=True)]
pytestmark.append(pytest.mark.usefixtures("committed"))

State = Portrait.State


def letters(subject: str) -> int:
    return sum(message.subject == subject for message in mail.outbox)


def test_a_preview_is_free_measured_marked_and_sealed(cast: Cast) -> None:
    first, second = proofs(cast.alice)
    assert [first.number, second.number] == [1, 2]
    assert first.measured["registration_p95"] <= 0.0015
    report = prints.report(first)
    assert report["style"]["slug"] == first.version.style_id
    assert b"registration" not in (prints.preview(first).parent / prints.REPORT).read_bytes()
    proof, marked = cv2.imread(str(prints.proof(first))), cv2.imread(str(prints.preview(first)))
    assert proof.shape[1] == first.canvas.width
    assert marked is not None
    assert np.abs(cv2.resize(proof, marked.shape[1::-1]).astype(int) - marked).mean() > 0.5
    assert not Hold.objects.exists()
    assert letters("Your previews are ready") == 1
    assert_settled()


def test_an_order_has_room_for_twenty_and_an_hour_for_some(cast: Cast, settings: Settings) -> None:
    identity = identity_of(cast.alice)
    styles = stock("rembrandt", "corporate")
    with pytest.raises(NoStyles):
        orders.order(identity=identity, styles=[])
    with pytest.raises(TooManyStyles):
        orders.order(identity=identity, styles=styles * 11)
    settings.PREVIEWS_PER_HOUR = 3
    orders.order(identity=identity, styles=styles)
    with pytest.raises(TooManyPreviews, match="Come back in"):
        orders.order(identity=identity, styles=styles)
    assert Portrait.objects.count() == 2


@pytest.mark.dialect
def test_an_approved_portrait_is_the_approved_picture_and_costs_one_credit(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    assert balance(cast.alice) == (4, 0)
    full, proof = cv2.imread(str(prints.full(portrait))), cv2.imread(str(prints.proof(portrait)))
    canvas = portrait.canvas
    assert full.shape[:2] == (canvas.height * canvas.enlargement, canvas.width * canvas.enlargement)
    averaged = cv2.resize(full.astype(np.float32), proof.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(averaged - proof).mean() <= 0.5
    assert "detail" in prints.report(portrait)
    assert letters("Your portraits are ready") == 1
    assert_settled()


def test_approval_is_all_or_nothing(cast: Cast) -> None:
    found = proofs(cast.alice)
    fund(cast.alice, 1)
    with pytest.raises(NotEnoughCredits, match="This takes 2 credits, and you have 1"):
        approve(*found)
    assert balance(cast.alice) == (1, 0)
    assert not Hold.objects.exists()
    with pytest.raises(NothingToApprove):
        orders.approve(owner=cast.charlie, ids=[found[0].pk])
    with pytest.raises(NothingToApprove):
        orders.approve(owner=cast.alice, ids=[uuid.uuid4()])
    approve(found[0])
    approve(found[0])
    assert (balance(cast.alice), Hold.objects.count()) == ((0, 1), 1)
    assert Job.objects.live().filter(subject=found[0].pk).count() == 1
    develop()
    assert_settled()


def test_a_failure_gives_the_credit_back_and_says_why(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from render.pipeline import run

    def broken(*given: object) -> None:
        raise MemoryError

    fund(cast.alice)
    (portrait,) = proofs(cast.alice, "rembrandt")
    with monkeypatch.context() as patch:
        patch.setattr(run, "enlarge", broken)
        approve(portrait)
        develop()
    portrait.refresh_from_db()
    assert (portrait.state, portrait.hold) == (State.PROVED, None)
    assert portrait.sentence == "This needed more memory than a worker has."
    assert balance(cast.alice) == (5, 0)
    assert_settled()
    approve(portrait)
    develop()
    portrait.refresh_from_db()
    assert (portrait.state, portrait.sentence) == (State.DELIVERED, "")


def test_another_engines_proof_is_not_enlarged(cast: Cast) -> None:
    fund(cast.alice)
    (portrait,) = proofs(cast.alice, "rembrandt")
    portrait.save_fields(proof_digest="0" * 64)
    approve(portrait)
    develop()
    portrait.refresh_from_db()
    assert (portrait.state, balance(cast.alice)) == (State.PROVED, (5, 0))
    assert portrait.sentence.startswith(AnotherEngine.sentence)


def test_not_me_gives_the_credit_back_and_aims_another(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    again = returns.give_back(portrait=portrait, reason=Portrait.Reason.EYES)
    assert balance(cast.alice) == (5, 0)
    assert (again.aims, again.mends_id, again.state) == (["eyes"], portrait.pk, State.PROOFING)
    assert returns.give_back(portrait=portrait, reason=Portrait.Reason.EYES).pk == again.pk
    assert balance(cast.alice) == (5, 0)
    with pytest.raises(NotYetDelivered):
        returns.give_back(portrait=again, reason=Portrait.Reason.EYES)
    develop()
    again.refresh_from_db()
    assert again.state == State.PROVED
    assert_settled()


def test_returns_end_at_the_published_cap(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    assert returns.left(cast.alice) == 2
    for _ in range(2):
        again = returns.give_back(portrait=portrait, reason=Portrait.Reason.LIGHT)
        develop()
        approve(again)
        develop()
        portrait = Portrait.objects.shown().get(pk=again.pk)
    with pytest.raises(ReturnsUsedUp):
        returns.give_back(portrait=portrait, reason=Portrait.Reason.LIGHT)


def test_a_deleted_portrait_leaves_nothing(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    assert len(folders()) == 2
    orders.discard(portrait=portrait)
    assert folders() == set()
    assert not Shoot.objects.exists()
    assert not Job.objects.filter(subject=portrait.pk).exists()
    assert balance(cast.alice) == (4, 0)


def test_what_is_deleted_before_it_is_made_costs_nothing(cast: Cast) -> None:
    fund(cast.alice)
    found = proofs(cast.alice)
    approve(*found)
    orders.discard_shoot(shoot=found[0].shoot)
    assert balance(cast.alice) == (5, 0)
    develop()
    assert folders() == set()
    assert_settled()


def test_an_identity_goes_with_its_portraits(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    receipt = privacy.discard_identity(identity=portrait.shoot.identity)
    assert receipt.counts == {"identities": 1, "selfies": 1, "portraits": 1}
    assert folders() == set()
    assert not Identity.objects.exists()


def test_an_account_takes_its_portraits_along(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    paths = {path for path, _ in privacy.export(cast.alice)}
    assert {path.rpartition("/")[2] for path in paths} == {"portrait.json", "full.jpg"}
    facts = next(json.loads(data) for path, data in privacy.export(cast.alice) if path.endswith(".json"))
    assert facts["style"] == portrait.version.style_id
    leaving.erase_account(user=cast.alice, address="")
    assert folders() == set()
    assert not Portrait.objects.exists()


def test_an_identity_that_is_erased_meanwhile_is_not_ordered(cast: Cast) -> None:
    identity = identity_of(cast.alice)
    styles = stock("rembrandt")
    stale = Identity.objects.get(pk=identity.pk)
    privacy.discard_identity(identity=identity)
    with pytest.raises(Identity.DoesNotExist):
        orders.order(identity=stale, styles=styles)
    assert not Shoot.objects.exists()


def test_a_refused_preview_says_so_and_can_be_made_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from render.pipeline import run
    from render.pipeline.errors import NotYourLikeness

    def unlike(*given: object, **named: object) -> None:
        raise NotYourLikeness

    shoot = shoot_of(cast.alice, "rembrandt")
    with monkeypatch.context() as patch:
        patch.setattr(run, "prove", unlike)
        develop()
    portrait = Portrait.objects.shown().get(shoot=shoot)
    assert (portrait.state, portrait.proof) == (State.REFUSED, "")
    assert portrait.sentence.startswith(NotYourLikeness.sentence)
    again = orders.again(portrait=portrait)
    develop()
    again.refresh_from_db()
    assert (again.state, again.seed) == (State.PROVED, portrait.seed)
