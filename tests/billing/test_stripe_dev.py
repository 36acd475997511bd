"""The development Stripe behaves as the documentation of the real one says."""

import time
import urllib.request
from typing import Any

import pytest
import stripe as sdk
from django.conf import settings as django_settings
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from billing import stripe_api
from billing.models import StripeEvent
from tests.cast import person
from tests.shop import Shop, stays_here

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


def paid(shop: Shop) -> str:
    purchase = shop.order(person("alice@example.org", agreed=False))
    return str(shop.pay(purchase)["payment_intent"])


def create(intent: str, key: str, **more: Any) -> Any:
    refunds = stripe_api.client().v1.refunds
    asked: Any = {"payment_intent": intent, **more}
    return refunds.create(asked, {"idempotency_key": key})


def test_the_same_key_is_the_same_answer(shop: Shop) -> None:
    intent = paid(shop)
    assert create(intent, "k", amount=100).id == create(intent, "k", amount=100).id
    assert len(shop.refunds()) == 1


def test_the_same_key_with_other_parameters_is_refused(shop: Shop) -> None:
    intent = paid(shop)
    create(intent, "k", amount=100)
    with pytest.raises(sdk.IdempotencyError):
        create(intent, "k", amount=200)


def test_a_key_is_forgotten_after_a_day(shop: Shop) -> None:
    intent = paid(shop)
    create(intent, "k", amount=100)
    shop.books.skew = 25 * 3600
    create(intent, "k", amount=100)
    assert len(shop.refunds()) == 2


def test_a_refusal_is_not_kept(shop: Shop) -> None:
    intent = paid(shop)
    with pytest.raises(sdk.InvalidRequestError):
        create(intent, "k", amount=999_999)
    assert create(intent, "k", amount=100).amount == 100


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"amont": 5}, "unknown parameter: amont"),
        ({"reason": "no fun"}, "must be one of duplicate"),
        ({"amount": "many"}, "Invalid integer"),
        ({"metadata": "flat"}, "Invalid"),
        ({"expand": "flat"}, "Invalid array"),
    ],
    ids=["unknown", "enumeration", "number", "object", "array"],
)
def test_the_schema_refuses(shop: Shop, more: dict[str, Any], words: str) -> None:
    with pytest.raises(sdk.InvalidRequestError, match=words):
        create(paid(shop), "k", **more)


def test_a_missing_part_of_a_part_is_refused(shop: Shop) -> None:
    lines: Any = [{"quantity": 1, "price_data": {"unit_amount": 5, "product_data": {"name": "x"}}}]
    with pytest.raises(sdk.InvalidRequestError, match=r"line_items\[0\]\[price_data\]\[currency\]"):
        stripe_api.client().v1.checkout.sessions.create({"mode": "payment", "line_items": lines})


def test_lists_have_pages(shop: Shop) -> None:
    intent = paid(shop)
    for number in range(5):
        create(intent, f"k{number}", amount=100)
    found = stripe_api.client().v1.refunds.list({"limit": 2})
    assert found.has_more
    assert len(list(found.auto_paging_iter())) == 5


def test_another_key_opens_nothing(shop: Shop, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_real"
    with pytest.raises(stripe_api.Refused):
        stripe_api.session("cs_test_1")


def test_what_broke_is_asked_again(shop: Shop) -> None:
    intent = paid(shop)
    shop.books.turn({"broken": 2})
    assert create(intent, "k", amount=100).amount == 100


def test_events_arrive_signed_and_as_often_as_the_switch_says(
    committed: None, shop: Shop, live_server: LiveServer
) -> None:
    shop.server.post.webhook = f"{live_server.url}/stripe/webhook/"
    shop.books.turn({"hold": False, "copies": 2, "shuffle": True, "delay": 0.05})
    paid(shop)
    limit = time.monotonic() + 10
    while StripeEvent.objects.count() < 3:
        assert time.monotonic() < limit
        time.sleep(0.05)
    time.sleep(0.3)  # the copies
    assert set(StripeEvent.objects.values_list("type", flat=True)) == {
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
    }


def test_dropped_events_are_gone(shop: Shop) -> None:
    shop.books.turn({"drop": True})
    paid(shop)
    assert shop.books.outbox == []


def test_the_dashboard_shows_what_can_happen(shop: Shop) -> None:
    intent = paid(shop)
    with urllib.request.urlopen(f"{shop.server.address}/") as page:
        shown = page.read().decode()
    assert intent in shown
    data = f"act=dispute&on={intent}".encode()
    with urllib.request.urlopen(f"{shop.server.address}/act", data=data) as page:
        assert "needs_response" in page.read().decode()


def test_no_test_asks_beyond_this_machine(shop: Shop, settings: Settings) -> None:
    settings.STRIPE_API = "https://api.stripe.com"
    with pytest.raises(pytest.fail.Exception):
        stripe_api.session("cs_test_1")
    with pytest.raises(pytest.fail.Exception):
        stays_here("http://127.0.0.1.example.org/")
    stays_here("http://127.0.0.1:1/")


def test_without_a_key_the_site_speaks_to_this_machine() -> None:
    assert django_settings.STRIPE_IS_DEV
    stays_here(django_settings.STRIPE_API)
