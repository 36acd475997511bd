"""A blocked account buys nothing, and what it paid all the same rests until staff settle it."""

import pytest
from django.core import mail

from billing import refunds, stripe_api
from billing.errors import AccountBlocked, LotFrozen
from billing.models import Flag, Lot, Purchase, Refund
from billing.stripe_objects import Offer, Session
from portraitos_site import blocking
from tests.billing.money import give, state, told
from tests.cast import Cast
from tests.shop import Shop, balance, lot_of

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]


def block(cast: Cast) -> None:
    blocking.block(by=cast.dora, user=cast.alice, reason="Stolen cards.")


def unblock(cast: Cast) -> None:
    blocking.unblock(by=cast.dora, user=cast.alice, reason="Stolen cards.")


def heard(shop: Shop) -> None:
    shop.deliver_all()
    shop.work()


def test_a_blocked_account_orders_nothing(shop: Shop, cast: Cast) -> None:
    block(cast)
    with pytest.raises(AccountBlocked):
        shop.order(cast.alice)
    assert not Purchase.objects.exists()


def test_blocking_closes_the_open_pages(shop: Shop, cast: Cast) -> None:
    order = shop.order(cast.alice)
    block(cast)
    shop.work()
    assert shop.books.things[order.stripe_session or ""]["status"] == "expired"
    order.refresh_from_db()
    assert order.state == Purchase.State.EXPIRED


def test_a_page_that_opens_while_the_account_is_blocked_is_closed(
    shop: Shop, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = stripe_api.create_session

    def meanwhile(offer: Offer) -> Session:
        found = asks(offer)
        block(cast)
        return found

    monkeypatch.setattr(stripe_api, "create_session", meanwhile)
    with pytest.raises(AccountBlocked):
        shop.order(cast.alice)
    shop.work()
    assert [one["status"] for one in shop.books.all("checkout.session")] == ["expired"]


def test_what_was_paid_before_the_page_closed_rests_and_is_told_truly(shop: Shop, cast: Cast) -> None:
    order = shop.order(cast.alice)
    shop.pay(order)
    block(cast)
    heard(shop)
    assert (balance(cast.alice), lot_of(order).state) == ((0, 0), Lot.State.FROZEN)
    assert "Your credits are here" not in told(cast.alice.email)
    assert "Your payment arrived, and your account is blocked" in told(cast.alice.email)
    (letter,) = [one for one in mail.outbox if one.subject.startswith("Your payment arrived")]
    assert "$29.00" in str(letter.body)
    assert "on your account" not in str(letter.body)
    assert Flag.objects.get().key == f"blocked:{order.pk}"
    unblock(cast)
    assert balance(cast.alice) == (20, 0)


def test_staff_gives_a_blocked_accounts_money_back(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    block(cast)
    assert refunds.offer(purchase).cents == 2900
    refund = give(purchase, cast.bob)
    shop.work()
    assert (state(refund), lot_of(purchase).state) == (Refund.State.SUCCEEDED, Lot.State.CLOSED)
    shop.world.end_refund(refund.stripe_refund or "", "failed")
    heard(shop)
    assert (state(refund), lot_of(purchase).state) == (Refund.State.FAILED, Lot.State.FROZEN)
    unblock(cast)
    assert balance(cast.alice) == (20, 0)


def test_a_disputed_payment_of_a_blocked_account_is_not_given_back(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    block(cast)
    shop.world.dispute(purchase.payment_intent or "")
    heard(shop)
    assert refunds.offer(purchase).cents == 0
    with pytest.raises(LotFrozen):
        give(purchase, cast.bob)


def test_the_end_of_a_dispute_promises_a_blocked_account_nothing(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    dispute = shop.world.dispute(purchase.payment_intent or "")
    heard(shop)
    block(cast)
    shop.world.close_dispute(dispute["id"], "won")
    heard(shop)
    (letter,) = [one for one in mail.outbox if one.subject == "The dispute about your payment has ended"]
    assert "free again" not in str(letter.body)
