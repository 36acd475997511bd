"""Money goes back once, with exactly its credits."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from billing import reconcile, refund_settling, refunds, stripe_api
from billing.errors import (
    NothingToGiveBack,
    NotPaid,
    NotThatMany,
    NotWaiting,
    OwnMoney,
    SecondPersonNeeded,
)
from billing.models import Flag, Lot, Purchase, Refund
from billing.stripe_objects import MoneyBack
from render.jobs.models import Job
from tests.billing.money import give, hold, state, told
from tests.cast import Cast, person
from tests.shop import Shop, balance, lot_of

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


def test_the_unspent_go_back_with_their_money(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    hold(cast.alice, capture=True)
    refund = give(purchase, cast.bob)
    shop.work()
    assert state(refund) == Refund.State.SUCCEEDED
    assert [one["amount"] for one in shop.refunds()] == [2900 * 19 // 20]
    assert balance(cast.alice) == (0, 0)
    assert told("alice@example.org") == ["Your credits are here", "Your money is on its way back"]


def test_a_part_goes_back(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    give(purchase, cast.bob, 5)
    shop.work()
    assert [one["amount"] for one in shop.refunds()] == [725]
    assert (balance(cast.alice), lot_of(purchase).state) == ((15, 0), Lot.State.OPEN)
    assert purchase.state == Purchase.State.PAID


def test_a_request_waits_for_staff(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    refund = refunds.ask(purchase=purchase, by=cast.alice, reason="Too many.")
    shop.work()
    assert (state(refund), shop.refunds(), balance(cast.alice)) == (Refund.State.REQUESTED, [], (20, 0))
    hold(cast.alice)  # they may go on using them
    refunds.approve(refund=refund, by=cast.bob)
    shop.work()
    assert [one["amount"] for one in shop.refunds()] == [2900 * 19 // 20]
    assert balance(cast.alice) == (0, 1)


def test_a_request_can_be_declined(shop: Shop, cast: Cast) -> None:
    refund = refunds.ask(purchase=shop.sell(cast.alice), by=cast.alice, reason="Too many.")
    refunds.decline(refund=refund, by=cast.bob, reason="You are kidding.")
    shop.work()
    assert (state(refund), balance(cast.alice)) == (Refund.State.DECLINED, (20, 0))
    assert "You are kidding." in mail.outbox[-1].body
    with pytest.raises(NotWaiting):
        refunds.approve(refund=refund, by=cast.bob)


def test_above_the_limit_two_people_agree(shop: Shop, cast: Cast, settings: Settings) -> None:
    settings.REFUND_SECOND_PERSON_CENTS = 1000
    purchase = shop.sell(cast.alice)
    refund = give(purchase, cast.bob)
    shop.work()
    assert (state(refund), balance(cast.alice)) == (Refund.State.REQUESTED, (20, 0))
    with pytest.raises(SecondPersonNeeded):
        refunds.approve(refund=refund, by=cast.bob)
    refunds.approve(refund=refund, by=person("eve@example.org", staff=True, group="support"))
    shop.work()
    assert (state(refund), balance(cast.alice)) == (Refund.State.SUCCEEDED, (0, 0))


def test_nobody_gives_money_to_themselves(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.bob)
    with pytest.raises(OwnMoney):
        give(purchase, cast.bob)
    refund = refunds.ask(purchase=purchase, by=cast.bob, reason="Mine.")
    with pytest.raises(OwnMoney):
        refunds.approve(refund=refund, by=cast.bob)


def test_what_cannot_go_back_is_refused(shop: Shop, cast: Cast) -> None:
    purchase = shop.order(cast.alice)
    with pytest.raises(NotPaid):
        refunds.ask(purchase=purchase, by=cast.alice, reason="")
    free = shop.sell(cast.alice, code="WELCOME100")
    with pytest.raises(NothingToGiveBack):
        refunds.ask(purchase=free, by=cast.alice, reason="")
    paid = shop.sell(cast.charlie)
    with pytest.raises(NotThatMany):
        give(paid, cast.bob, 21)


def test_a_worker_that_died_before_the_call_is_replaced(shop: Shop, cast: Cast) -> None:
    refund = give(shop.sell(cast.alice), cast.bob)
    Job.objects.filter(kind=refunds.KIND).update(state="failed", error_code="lost", ended_at=timezone.now())
    assert shop.refunds() == []
    reconcile.sweep()
    shop.work()
    assert (state(refund), len(shop.refunds())) == (Refund.State.SUCCEEDED, 1)


def test_a_worker_that_died_after_the_call_asks_under_the_same_key(
    shop: Shop, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = give(shop.sell(cast.alice), cast.bob)
    settle = refund_settling._settle
    died: list[bool] = []

    def once(refund_id: uuid.UUID, money: MoneyBack) -> None:
        if not died:
            died.append(True)
            raise MemoryError
        settle(refund_id, money)

    monkeypatch.setattr(refund_settling, "_settle", once)
    shop.work()
    assert died
    assert (state(refund), len(shop.refunds())) == (Refund.State.SUCCEEDED, 1)


def test_a_refusal_after_an_answer_that_was_lost_is_looked_into(shop: Shop, cast: Cast) -> None:
    """The first try went through unheard; to believe the refusal would give money and credits."""
    refund = give(shop.sell(cast.alice), cast.bob)
    intent = refund.purchase.payment_intent
    assert intent is not None
    stripe_api.create_refund(str(refund.id), intent, refund.cents)
    shop.books.answers.clear()  # as if the key were forgotten
    shop.work()
    assert (state(refund), len(shop.refunds())) == (Refund.State.SUCCEEDED, 1)
    assert balance(cast.alice) == (0, 0)


def test_a_refund_unknown_for_a_day_is_flagged(shop: Shop, cast: Cast) -> None:
    refund = give(shop.sell(cast.alice), cast.bob)
    Refund.objects.update(sent_at=timezone.now() - timedelta(hours=30))
    shop.books.turn({"deaf": True})
    shop.work()
    assert state(refund) == Refund.State.UNKNOWN
    assert "nobody knows" in Flag.objects.get().sentence
