"""Customers, staff, banks, the dashboard and the network do what they like; the end is as Stripe has it.

Each seed is one story of thirty acts. When it has ended and the daily comparison has run, our rows and
Stripe's objects say the same, and the ledger adds up.
"""

import random
import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import transaction

from accounts.models import User
from billing import ledger, reconcile, refunds, returning
from billing.errors import LedgerError, PaymentError
from billing.fulfil import fulfil
from billing.models import Account, Entry, Hold, Lot, Purchase, Refund
from billing.stripe_api import Refused, Silent
from billing.stripe_dev.errors import Wrong
from tests.billing.money import give
from tests.cast import Cast
from tests.shop import Shop, lot_of, make_due

pytestmark = [pytest.mark.rows, pytest.mark.slow, pytest.mark.django_db]
ACTS, FEW = 30, 12


class Story:
    """One purchase, and whoever can do something to it."""

    def __init__(self, shop: Shop, cast: Cast, seed: int) -> None:
        self.shop = shop
        self.cast = cast
        self.dice = random.Random(seed)
        self.purchase = shop.order(cast.alice)
        self.holds: list[Hold] = []

    def tell(self) -> None:
        acts: list[Callable[[], object]] = [
            self.pay, self.return_page, self.work, self.work, self.deliver, self.deliver, self.lose,
            self.sweep, self.approve_portrait, self.approve_portrait, self.end_portrait, self.end_portrait,
            self.staff_gives_back, self.dashboard_gives_back, self.refund_moves, self.dispute,
            self.close_dispute, self.stripe_stumbles, self.give_back, self.give_back,
        ]  # fmt: skip
        self.pay()
        for _ in range(ACTS):
            with suppress(
                Wrong, LedgerError, PaymentError, Refused, Silent
            ):  # what Stripe or the rules refuse
                self.dice.choice(acts)()

    def end(self) -> None:
        """Quiet returns: portraits end, the day passes, and everything is compared."""
        self.shop.books.turn({"late": 0, "busy": 0, "broken": 0, "deaf": False})
        for hold in self.holds:
            with suppress(LedgerError), transaction.atomic():
                ledger.release(hold_id=hold.id)
        self.shop.deliver_all()
        for _ in range(3):
            make_due()
            reconcile.sweep()
            self.shop.work()
            reconcile.reconcile()
            self.shop.work()

    def pay(self) -> None:
        self.shop.pay(self.purchase, code=self.dice.choice(["", "", "TENOFF"]))

    def return_page(self) -> None:
        fulfil(self.purchase.stripe_session or "")

    def work(self) -> None:
        self.shop.work()

    def deliver(self) -> None:
        if self.shop.books.outbox:
            self.shop.deliver(self.dice.choice(self.shop.books.outbox))

    def lose(self) -> None:
        if self.shop.books.outbox:
            self.shop.books.outbox.remove(self.dice.choice(self.shop.books.outbox))

    def sweep(self) -> None:
        make_due()
        reconcile.sweep()

    def approve_portrait(self) -> None:
        with transaction.atomic():
            self.holds.append(ledger.hold(account=_account(self.cast.alice), subject=uuid.uuid4()))

    def end_portrait(self) -> None:
        if self.holds:
            act = self.dice.choice([ledger.capture, ledger.release, ledger.restore])
            with transaction.atomic():
                act(hold_id=self.dice.choice(self.holds).id)

    def give_back(self) -> None:
        if self.holds:
            with transaction.atomic():
                returning.give_back(hold_id=self.dice.choice(self.holds).id, reason="Not me.")

    def staff_gives_back(self) -> None:
        self.purchase.refresh_from_db()
        if self.purchase.lot is not None:
            give(self.purchase, self.cast.bob, self.dice.randint(1, 20))

    def dashboard_gives_back(self) -> None:
        self.shop.world.refund(self.intent(), self.dice.choice([None, 145, 500, 1000]))

    def refund_moves(self) -> None:
        if made := self.shop.refunds():
            found = self.dice.choice(made)
            if found["status"] in ("pending", "succeeded"):
                self.shop.world.end_refund(found["id"], self.dice.choice(["succeeded", "failed"]))

    def dispute(self) -> None:
        self.shop.world.dispute(self.intent())

    def close_dispute(self) -> None:
        for found in self.shop.books.all("dispute"):
            if found["status"] == "needs_response":
                self.shop.world.close_dispute(found["id"], self.dice.choice(["won", "won", "lost"]))

    def stripe_stumbles(self) -> None:
        switch, most = self.dice.choice([("busy", 5), ("broken", 5), ("late", 3)])
        status = self.dice.choice(["succeeded", "succeeded", "pending"])
        self.shop.books.turn({switch: self.dice.randint(1, most), "refund_status": status})

    def intent(self) -> str:
        found = self.shop.books.all("payment_intent")
        return str(found[0]["id"]) if found else ""


def _account(user: User) -> Account:
    return ledger.account_of(user=user)


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed < FEW else pytest.mark.wide) for seed in range(40)]
)
def test_our_rows_and_stripes_objects_say_the_same(shop: Shop, cast: Cast, seed: int) -> None:
    story = Story(shop, cast, seed)
    story.tell()
    story.end()
    purchase = Purchase.objects.get()
    lot = lot_of(purchase)
    theirs = {one["id"]: one for one in shop.refunds()}
    ours = {one.stripe_refund: one for one in Refund.objects.exclude(stripe_refund=None)}
    assert set(ours) == set(theirs)
    names = {"succeeded": "succeeded", "failed": "failed", "pending": "sent"}
    assert {id: one.state for id, one in ours.items()} == {  # noqa: A001
        id: names[one["status"]]
        for id, one in theirs.items()  # noqa: A001
    }
    back = sum(one["amount"] for one in theirs.values() if one["status"] != "failed")
    assert Refund.objects.standing().cents() == back <= purchase.paid_cents
    assert (purchase.state == Purchase.State.REFUNDED) == (back == purchase.paid_cents)
    assert Entry.objects.filter(key=f"grant:{purchase.id}").count() == 1
    standing = Refund.objects.standing()
    states = {one["status"] for one in shop.books.all("dispute")}
    if "lost" not in states:
        assert lot.refunded_credits == sum(one.credits for one in standing)
    assert lot.refunded_cents == sum(one.ledger_cents for one in standing)
    if "lost" in states:
        assert lot.remaining == 0
    elif "needs_response" in states:
        assert lot.state in (Lot.State.FROZEN, Lot.State.CLOSED)
    else:
        assert lot.state != Lot.State.FROZEN
    assert refunds.offer(purchase).cents <= purchase.paid_cents - back
