"""A bank's inquiry takes no money: staff hears of it, and nothing else changes until it is a dispute."""

import pytest
from django.core import mail

from billing import refunds
from billing.converge import converge
from billing.models import Dispute, Entry, Flag, Lot, Purchase, Refund
from tests.billing.money import give, told
from tests.cast import Cast
from tests.shop import Shop, balance, lot_of

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]
INQUIRIES = ("warning_needs_response", "warning_under_review", "warning_closed")
BOUGHT = ["Your credits are here"]


@pytest.fixture
def purchase(cast: Cast, shop: Shop) -> Purchase:
    return shop.sell(cast.alice)


def intent(purchase: Purchase) -> str:
    assert purchase.payment_intent is not None
    return purchase.payment_intent


def heard(shop: Shop) -> None:
    shop.deliver_all()
    shop.work()


def flags() -> list[str]:
    return list(Flag.objects.order_by("pk").values_list("key", flat=True))


@pytest.mark.parametrize("status", INQUIRIES)
def test_an_inquiry_moves_no_credit_and_writes_to_staff_only(
    cast: Cast, shop: Shop, purchase: Purchase, status: str
) -> None:
    inquiry = shop.world.inquire(intent(purchase))
    inquiry["status"] = status
    heard(shop)
    converge(purchase.pk)
    shop.work()
    assert (balance(cast.alice), lot_of(purchase).state) == ((20, 0), Lot.State.OPEN)
    assert flags() == [f"inquiry:{inquiry['id']}"]
    assert told(cast.alice.email) == BOUGHT
    to_staff = [letter for letter in mail.outbox if letter.to == ["support@example.org"]]
    assert len(to_staff) == 1
    assert "No money was taken" in str(to_staff[0].body)


def test_the_payment_stays_refundable(cast: Cast, shop: Shop, purchase: Purchase) -> None:
    shop.world.inquire(intent(purchase))
    heard(shop)
    assert refunds.offer(purchase).credits == 20
    refund = give(purchase, cast.bob)
    shop.work()
    heard(shop)
    refund.refresh_from_db()
    assert (refund.state, refund.cents) == (Refund.State.SUCCEEDED, 2900)


def test_a_dispute_that_an_inquiry_becomes_freezes_and_tells(
    cast: Cast, shop: Shop, purchase: Purchase
) -> None:
    inquiry = shop.world.inquire(intent(purchase))["id"]
    heard(shop)
    shop.world.move_inquiry(inquiry, "needs_response")
    heard(shop)
    assert (balance(cast.alice), lot_of(purchase).state) == ((0, 0), Lot.State.FROZEN)
    assert flags() == [f"inquiry:{inquiry}", f"dispute:{inquiry}"]
    assert told(cast.alice.email) == [*BOUGHT, "A bank disputes your payment"]
    shop.world.close_dispute(inquiry, "won")
    heard(shop)
    assert (balance(cast.alice), lot_of(purchase).state) == ((20, 0), Lot.State.OPEN)
    assert told(cast.alice.email)[-1] == "The dispute about your payment has ended"


def test_what_rests_because_of_an_inquiry_wakes_and_can_rest_again(
    cast: Cast, shop: Shop, purchase: Purchase
) -> None:
    """As on a site that froze for inquiries before: the next look frees the credits."""
    dispute = shop.world.dispute(intent(purchase))
    heard(shop)
    for status, state in [("warning_under_review", "open"), ("needs_response", "frozen"), ("won", "open")]:
        dispute["status"] = status
        converge(purchase.pk)
        assert lot_of(purchase).state == state
    keys = Entry.objects.filter(kind__in=["freeze", "unfreeze"]).order_by("pk").values_list("key", flat=True)
    first = dispute["id"]
    assert list(keys) == [f"freeze:{first}", f"unfreeze:{first}", f"freeze:{first}:2", f"unfreeze:{first}:2"]


def test_a_prevented_dispute_that_nobody_heard_of_needs_no_letter(
    cast: Cast, shop: Shop, purchase: Purchase
) -> None:
    shop.world.dispute(intent(purchase))["status"] = "prevented"
    heard(shop)
    assert Dispute.objects.get().is_over
    assert told(cast.alice.email) == BOUGHT
    assert balance(cast.alice) == (20, 0)
