"""The account is erased while an order of it is open: nobody pays for nothing."""

import io
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.models import User
from billing import converge, reconcile, stripe_api
from billing.audit import audit
from billing.errors import ShopAway
from billing.models import Account, Dispute, Flag, Lot, Purchase, Refund
from billing.stripe_objects import Offer, Session
from portraitos_site import privacy
from tests.accounts.door import confirmed
from tests.billing.money import give
from tests.cast import Cast
from tests.shop import Shop, balance, make_due

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

SUPPORT = "support@example.org"


def erase(user: User) -> None:
    privacy.erase_account(user=user, address="")
    mail.outbox.clear()


def session(shop: Shop, purchase: Purchase) -> dict[str, Any]:
    assert purchase.stripe_session is not None
    return shop.books.things[purchase.stripe_session]


def come(shop: Shop, purchase: Purchase) -> str:
    """Everything that waits happens; the state of the purchase afterwards."""
    shop.deliver_all()
    shop.work()
    shop.deliver_all()
    shop.work()
    purchase.refresh_from_db()
    return purchase.state


def assert_given_back(shop: Shop, purchase: Purchase) -> None:
    """All of the money went back by itself, staff know, and no customer has a letter."""
    assert [(money["amount"], money["status"]) for money in shop.refunds()] == [(2900, "succeeded")]
    refund = purchase.refunds.get()
    assert (refund.state, refund.cents, refund.credits) == (Refund.State.SUCCEEDED, 2900, 20)
    assert balance(purchase.account.user) == (0, 0)
    assert Lot.objects.get(purchase=purchase).state == Lot.State.CLOSED
    flag = Flag.objects.get()
    assert flag.purchase == purchase
    assert "after its account was erased" in flag.sentence
    assert {address for letter in mail.outbox for address in letter.to} == {SUPPORT}
    assert audit() == []


def test_the_open_page_is_closed_at_stripe(shop: Shop, cast: Cast) -> None:
    purchase = shop.order(cast.alice)
    confirmed(cast.alice).post("/account/delete/", {"word": "delete", "give_up": "yes"})
    shop.work()
    assert session(shop, purchase)["status"] == "expired"
    mail.outbox.clear()
    assert come(shop, purchase) == Purchase.State.EXPIRED
    assert (shop.refunds(), mail.outbox) == ([], [])


def test_every_open_page_is_closed(shop: Shop, cast: Cast) -> None:
    orders = [shop.order(cast.alice) for _ in range(2)]
    theirs = shop.order(cast.charlie)
    erase(cast.alice)
    shop.work()
    assert [session(shop, order)["status"] for order in orders] == ["expired", "expired"]
    assert session(shop, theirs)["status"] == "open"


def test_a_dead_stripe_does_not_block_the_deletion(shop: Shop, cast: Cast) -> None:
    purchase = shop.order(cast.alice)
    shop.books.turn({"deaf": True})
    erase(cast.alice)
    shop.work()
    assert User.objects.get(pk=cast.alice.pk).erased_at is not None
    reconcile.sweep()  # a minute later, without anybody making it due
    shop.work()
    shop.books.turn({"deaf": False})
    assert session(shop, purchase)["status"] == "open"
    make_due()
    reconcile.sweep()
    shop.work()
    assert session(shop, purchase)["status"] == "expired"


@pytest.mark.parametrize("told", ["by event", "by comparison"])
def test_a_payment_that_was_faster_goes_back(shop: Shop, cast: Cast, told: str) -> None:
    purchase = shop.order(cast.alice)
    erase(cast.alice)
    shop.pay(purchase)
    if told == "by comparison":
        shop.lose_all()
        make_due()
        reconcile.sweep()
    assert come(shop, purchase) == Purchase.State.REFUNDED
    assert_given_back(shop, purchase)


def test_erased_between_payment_and_event(shop: Shop, cast: Cast) -> None:
    purchase = shop.order(cast.alice)
    shop.pay(purchase)
    erase(cast.alice)
    assert come(shop, purchase) == Purchase.State.REFUNDED
    assert_given_back(shop, purchase)


def test_paid_between_the_question_and_the_closing(
    shop: Shop, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchase = shop.order(cast.alice)
    erase(cast.alice)
    close = stripe_api.expire_session

    def faster(id: str) -> Session:  # noqa: A002
        shop.pay(purchase)
        return close(id)

    monkeypatch.setattr(stripe_api, "expire_session", faster)
    assert come(shop, purchase) == Purchase.State.REFUNDED
    assert_given_back(shop, purchase)


def test_told_again_and_again_it_goes_back_once(shop: Shop, cast: Cast) -> None:
    purchase = shop.order(cast.alice)
    erase(cast.alice)
    shop.pay(purchase)
    events = list(shop.books.outbox)
    come(shop, purchase)
    for _ in range(3):
        for event in events:
            shop.deliver(event)
        converge.converge(purchase.id)
        come(shop, purchase)
    assert_given_back(shop, purchase)


@pytest.mark.parametrize("pays", [True, False])
def test_a_slow_bank(shop: Shop, cast: Cast, pays: bool) -> None:
    purchase = shop.order(cast.alice)
    shop.pay(purchase, method="us_bank_account")
    assert come(shop, purchase) == Purchase.State.PENDING
    erase(cast.alice)
    assert come(shop, purchase) == Purchase.State.PENDING
    assert purchase.stripe_session is not None
    shop.world.bank(purchase.stripe_session, pays=pays)
    if pays:
        assert come(shop, purchase) == Purchase.State.REFUNDED
        assert_given_back(shop, purchase)
    else:
        assert come(shop, purchase) == Purchase.State.FAILED
        assert (shop.refunds(), mail.outbox) == ([], [])


def test_a_refund_that_fails_is_for_staff(shop: Shop, cast: Cast) -> None:
    purchase = shop.order(cast.alice)
    erase(cast.alice)
    shop.pay(purchase)
    come(shop, purchase)
    shop.world.end_refund(shop.refunds()[0]["id"], "failed")
    assert come(shop, purchase) == Purchase.State.PAID
    assert Flag.objects.filter(key__startswith="refund-failed:").count() == 1
    assert {address for letter in mail.outbox for address in letter.to} == {SUPPORT}


def test_nothing_paid_is_nothing_to_give_back(shop: Shop, cast: Cast) -> None:
    purchase = shop.order(cast.alice)
    erase(cast.alice)
    shop.pay(purchase, code="WELCOME100")
    assert come(shop, purchase) == Purchase.State.PAID
    assert (shop.refunds(), list(Flag.objects.all()), mail.outbox) == ([], [], [])
    assert balance(cast.alice) == (0, 0)
    assert audit() == []


def test_what_was_paid_otherwise_than_agreed_is_for_staff(shop: Shop, cast: Cast) -> None:
    purchase = shop.order(cast.alice)
    erase(cast.alice)
    shop.pay(purchase)
    session(shop, purchase)["amount_subtotal"] = 1
    assert come(shop, purchase) == Purchase.State.REFUSED
    assert Flag.objects.filter(key=f"refused:{purchase.id}").exists()
    assert {address for letter in mail.outbox for address in letter.to} == {SUPPORT}


def test_a_dispute_after_the_erasure_writes_to_staff_alone(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    erase(cast.alice)
    assert purchase.payment_intent is not None
    shop.world.dispute(purchase.payment_intent)
    come(shop, purchase)
    assert Dispute.objects.count() == 1
    assert {address for letter in mail.outbox for address in letter.to} == {SUPPORT}


def test_a_refund_on_its_way_arrives(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    give(purchase, cast.bob)
    erase(cast.alice)
    assert come(shop, purchase) == Purchase.State.REFUNDED
    assert mail.outbox == []
    assert audit() == []


def test_erased_while_stripe_makes_the_page(shop: Shop, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    create = stripe_api.create_session

    def slow(offer: Offer) -> Session:
        made = create(offer)
        erase(cast.alice)
        shop.work()
        return made

    monkeypatch.setattr(stripe_api, "create_session", slow)
    with pytest.raises(ShopAway):
        shop.order(cast.alice)
    shop.work()
    purchase = Purchase.objects.get()
    assert session(shop, purchase)["status"] == "expired"
    assert come(shop, purchase) == Purchase.State.EXPIRED


def test_nobody_begins_an_order_for_an_erased_account(shop: Shop, cast: Cast) -> None:
    erase(cast.alice)
    with pytest.raises(ShopAway):
        shop.order(cast.alice)
    assert not Account.objects.filter(user=cast.alice).exists()
    assert shop.books.all("checkout.session") == []


def test_who_withdraws_the_consent_may_still_pay(shop: Shop, cast: Cast) -> None:
    """The account stays, and its credits are good for another face, or for money back."""
    purchase = shop.order(cast.alice)
    privacy.withdraw_consent(user=cast.alice, address="")
    shop.work()
    assert session(shop, purchase)["status"] == "open"
    shop.pay(purchase)
    assert come(shop, purchase) == Purchase.State.PAID
    assert balance(cast.alice) == (20, 0)
    assert [letter.to for letter in mail.outbox] == [[cast.alice.email]]


def test_what_is_paid_and_erased_stays_given_up(shop: Shop, cast: Cast) -> None:
    """Its owner was asked, and did not want the money: a late event does not send it after all."""
    purchase = shop.sell(cast.alice)
    erase(cast.alice)
    converge.converge(purchase.id)
    assert come(shop, purchase) == Purchase.State.PAID
    assert shop.refunds() == []


def test_a_replayed_erasure_closes_what_the_backup_had_open(
    shop: Shop, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchase = shop.order(cast.alice)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{cast.alice.pk}\n"))
    call_command("replay_erasures", stdout=io.StringIO())
    shop.work()
    assert session(shop, purchase)["status"] == "expired"
