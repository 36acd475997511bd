"""Events in many orders, each twice, some of them lost: one end."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise, permutations
from typing import Any

import pytest

from accounts.models import User
from billing import ledger
from billing.models import Purchase
from billing.stripe_dev.books import Thing
from tests.cast import person
from tests.shop import Shop, lot_of

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

Step = Callable[[Shop, Purchase], None]
ALL = os.environ.get("EVENT_ORDERS") == "all"
"""Play every order, as the soak does."""


def pays(shop: Shop, purchase: Purchase) -> None:
    shop.pay(purchase)


def pays_by_bank(shop: Shop, purchase: Purchase) -> None:
    shop.pay(purchase, method="bank")


def bank_pays(shop: Shop, purchase: Purchase) -> None:
    shop.world.bank(purchase.stripe_session or "", pays=True)


def bank_fails(shop: Shop, purchase: Purchase) -> None:
    shop.world.bank(purchase.stripe_session or "", pays=False)


def intent(shop: Shop) -> str:
    return str(shop.books.all("payment_intent")[0]["id"])


def half_back(shop: Shop, purchase: Purchase) -> None:
    shop.world.refund(intent(shop), 1450)


def all_back(shop: Shop, purchase: Purchase) -> None:
    shop.world.refund(intent(shop))


def refund_fails(shop: Shop, purchase: Purchase) -> None:
    shop.world.end_refund(shop.refunds()[0]["id"], "failed")


def disputed(shop: Shop, purchase: Purchase) -> None:
    shop.world.dispute(intent(shop))


def won(shop: Shop, purchase: Purchase) -> None:
    shop.world.close_dispute(shop.books.all("dispute")[0]["id"], "won")


def asked_about(shop: Shop, purchase: Purchase) -> None:
    shop.world.inquire(intent(shop))


def escalated(shop: Shop, purchase: Purchase) -> None:
    shop.world.move_inquiry(shop.books.all("dispute")[0]["id"], "needs_response")


def inquiry_over(shop: Shop, purchase: Purchase) -> None:
    shop.world.move_inquiry(shop.books.all("dispute")[0]["id"], "warning_closed")


def lost(shop: Shop, purchase: Purchase) -> None:
    shop.world.close_dispute(shop.books.all("dispute")[0]["id"], "lost")


# What happens at Stripe, the events that are delivered, and the end: purchase, unspent credits, lot, refunds.
STORIES: dict[str, tuple[tuple[Step, ...], tuple[str, ...], tuple[Any, ...]]] = {
    "refunded": (
        (pays, all_back),
        ("checkout.session.completed", "refund.created", "charge.refunded"),
        ("refunded", 0, "closed", ["succeeded"]),
    ),
    "refund failed": (
        (pays, all_back, refund_fails),
        (
            "checkout.session.completed", "refund.created", "charge.refunded", "refund.updated",
            "refund.failed",
        ),
        ("paid", 20, "open", ["failed"]),
    ),
    "half refunded, dispute lost": (
        (pays, half_back, disputed, lost),
        (
            "checkout.session.completed", "refund.created", "charge.refunded", "charge.dispute.created",
            "charge.dispute.closed",
        ),
        ("paid", 0, "closed", ["succeeded"]),
    ),
    "dispute won": (
        (pays, disputed, won),
        (
            "checkout.session.completed", "charge.dispute.created", "charge.dispute.funds_withdrawn",
            "charge.dispute.funds_reinstated", "charge.dispute.closed",
        ),
        ("paid", 20, "open", []),
    ),
    "bank pays": (
        (pays_by_bank, bank_pays, half_back),
        (
            "checkout.session.completed", "checkout.session.async_payment_succeeded", "refund.created",
            "charge.refunded",
        ),
        ("paid", 10, "open", ["succeeded"]),
    ),
    "an inquiry ends": (
        (pays, asked_about, inquiry_over),
        ("checkout.session.completed", "charge.dispute.created", "charge.dispute.closed"),
        ("paid", 20, "open", []),
    ),
    "an inquiry becomes a dispute": (
        (pays, asked_about, escalated),
        (
            "checkout.session.completed", "charge.dispute.created", "charge.dispute.updated",
            "charge.dispute.funds_withdrawn",
        ),
        ("paid", 20, "frozen", []),
    ),
    "bank fails": (
        (pays_by_bank, bank_fails),
        ("checkout.session.completed", "checkout.session.async_payment_failed"),
        ("failed", None, None, []),
    ),
}  # fmt: skip


def found(purchase: Purchase) -> tuple[Any, ...]:
    purchase.refresh_from_db()
    states = sorted(purchase.refunds.values_list("state", flat=True))
    if purchase.lot is None:
        return purchase.state, None, None, states
    lot = lot_of(purchase)
    return purchase.state, lot.remaining, lot.state, states


def play(shop: Shop, user: User, steps: tuple[Step, ...], order: tuple[str, ...], *, late: bool) -> Purchase:
    """Deliver in this order. `late`: all has happened before the first is; else only as much as must have."""
    shop.books.reset()
    shop.books.turn({"hold": True})
    purchase = shop.order(user)
    ahead = list(steps)
    if late:
        while ahead:
            ahead.pop(0)(shop, purchase)
    for kind in order:
        while (event := _waiting(shop, kind)) is None:
            ahead.pop(0)(shop, purchase)
        for _ in range(2):
            shop.deliver(event)
            shop.work()
    return purchase


def _waiting(shop: Shop, kind: str) -> Thing | None:
    return next((event for event in shop.books.outbox if event["type"] == kind), None)


def balanced(events: Sequence[str]) -> list[tuple[str, ...]]:
    """Few orders in which every event stands in every place, and directly after every other one.

    A Williams design: what an event does can depend on when it comes and on what came just before it.
    Everything else is the same, because each event makes us read Stripe's state anew (decision 0028).
    """
    count = len(events)
    zigzag = [(place + 1) // 2 if place % 2 else -place // 2 for place in range(count)]
    rows = [[(start + step) % count for step in zigzag] for start in range(count)]
    if count % 2:
        rows += [row[::-1] for row in rows]
    return [tuple(events[number] for number in row) for row in rows]


@pytest.mark.parametrize("count", range(2, 7))
def test_the_orders_are_balanced(count: int) -> None:
    events = [str(number) for number in range(count)]
    orders = balanced(events)
    each = 1 + count % 2
    assert all(sorted(order) == events for order in orders)
    assert Counter(place for order in orders for place in enumerate(order)) == dict.fromkeys(
        ((place, event) for place in range(count) for event in events), each
    )
    assert Counter(pair for order in orders for pair in pairwise(order)) == dict.fromkeys(
        permutations(events, 2), each
    )


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize("late", [True, False], ids=["all has happened", "as it happens"])
@pytest.mark.parametrize("story", STORIES)
def test_events_in_any_order_end_in_one_state(shop: Shop, story: str, late: bool) -> None:
    steps, events, end = STORIES[story]
    user = person("alice@example.org", agreed=False)
    ledger.account_of(user=user)
    for order in permutations(events) if ALL else balanced(events):
        purchase = play(shop, user, steps, order, late=late)
        assert found(purchase) == end, order


@pytest.mark.parametrize("story", STORIES)
def test_the_last_event_alone_is_enough(shop: Shop, story: str) -> None:
    steps, events, end = STORIES[story]
    purchase = play(shop, person("alice@example.org", agreed=False), steps, events[-1:], late=True)
    assert found(purchase) == end
