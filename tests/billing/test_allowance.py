"""Half of what stays paid comes back by a tap: whatever is deleted, given, refunded or taken by a bank."""

import random
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from billing import allowance, ledger, refunds, returning
from billing.allowance import Allowance
from billing.audit import audit
from billing.errors import (
    ChangedMeanwhile,
    LedgerError,
    NoReturnsLeft,
    NothingToGiveBack,
    PaymentError,
    ReturnsStayPaid,
)
from billing.models import Account, Lot, Purchase, Refund
from tests.billing.money import give, hold, state
from tests.billing.test_support import into_the_admin
from tests.cast import Cast, logged_in, person
from tests.shop import Shop, balance, lot_of

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

OLD = "Does not look like its owner: My eyes look wrong."
"""The reason of a return, with the actor `system`, before returns had an actor of their own."""


def tap(user: User) -> None:
    """Have a portrait delivered, and give it back."""
    with transaction.atomic():
        returning.give_back(hold_id=hold(user, capture=True).id, reason="Not me.")


def taps(user: User, count: int) -> None:
    for _ in range(count):
        tap(user)


def restore(user: User, actor: str, reason: str) -> None:
    with transaction.atomic():
        ledger.restore(hold_id=hold(user, capture=True).id, actor=actor, reason=reason)


def of(user: User) -> Allowance:
    return allowance.of(ledger.account_of(user=user))


def bought(user: User, credits: int = 20) -> Purchase:  # noqa: A002
    """A purchase and its lot, without Stripe."""
    account = ledger.account_of(user=user)
    with transaction.atomic():
        number = uuid.uuid4()
        lot = ledger.grant(
            account=account, credits=credits, kind=Lot.Kind.PURCHASE, key=f"grant:{number}",
            payment_ref=f"pi_{number.hex}", paid_cents=145 * credits,
        )  # fmt: skip
        return Purchase.objects.create(
            id=number, account=account, lot=lot, pack="Studio pack", credits=credits, state="paid",
            price_cents=145 * credits, paid_cents=145 * credits, currency="usd", waiver="1",
            payment_intent=f"pi_{number.hex}", paid_at=timezone.now(),
        )  # fmt: skip


@contextmanager
def forgotten() -> Iterator[None]:
    """What breaks the rules goes again, before every test's own audit."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_ten_of_twenty_come_back_and_then_no_money(cast: Cast) -> None:
    """The attack: 14 portraits had, 20 credits unspent, and all of their money asked back."""
    purchase = bought(cast.alice)
    taps(cast.alice, 10)
    with pytest.raises(NoReturnsLeft):
        tap(cast.alice)
    assert (allowance.left(cast.alice), balance(cast.alice)) == (0, (20, 0))
    with pytest.raises(ReturnsStayPaid):
        refunds.ask(purchase=purchase, by=cast.alice, reason="All of it.")
    assert not Refund.objects.exists()


def test_who_never_bought_has_nothing_to_give_back(cast: Cast) -> None:
    assert allowance.left(cast.alice) == 0
    assert not Account.objects.exists()


def test_goodwill_and_promotions_raise_nothing(cast: Cast) -> None:
    bought(cast.alice)
    for kind in (Lot.Kind.GOODWILL, Lot.Kind.PROMOTION):
        with transaction.atomic():
            ledger.grant(account=ledger.account_of(user=cast.alice), credits=40, kind=kind, key=kind)
    assert of(cast.alice) == Allowance(paid=20)


def test_what_staff_and_moderators_give_back_is_not_the_owners(cast: Cast) -> None:
    bought(cast.alice)
    restore(cast.alice, ledger.SYSTEM, "This is somebody else.")
    restore(cast.alice, f"user {cast.bob.pk}", OLD)
    assert of(cast.alice) == Allowance(paid=20)
    tap(cast.alice)
    assert of(cast.alice) == Allowance(paid=20, returned=1)


def test_returns_of_before_count_too(cast: Cast) -> None:
    bought(cast.alice)
    for _ in range(9):
        restore(cast.alice, ledger.SYSTEM, OLD)
    assert allowance.left(cast.alice) == 1
    tap(cast.alice)
    with pytest.raises(NoReturnsLeft):
        tap(cast.alice)


def test_what_is_refunded_leaves_the_base_and_a_refund_that_fails_comes_back(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    tap(cast.alice)
    refund = give(purchase, cast.bob, 10)
    assert of(cast.alice) == Allowance(paid=10, returned=1)
    shop.work()
    shop.world.end_refund(shop.refunds()[0]["id"], "failed")
    shop.deliver_all()
    shop.work()
    assert (state(refund), of(cast.alice)) == (Refund.State.FAILED, Allowance(paid=20, returned=1))


def test_a_return_to_a_refunded_purchase_feeds_no_other(shop: Shop, cast: Cast) -> None:
    """Its credit comes back as goodwill, which is no purchase."""
    purchase = shop.sell(cast.alice)
    delivered = [hold(cast.alice, capture=True) for _ in range(4)]
    give(purchase, cast.bob)
    assert lot_of(purchase).state == Lot.State.CLOSED
    for one in delivered[:2]:
        returning.give_back(hold_id=one.id, reason="Not me.")
    assert (balance(cast.alice), allowance.left(cast.alice)) == ((2, 0), 0)
    for one in delivered[2:]:
        with pytest.raises(NoReturnsLeft):
            returning.give_back(hold_id=one.id, reason="Not me.")


@pytest.mark.parametrize(("returned", "can"), [(0, 20), (3, 14), (9, 2), (10, 0)])
def test_of_each_return_two_credits_stay_paid(shop: Shop, cast: Cast, returned: int, can: int) -> None:
    purchase = shop.sell(cast.alice)
    taps(cast.alice, returned)
    offer = refunds.offer(purchase)
    assert (offer.credits, offer.cents, offer.stay) == (can, can * 145, 20 - can)
    if can < 20:
        with pytest.raises(ReturnsStayPaid):
            give(purchase, cast.bob, can + 1)
    if can:
        refunds.approve(refund=refunds.ask(purchase=purchase, by=cast.alice, reason="Too many."), by=cast.bob)
        shop.work()
        assert [one["amount"] for one in shop.refunds()] == [can * 145]
        assert (balance(cast.alice), allowance.left(cast.alice)) == ((20 - can, 0), 0)


def test_two_purchases_have_one_allowance(shop: Shop, cast: Cast) -> None:
    first, second = shop.sell(cast.alice), shop.sell(cast.alice)
    taps(cast.alice, 5)
    assert refunds.offer(first).credits == refunds.offer(second).credits == 20
    give(first, cast.bob)
    assert refunds.offer(second).credits == 10


def test_a_return_after_the_request_lowers_what_is_approved(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    refund = refunds.ask(purchase=purchase, by=cast.alice, reason="Too many.")
    taps(cast.alice, 4)
    refunds.approve(refund=refund, by=cast.bob)
    shop.work()
    assert [one["amount"] for one in shop.refunds()] == [12 * 145]


def test_a_request_after_which_all_came_back_is_not_approved(shop: Shop, cast: Cast) -> None:
    refund = refunds.ask(purchase=shop.sell(cast.alice), by=cast.alice, reason="Too many.")
    taps(cast.alice, 10)
    with pytest.raises(ReturnsStayPaid):
        refunds.approve(refund=refund, by=cast.bob)
    assert state(refund) == Refund.State.REQUESTED


def test_a_return_elsewhere_changes_what_was_shown(shop: Shop, cast: Cast) -> None:
    """It goes to the older lot, and takes from what the newer one's money may be given back for."""
    shop.sell(cast.alice)
    newer = shop.sell(cast.alice)
    taps(cast.alice, 10)
    shown = refunds.seen(lot_of(newer))
    tap(cast.alice)
    with pytest.raises(ChangedMeanwhile):
        refunds.give(purchase=newer, credits=1, by=cast.bob, reason="Asked.", shown=shown)


def test_a_free_pack_has_no_money_to_speak_of(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice, code="WELCOME100")
    tap(cast.alice)
    with pytest.raises(NothingToGiveBack):
        refunds.ask(purchase=purchase, by=cast.alice, reason="")
    assert "two credits stay paid" not in page(cast.alice, purchase)


def page(user: User, purchase: Purchase) -> str:
    return " ".join(logged_in(user).get(f"/purchases/{purchase.id}/").content.decode().split())


def test_the_receipt_says_what_stays_and_why(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    assert "two credits stay paid" not in page(cast.alice, purchase)
    taps(cast.alice, 3)
    shown = page(cast.alice, purchase)
    assert "Ask for $20.30 back" in shown
    assert "6 unspent credits can be used and not paid back" in shown
    taps(cast.alice, 7)
    shown = page(cast.alice, purchase)
    assert "Ask for" not in shown
    assert "20 unspent credits can be used and not paid back" in shown
    answer = logged_in(cast.alice).post(f"/purchases/{purchase.id}/refund")
    assert answer.status_code == 400
    assert "two credits stay paid" in answer.content.decode()
    assert "two credits stay paid" in logged_in(cast.alice).get("/refunds/").content.decode()


def test_support_is_shown_what_can_go_and_what_stays(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    taps(cast.alice, 3)
    bob = into_the_admin(cast.bob)
    address = f"/admin/billing/purchase/{purchase.id}/money/"
    assert "at most $20.30 for 14 credits" in bob.get(address).content.decode()
    form = {"credits": 15, "reason": "They asked.", "shown": refunds.seen(lot_of(purchase))}
    assert "6 unspent credits stay" in bob.post(address, form).content.decode()
    answer = bob.post(address, {**form, "confirmed": "yes"})
    assert answer.status_code == 400
    assert "two credits stay paid" in answer.content.decode()
    refund = refunds.ask(purchase=purchase, by=cast.alice, reason="Too many.")
    taps(cast.alice, 2)
    effect = bob.post(f"/admin/billing/refund/{refund.id}/approve/", {}).content.decode()
    assert "$14.50 back for 10 credits" in effect
    assert "10 unspent credits stay" in effect


def test_what_a_bank_disputes_is_not_paid(shop: Shop, cast: Cast) -> None:
    """Or else a second purchase would be given back for both."""
    first = shop.sell(cast.alice)
    shop.sell(cast.alice)
    taps(cast.alice, 2)
    assert allowance.left(cast.alice) == 18
    assert first.payment_intent is not None
    dispute = shop.world.dispute(first.payment_intent)
    shop.deliver_all()
    shop.work()
    assert of(cast.alice) == Allowance(paid=20, returned=2)
    shop.world.close_dispute(dispute["id"], "won")
    shop.deliver_all()
    shop.work()
    assert of(cast.alice) == Allowance(paid=40, returned=2)


def test_a_dispute_lost_with_every_credit_spent_leaves_nothing_paid(shop: Shop, cast: Cast) -> None:
    """The ledger has nothing to take out; the money is gone all the same."""
    purchase = shop.sell(cast.alice)
    for _ in range(20):
        hold(cast.alice, capture=True)
    assert purchase.payment_intent is not None
    dispute = shop.world.dispute(purchase.payment_intent)
    shop.world.close_dispute(dispute["id"], "lost")
    shop.deliver_all()
    shop.work()
    assert of(cast.alice) == Allowance()


def test_what_the_dashboard_gave_back_although_it_was_spent_is_not_paid(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    for _ in range(20):
        hold(cast.alice, capture=True)
    assert purchase.payment_intent is not None
    shop.world.refund(purchase.payment_intent, 1450)
    shop.deliver_all()
    shop.work()
    assert of(cast.alice) == Allowance(paid=10)


def test_the_dashboard_is_not_refused_and_is_no_finding(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    taps(cast.alice, 10)
    assert purchase.payment_intent is not None
    shop.world.refund(purchase.payment_intent)
    shop.deliver_all()
    shop.work()
    assert (balance(cast.alice), of(cast.alice)) == ((0, 0), Allowance(paid=0, returned=10))
    assert audit() == []
    shop.sell(cast.alice)  # which is judged with what was returned before
    assert allowance.left(cast.alice) == 0
    with pytest.raises(NoReturnsLeft):
        tap(cast.alice)


def test_the_audit_finds_a_return_too_many(cast: Cast) -> None:
    """The negative control: past the rule, straight into the ledger."""
    purchase = bought(cast.alice)
    with forgotten():
        taps(cast.alice, 10)
        assert audit() == []
        restore(cast.alice, ledger.OWNER, "Not me.")
        (found,) = audit()
        assert (found.row, found.stored, found.recomputed) == (str(purchase.account), 11, 10)


def test_the_audit_finds_a_refund_of_ours_too_large(cast: Cast) -> None:
    """The negative control. The same taken by the site itself, as for a bank, is no decision of ours."""
    purchase = bought(cast.alice)
    for actor, findings in ((f"user {cast.bob.pk}", 1), (ledger.SYSTEM, 0)):
        with forgotten():
            taps(cast.alice, 3)
            ledger.revoke(lot=lot_of(purchase), credits=15, key="revoke:x", cents=2175, actor=actor)
            assert len(audit()) == findings


def test_the_audit_does_not_judge_what_was_decided_by_the_old_rule(cast: Cast) -> None:
    """Before, deleted portraits were not counted, and all of the rest was paid back."""
    purchase = bought(cast.alice)
    for _ in range(14):
        restore(cast.alice, ledger.SYSTEM, OLD)
    with transaction.atomic():
        ledger.revoke(
            lot=lot_of(purchase), credits=20, key="revoke:x", cents=2900, actor=f"user {cast.bob.pk}"
        )
    assert of(cast.alice) == Allowance(paid=0, returned=14)
    assert audit() == []


@pytest.mark.dialect
def test_a_return_and_a_refund_at_once_keep_the_rule(committed: None, shop: Shop) -> None:
    alice, bob = person("alice@example.org", agreed=False), person("bob@example.org", staff=True)
    purchase = shop.sell(alice)
    taps(alice, 4)
    delivered = [hold(alice, capture=True) for _ in range(5)]
    refund = refunds.ask(purchase=purchase, by=alice, reason="Too many.")
    gate = threading.Barrier(6)

    def give_back(number: int) -> None:
        with transaction.atomic():
            returning.give_back(hold_id=delivered[number].id, reason="Not me.")

    def act(number: int) -> bool:
        gate.wait()
        try:
            if number < 5:
                give_back(number)
            else:
                refunds.approve(refund=refund, by=bob)
        except (LedgerError, PaymentError):
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(act, range(6)))
    assert any(done)
    found = of(alice)
    assert found.is_kept
    assert found.returned == 4 + sum(done[:5])


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_done_in_whatever_order_the_rule_is_kept(cast: Cast, seed: int) -> None:
    """Customers, support and moderators act at random; what the rules refuse is refused."""
    dice = random.Random(seed)

    def refund() -> None:
        purchase = dice.choice(list(Purchase.objects.all()))
        give(purchase, cast.bob, dice.randint(1, max(1, refunds.offer(purchase).credits)))
        Refund.objects.update(state=Refund.State.SUCCEEDED)

    acts: list[Callable[[], object]] = [
        lambda: bought(cast.alice, dice.randint(1, 6)),
        lambda: tap(cast.alice),
        lambda: tap(cast.alice),
        lambda: tap(cast.alice),
        lambda: restore(cast.alice, ledger.SYSTEM, "Taken down."),
        refund,
        refund,
    ]
    bought(cast.alice, 6)
    tap(cast.alice)
    refund()
    refused = 0
    for _ in range(40):
        try:
            dice.choice(acts)()
        except (LedgerError, PaymentError):
            refused += 1
        assert of(cast.alice).is_kept
    assert 0 < refused < 40
