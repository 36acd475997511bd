"""Paid once, granted once, whatever else happens (rows 1, 2, 5-9 of the table of faults)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from billing import reconcile
from billing.fulfil import fulfil
from billing.models import Entry, Flag, Purchase, StripeEvent
from tests.cast import logged_in, person
from tests.shop import Shop, balance, lot_of, make_due

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


@pytest.fixture
def alice(db: None) -> User:
    return person("alice@example.org", agreed=False)


def told(to: str) -> list[str]:
    return [str(letter.subject) for letter in mail.outbox if letter.to == [to]]


@pytest.mark.dialect
def test_a_paid_pack_is_granted_and_written_about(shop: Shop, alice: User) -> None:
    purchase = shop.sell(alice)
    assert balance(alice) == (20, 0)
    assert (purchase.state, purchase.paid_cents) == (Purchase.State.PAID, 2900)
    assert told("alice@example.org") == ["Your credits are here"]
    letter = mail.outbox[0]
    assert "$29.00" in str(letter.body)
    assert "$29.00" in str(letter.message())


def test_an_unpaid_session_grants_nothing(shop: Shop, alice: User) -> None:
    purchase = shop.order(alice)
    assert purchase.stripe_session is not None
    fulfil(purchase.stripe_session)
    assert balance(alice) == (0, 0)


@pytest.mark.dialect
def test_1_one_paid_event_fifty_times_at_once(committed: None, shop: Shop) -> None:
    alice = person("alice@example.org", agreed=False)
    purchase = shop.order(alice)
    shop.pay(purchase)
    event = next(one for one in shop.books.outbox if one["type"] == "checkout.session.completed")
    gate = threading.Barrier(50)

    def deliver(_: int) -> int:
        gate.wait()
        try:
            return shop.deliver(event).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(deliver, range(50)))
    assert answers == [200] * 50
    shop.work()
    assert balance(alice) == (20, 0)
    assert Entry.objects.count() == 1
    assert StripeEvent.objects.count() == 1


@pytest.mark.dialect
def test_1_fifty_fulfilments_at_once(committed: None, shop: Shop, settings: Settings) -> None:
    settings.STRIPE_TIMEOUT = 20
    alice = person("alice@example.org", agreed=False)
    purchase = shop.order(alice)
    shop.pay(purchase)
    gate = threading.Barrier(16)

    def act(_: int) -> None:
        gate.wait()
        try:
            assert purchase.stripe_session is not None
            fulfil(purchase.stripe_session)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(act, range(16)))
    assert balance(alice) == (20, 0)
    assert Entry.objects.count() == 1


def test_2_the_refund_event_comes_before_the_paid_event(shop: Shop, alice: User) -> None:
    purchase = shop.order(alice)
    paid = shop.pay(purchase)
    shop.world.refund(paid["payment_intent"])
    shop.books.outbox.reverse()
    while shop.books.outbox:
        shop.deliver(shop.books.outbox.pop(0))
        shop.work()
    assert balance(alice) == (0, 0)
    assert (lot_of(purchase).remaining, purchase.state) == (0, Purchase.State.REFUNDED)


def test_5_a_test_event_in_live_mode_is_stored_ignored_and_told(
    shop: Shop, alice: User, settings: Settings
) -> None:
    shop.pay(shop.order(alice))
    settings.STRIPE_SECRET_KEY = "sk_live_nothing"
    shop.deliver_all()
    shop.work()
    event = StripeEvent.objects.get(type="checkout.session.completed")
    assert event.processed_at is not None
    assert "test event" in event.error
    assert balance(alice) == (0, 0)
    assert told("support@example.org") == ["To look at: money"]


def test_5_an_event_of_a_foreign_account_is_stored_ignored_and_told(shop: Shop, alice: User) -> None:
    shop.pay(shop.order(alice))
    for event in shop.books.outbox:
        event["account"] = "acct_somebody_else"
    shop.deliver_all()
    shop.work()
    assert "acct_somebody_else" in StripeEvent.objects.get(type="checkout.session.completed").error
    assert balance(alice) == (0, 0)
    assert Flag.objects.count() == 1
    assert told("support@example.org") == ["To look at: money"]


LINES = {"object": "list", "data": [{"object": "item", "quantity": 2}], "has_more": False}


@pytest.mark.parametrize(
    "tamper",
    [
        {"amount_subtotal": 100, "amount_total": 100},
        {"amount_total": 100},
        {"amount_total": 0, "payment_status": "no_payment_required"},
        {"currency": "eur"},
        {"line_items": LINES},
        {"livemode": True},
        {"mode": "setup"},
        {"client_reference_id": "somebody else's"},
    ],
    ids=",".join,
)
def test_6_a_session_paid_otherwise_than_agreed_is_not_fulfilled(
    shop: Shop, alice: User, tamper: dict[str, Any]
) -> None:
    shop.books.turn({"tamper": tamper})
    purchase = shop.order(alice)
    shop.pay(purchase)
    assert purchase.stripe_session is not None
    fulfil(purchase.stripe_session)
    shop.deliver_all()
    shop.work()
    purchase.refresh_from_db()
    assert balance(alice) == (0, 0)
    assert purchase.state == Purchase.State.REFUSED
    assert Flag.objects.get(key__startswith="refused:").purchase == purchase
    assert "To look at: money" in told("support@example.org")
    assert told("alice@example.org") == []


def test_7_a_promotion_of_all_is_fulfilled_once_and_gives_no_money_back(shop: Shop, alice: User) -> None:
    purchase = shop.sell(alice, code="welcome100")
    assert purchase.stripe_session is not None
    fulfil(purchase.stripe_session)
    assert balance(alice) == (20, 0)
    assert (lot_of(purchase).paid_cents, purchase.payment_intent) == (0, None)
    page = logged_in(alice).get(f"/purchases/{purchase.id}/")
    assert b"Money back" not in page.content


def test_7_a_promotion_of_a_part_lowers_what_goes_back(shop: Shop, alice: User) -> None:
    purchase = shop.sell(alice, code="TENOFF")
    assert (balance(alice), lot_of(purchase).paid_cents) == ((20, 0), 2610)


def test_8_a_bank_that_refuses_later_gives_no_credit(shop: Shop, alice: User) -> None:
    purchase = shop.sell(alice, method="bank")
    assert (balance(alice), purchase.state) == ((0, 0), Purchase.State.PENDING)
    assert purchase.stripe_session is not None
    shop.world.bank(purchase.stripe_session, pays=False)
    shop.deliver_all()
    shop.work()
    purchase.refresh_from_db()
    assert (balance(alice), purchase.state) == ((0, 0), Purchase.State.FAILED)
    assert told("alice@example.org") == ["Your payment did not go through"]


def test_8_a_bank_that_pays_later_gives_all(shop: Shop, alice: User) -> None:
    purchase = shop.sell(alice, method="bank")
    assert purchase.stripe_session is not None
    shop.world.bank(purchase.stripe_session, pays=True)
    shop.deliver_all()
    shop.work()
    assert balance(alice) == (20, 0)


def paid_and_gone(shop: Shop, alice: User) -> Purchase:
    """Paid, the tab is closed, and no event arrives."""
    purchase = shop.order(alice)
    shop.pay(purchase)
    shop.lose_all()
    return purchase


def test_9_granted_by_stripes_next_try(shop: Shop, alice: User) -> None:
    purchase = shop.order(alice)
    shop.pay(purchase)
    event = shop.books.outbox[0]
    shop.books.turn({"deaf": True})  # the event comes, but Stripe cannot be asked
    shop.deliver(event)
    shop.work()
    assert balance(alice) == (0, 0)
    assert "Silent" in StripeEvent.objects.get(pk=event["id"]).error
    shop.books.turn({"deaf": False})
    make_due()
    reconcile.sweep()
    shop.work()
    assert balance(alice) == (20, 0)
    assert StripeEvent.objects.get(pk=event["id"]).attempts == 2


def test_9_granted_by_the_return_page(shop: Shop, alice: User) -> None:
    purchase = paid_and_gone(shop, alice)
    page = logged_in(alice).get(f"/purchases/{purchase.id}/return")
    assert b"Your 20 credits are here." in page.content
    assert balance(alice) == (20, 0)


def test_9_granted_by_the_sweep_a_few_minutes_later(shop: Shop, alice: User) -> None:
    paid_and_gone(shop, alice)
    reconcile.sweep()
    assert balance(alice) == (0, 0)  # not yet due
    make_due()
    reconcile.sweep()
    shop.work()
    assert balance(alice) == (20, 0)


def test_9_granted_by_the_daily_comparison(shop: Shop, alice: User) -> None:
    purchase = paid_and_gone(shop, alice)
    assert reconcile.reconcile() == 1
    shop.work()
    assert balance(alice) == (20, 0)
    assert reconcile.reconcile() == 0
    purchase.refresh_from_db()
    assert purchase.state == Purchase.State.PAID


def test_9_whoever_comes_late_changes_nothing(shop: Shop, alice: User) -> None:
    purchase = shop.order(alice)
    shop.pay(purchase)
    logged_in(alice).get(f"/purchases/{purchase.id}/return")
    reconcile.reconcile()
    shop.deliver_all()
    make_due()
    reconcile.sweep()
    shop.work()
    assert balance(alice) == (20, 0)
    assert told("alice@example.org") == ["Your credits are here"]


def test_a_session_whose_id_we_never_stored_is_adopted(shop: Shop, alice: User) -> None:
    purchase = paid_and_gone(shop, alice)
    Purchase.objects.filter(pk=purchase.pk).update(stripe_session=None)
    reconcile.reconcile()
    shop.work()
    assert balance(alice) == (20, 0)


def test_the_return_page_keeps_its_head_when_stripe_is_away(shop: Shop, alice: User) -> None:
    purchase = paid_and_gone(shop, alice)
    shop.books.turn({"deaf": True})
    page = logged_in(alice).get(f"/purchases/{purchase.id}/return")
    assert b"nothing is lost" in page.content
