"""Sessions that end otherwise, a Stripe that is away, what is asked again, and the letters."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import checkout, letters, privacy, reconcile, stripe_api
from billing.errors import ShopAway, TooManyOrders
from billing.models import Account, Dispute, Flag, Purchase, StripeEvent
from render.jobs.models import Job
from render.jobs.queue import enqueue
from tests.billing.money import give, state, told
from tests.cast import Cast, logged_in, person
from tests.shop import Shop, make_due

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


@pytest.fixture
def alice(db: None) -> User:
    return person("alice@example.org", agreed=False)


def test_an_expired_session_is_expired(shop: Shop, alice: User) -> None:
    purchase = shop.order(alice)
    shop.books.skew = 7200
    reconcile.reconcile()
    shop.work()
    purchase.refresh_from_db()
    assert purchase.state == Purchase.State.EXPIRED


def test_too_many_requests_are_asked_again(shop: Shop, alice: User) -> None:
    shop.books.turn({"busy": 3})
    assert shop.order(alice).stripe_session


def test_a_failed_request_leaves_a_sentence_and_nothing_paid(shop: Shop, cast: Cast) -> None:
    shop.books.turn({"deaf": True})
    page = logged_in(cast.alice).post("/buy/", {"pack": "twenty", "agree": "yes"})
    assert (page.status_code, page["Retry-After"]) == (503, "30")
    assert b"Nothing was paid" in page.content


def test_a_wrong_parameter_is_refused_as_stripe_would(shop: Shop) -> None:
    with pytest.raises(Exception, match="unknown parameter: amont"):
        stripe_api.client().v1.refunds.create({"payment_intent": "pi_1", "amont": 5})  # type: ignore[arg-type]


def test_an_order_that_never_got_a_page_is_given_up(shop: Shop, alice: User) -> None:
    shop.books.turn({"deaf": True})
    with pytest.raises(ShopAway):
        shop.order(alice)
    make_due()
    reconcile.sweep()
    shop.work()
    assert Purchase.objects.get().state == Purchase.State.EXPIRED


def test_what_stripe_does_not_know_is_asked_ever_more_seldom(shop: Shop, alice: User) -> None:
    purchase = shop.order(alice)
    shop.books.things.clear()
    make_due()
    reconcile.sweep()
    shop.work()
    purchase.refresh_from_db()
    assert purchase.look_at > timezone.now()
    assert purchase.state == Purchase.State.CREATED


def test_nobody_begins_orders_without_end(shop: Shop, alice: User) -> None:
    for _ in range(checkout.AT_ONCE):
        shop.order(alice)
    with pytest.raises(TooManyOrders):
        shop.order(alice)


def test_reconcile_is_queued_once_a_day_where_something_was_sold(shop: Shop, alice: User) -> None:
    def queued() -> int:
        return Job.objects.filter(kind=reconcile.KIND).count()

    reconcile.sweep()
    assert queued() == 0
    shop.sell(alice)
    for _ in range(2):
        reconcile.sweep()
        shop.work()
    assert queued() == 1
    assert Job.objects.get(kind=reconcile.KIND).state == Job.State.DONE
    Job.objects.filter(kind=reconcile.KIND).update(created_at=timezone.now() - timedelta(hours=25))
    reconcile.sweep()
    assert queued() == 2


def test_what_is_older_than_four_days_and_open_is_compared_too(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    shop.books.turn({"refund_status": "pending"})
    refund = give(purchase, cast.bob)
    shop.work()
    assert state(refund) == "sent"
    for thing in shop.books.things.values():
        thing["created"] -= 10 * 24 * 3600
    shop.world.end_refund(shop.refunds()[0]["id"], "succeeded")
    shop.lose_all()
    assert reconcile.reconcile() == 1
    shop.work()
    assert state(refund) == "succeeded"


def test_an_event_that_fails_for_days_is_flagged(shop: Shop, alice: User) -> None:
    shop.pay(shop.order(alice))
    shop.deliver(shop.books.outbox[0])
    StripeEvent.objects.update(attempts=29)
    shop.books.turn({"deaf": True})
    shop.work()
    assert "fails again and again" in Flag.objects.get().sentence


def test_an_audit_that_finds_something_is_flagged(shop: Shop, alice: User) -> None:
    shop.sell(alice)
    with transaction.atomic():
        Account.objects.update(available=99)
        reconcile.check_ledger()
        assert Flag.objects.filter(sentence__contains="does not add up").exists()
        transaction.set_rollback(True)


def test_the_export_has_everything_about_money(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    give(purchase, cast.bob, 5)
    files = dict(privacy.export(cast.alice))
    assert set(files) == {"credits.json", "purchases.json", "refunds.json"}
    assert str(purchase.id).encode() in files["purchases.json"]
    assert list(privacy.export(cast.charlie)) == []
    assert [(found.cents, of.pk) for of, found in privacy.offers(cast.alice)] == [(2175, purchase.pk)]
    offered = [sum(of_it.credits for _, of_it in privacy.offers(user)) for user in (cast.alice, cast.charlie)]
    assert offered == [15, 0]
    assert privacy.erase(cast.alice) == {}


@pytest.mark.parametrize("name", letters.SUBJECTS)
def test_every_letter_is_written_in_text_and_html(shop: Shop, cast: Cast, name: str) -> None:
    purchase = shop.sell(cast.alice)
    refund = give(purchase, cast.bob, 1)
    dispute = Dispute.objects.create(id="du_1", purchase=purchase, status="lost", cents=2900)
    flag = Flag.objects.create(key="k", sentence="Look <here>.", purchase=purchase)
    about = {"refund": refund.pk, "dispute": dispute.pk, "flag": flag.pk}.get(
        name.split("_", maxsplit=1)[0], purchase.pk
    )
    letter = letters.written(name=name, about=str(about))
    assert letter is not None
    assert letter.subject == letters.SUBJECTS[name]
    text, html = str(letter.body), str(letter.message())
    assert "http" in text
    assert "text/html" in html
    assert "None" not in text
    assert "{" not in text
    if name == "flag":
        assert "Look <here>." in text
        assert "Look &lt;here&gt;." in html


def test_the_same_letter_goes_once_and_another_about_the_same_goes_too(shop: Shop, alice: User) -> None:
    dispute = Dispute.objects.create(id="du_1", purchase=shop.sell(alice), status="won", cents=2900)
    mail.outbox.clear()
    for _ in range(2):
        letters.post(name="dispute_over", about=dispute.id)
        shop.work()
    assert told(alice.email) == [letters.SUBJECTS["dispute_over"]]
    Dispute.objects.update(status="lost")  # the bank opened it again
    letters.post(name="dispute_over", about=dispute.id)
    shop.work()
    assert told(alice.email) == [letters.SUBJECTS["dispute_over"]] * 2


def test_a_letter_queued_before_there_was_an_outbox_goes(shop: Shop, alice: User) -> None:
    purchase = shop.order(alice)
    payload = {"name": "payment_failed", "about": str(purchase.id)}
    enqueue(kind="money-letter", subject=purchase.id, payload=payload)
    shop.work()
    assert told(alice.email) == [letters.SUBJECTS["payment_failed"]]


def test_an_erased_customer_gets_no_letter(shop: Shop, alice: User) -> None:
    purchase = shop.sell(alice)
    User.objects.filter(pk=alice.pk).update(erased_at=timezone.now(), is_active=False)
    assert letters.written(name="purchase", about=str(purchase.id)) is None
