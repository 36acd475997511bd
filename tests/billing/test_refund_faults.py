"""Money goes back once, whatever fails (rows 20-24 of the table of faults)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts.models import User
from billing import ledger, reconcile, refunds
from billing.errors import (
    ChangedMeanwhile,
    LotFrozen,
    PaymentError,
    RefundUnderWay,
)
from billing.models import Flag, Lot, Purchase, Refund
from tests.billing.money import give, hold, state, told
from tests.cast import Cast, person
from tests.shop import Shop, balance, lot_of, make_due

pytestmark = [pytest.mark.rows, pytest.mark.django_db]
HOUR = 3600


def test_20_money_goes_back_while_a_render_runs(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    running = hold(cast.alice)
    give(purchase, cast.bob)
    shop.work()
    assert balance(cast.alice) == (0, 1)
    assert [one["amount"] for one in shop.refunds()] == [2900 * 19 // 20]
    with transaction.atomic():
        ledger.capture(hold_id=running.id)
    assert balance(cast.alice) == (0, 0)


def test_20_the_held_credit_of_a_refunded_pack_comes_back_without_money(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    running = hold(cast.alice)
    give(purchase, cast.bob)
    shop.work()
    with transaction.atomic():
        ledger.release(hold_id=running.id)
    assert balance(cast.alice) == (1, 0)
    assert lot_of(purchase).state == Lot.State.CLOSED
    assert refunds.offer(purchase).cents == 0


@pytest.mark.dialect
def test_21_two_staff_refund_the_same_purchase_at_once(committed: None, shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    shown = refunds.seen(lot_of(purchase))
    gate = threading.Barrier(2)
    eve = person("eve@example.org", staff=True, group="support")

    def act(by: User) -> str:
        gate.wait()
        try:
            refunds.give(purchase=purchase, credits=10, by=by, reason="Asked.", shown=shown)
        except PaymentError as refused:
            return type(refused).__name__
        finally:
            connection.close()
        return "given"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(act, [cast.bob, eve]))
    shop.work()
    assert answers in (["ChangedMeanwhile", "given"], ["RefundUnderWay", "given"])
    assert [one["amount"] for one in shop.refunds()] == [1450]
    assert balance(cast.alice) == (10, 0)


def test_21_the_second_comes_after_the_first_has_ended(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    shown = refunds.seen(lot_of(purchase))
    give(purchase, cast.bob, 10)
    with pytest.raises(ChangedMeanwhile):
        refunds.give(purchase=purchase, credits=10, by=cast.bob, reason="Asked.", shown=shown)
    with pytest.raises(RefundUnderWay):
        give(purchase, cast.bob, 10)
    shop.work()
    with pytest.raises(ChangedMeanwhile):
        refunds.give(purchase=purchase, credits=10, by=cast.bob, reason="Asked.", shown=shown)
    assert len(shop.refunds()) == 1


def timed_out(shop: Shop, cast: Cast) -> Refund:
    """Stripe has refunded, and answered none of our three tries in time."""
    purchase = shop.sell(cast.alice)
    shop.books.turn({"late": 3})
    refund = give(purchase, cast.bob)
    shop.work()
    assert state(refund) == Refund.State.UNKNOWN
    assert len(shop.refunds()) == 1
    return refund


def test_22_a_refund_that_timed_out_is_found_by_its_key(shop: Shop, cast: Cast) -> None:
    refund = timed_out(shop, cast)
    make_due()
    reconcile.sweep()
    shop.work()
    assert state(refund) == Refund.State.SUCCEEDED
    assert len(shop.refunds()) == 1


def test_22_the_event_of_a_refund_that_timed_out_settles_it(shop: Shop, cast: Cast) -> None:
    refund = timed_out(shop, cast)
    shop.deliver_all()
    shop.work()
    assert state(refund) == Refund.State.SUCCEEDED
    assert Refund.objects.count() == len(shop.refunds()) == 1
    assert (balance(cast.alice), lot_of(refund.purchase).refunded_cents) == ((0, 0), 2900)


def test_22_a_day_later_it_is_looked_for_before_it_is_asked_again(shop: Shop, cast: Cast) -> None:
    refund = timed_out(shop, cast)
    shop.books.skew = 25 * HOUR  # Stripe has forgotten the key
    assert refund.sent_at is not None
    Refund.objects.update(sent_at=refund.sent_at - timedelta(hours=25))
    make_due()
    reconcile.sweep()
    shop.work()
    assert state(refund) == Refund.State.SUCCEEDED
    assert len(shop.refunds()) == 1


def test_22_without_the_look_a_forgotten_key_would_pay_twice(shop: Shop, cast: Cast) -> None:
    """The negative control: this is what the look keeps from happening."""
    purchase = shop.sell(cast.alice)
    shop.books.turn({"late": 3})
    give(purchase, cast.bob, 5)
    shop.work()
    shop.books.skew = 25 * HOUR
    make_due()
    reconcile.sweep()
    shop.work()
    assert len(shop.refunds()) == 2


def test_22_a_refund_that_was_never_made_is_made_after_all(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    shop.books.turn({"deaf": True})
    refund = give(purchase, cast.bob)
    shop.work()
    assert (state(refund), shop.refunds()) == (Refund.State.UNKNOWN, [])
    shop.books.turn({"deaf": False})
    make_due()
    reconcile.sweep()
    shop.work()
    assert state(refund) == Refund.State.SUCCEEDED
    assert len(shop.refunds()) == 1


def test_a_refund_that_stripe_refuses_gives_the_credits_back(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    assert purchase.payment_intent is not None
    shop.world.dispute(purchase.payment_intent)  # of which we have not heard
    refund = give(purchase, cast.bob)
    shop.work()
    assert state(refund) == Refund.State.FAILED
    assert (balance(cast.alice), lot_of(purchase).state) == ((20, 0), Lot.State.OPEN)
    assert Flag.objects.filter(key=f"refund-failed:{refund.id}").exists()


def test_23_a_refund_fails_three_days_later(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    refund = give(purchase, cast.bob)
    shop.work()
    shop.lose_all()
    assert (state(refund), balance(cast.alice)) == (Refund.State.SUCCEEDED, (0, 0))
    shop.books.skew = 72 * HOUR
    shop.world.end_refund(shop.refunds()[0]["id"], "failed")
    shop.deliver_all()
    shop.work()
    assert (state(refund), balance(cast.alice)) == (Refund.State.FAILED, (20, 0))
    assert lot_of(purchase).refunded_cents == 0
    assert purchase.state == Purchase.State.PAID
    assert told("alice@example.org")[-1] == "Your refund failed, and your credits are back"
    assert told("support@example.org") == ["To look at: money"]
    again = give(purchase, cast.bob)
    shop.work()
    assert (state(again), balance(cast.alice)) == (Refund.State.SUCCEEDED, (0, 0))


def test_23_the_daily_comparison_finds_a_failed_refund_too(shop: Shop, cast: Cast) -> None:
    refund = give(shop.sell(cast.alice), cast.bob)
    shop.work()
    shop.world.end_refund(shop.refunds()[0]["id"], "failed")
    shop.lose_all()
    assert reconcile.reconcile() == 1
    shop.work()
    assert (state(refund), balance(cast.alice)) == (Refund.State.FAILED, (20, 0))


def test_24_a_refund_from_the_dashboard_takes_the_unspent_and_flags_the_rest(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    for _ in range(5):
        hold(cast.alice, capture=True)
    assert purchase.payment_intent is not None
    shop.world.refund(purchase.payment_intent)
    shop.deliver_all()
    shop.work()
    refund = purchase.refunds.get()
    assert (refund.credits, refund.shortfall, refund.cents) == (15, 5, 2900)
    assert balance(cast.alice) == (0, 0)
    assert "5 of the credits" in Flag.objects.get().sentence
    assert lot_of(purchase).state == Lot.State.CLOSED


def test_24_a_part_from_the_dashboard_takes_its_part(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    assert purchase.payment_intent is not None
    shop.world.refund(purchase.payment_intent, 1000)
    shop.deliver_all()
    shop.work()
    assert balance(cast.alice) == (13, 0)  # 1000 cents are 6.9 credits
    assert not Flag.objects.exists()
    give(purchase, cast.bob)
    shop.work()
    assert sum(one["amount"] for one in shop.refunds()) == 2900
    assert lot_of(purchase).refunded_cents == 2900
    assert purchase.state == Purchase.State.REFUNDED


def test_24_a_dispute_freezes_and_a_won_one_frees(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    assert purchase.payment_intent is not None
    dispute = shop.world.dispute(purchase.payment_intent)
    shop.deliver_all()
    shop.work()
    assert (balance(cast.alice), lot_of(purchase).state) == ((0, 0), Lot.State.FROZEN)
    with pytest.raises(LotFrozen):
        refunds.ask(purchase=purchase, by=cast.alice, reason="")
    shop.world.close_dispute(dispute["id"], "won")
    shop.deliver_all()
    shop.work()
    assert (balance(cast.alice), lot_of(purchase).state) == ((20, 0), Lot.State.OPEN)
    assert told("alice@example.org")[1:] == [
        "A bank disputes your payment",
        "The dispute about your payment has ended",
    ]
    assert told("support@example.org") == ["To look at: money"]


def test_24_a_lost_dispute_takes_what_is_left(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    hold(cast.alice, capture=True)
    assert purchase.payment_intent is not None
    dispute = shop.world.dispute(purchase.payment_intent)
    shop.world.close_dispute(dispute["id"], "lost")
    shop.deliver_all()
    shop.work()
    assert (balance(cast.alice), lot_of(purchase).state) == ((0, 0), Lot.State.CLOSED)


def test_24_the_daily_comparison_finds_a_dispute_too(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    assert purchase.payment_intent is not None
    shop.world.dispute(purchase.payment_intent)
    shop.lose_all()
    assert reconcile.reconcile() == 1
    shop.work()
    assert lot_of(purchase).state == Lot.State.FROZEN


def test_a_warning_of_fraud_is_flagged(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    assert purchase.payment_intent is not None
    shop.world.warn(purchase.payment_intent)
    shop.deliver_all()
    shop.work()
    assert "warns of fraud" in Flag.objects.get().sentence
