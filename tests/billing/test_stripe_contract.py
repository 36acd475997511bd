"""What we rely on at Stripe, asked of the development server, and of a real sandbox by whoever has a key:

STRIPE_SANDBOX_KEY=sk_test_... python -m pytest tests/billing/test_stripe_contract.py
"""

import os
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from billing import stripe_api
from billing.stripe_objects import Offer
from tests.shop import Shop

KEY = os.environ.get("STRIPE_SANDBOX_KEY", "")
SIDES = ["development", *([pytest.param("sandbox", marks=pytest.mark.sandbox)] if KEY else [])]
pytestmark = [pytest.mark.django_db]

Paid = Callable[[], str]


def offer() -> Offer:
    return Offer(
        purchase=str(uuid.uuid4()), name="Studio pack: 20 portraits", cents=2900, currency="usd",
        email="alice@example.org", success_url="https://example.org/return", cancel_url="https://example.org/",
        expires_at=int(time.time()) + 3600, waiver="2026-11",
    )  # fmt: skip


@pytest.fixture(params=SIDES)
def paid(request: pytest.FixtureRequest, shop: Shop, settings: Settings) -> Paid:
    """Makes a paid payment of 2900 cents at that side; its id."""
    if request.param == "development":
        return lambda: shop.world.pay(stripe_api.create_session(offer()).id)["payment_intent"]
    assert "_test_" in KEY, "STRIPE_SANDBOX_KEY moves real money."
    settings.STRIPE_API, settings.STRIPE_SECRET_KEY = "https://api.stripe.com", KEY
    settings.STRIPE_TIMEOUT = 20
    return _pay_in_the_sandbox


def _pay_in_the_sandbox() -> str:
    card: Any = {
        "amount": 2900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }  # fmt: skip
    return stripe_api.client().v1.payment_intents.create(card).id


def test_a_session_is_made_once_and_found_again(paid: Paid) -> None:
    wanted = offer()
    made = stripe_api.create_session(wanted)
    assert stripe_api.create_session(wanted).id == made.id
    found = stripe_api.session(made.id)
    assert (found.mode, found.status, found.payment_status) == ("payment", "open", "unpaid")
    assert (found.subtotal, found.total, found.discount, found.tax) == (2900, 2900, 0, 0)
    assert (found.currency, found.quantities, found.livemode) == ("usd", (1,), False)
    assert found.reference == wanted.purchase
    assert found.url.startswith("http")
    assert made.id in [one.id for one in stripe_api.sessions_since(int(time.time()) - 600)]


def test_what_is_not_there_is_not_there(paid: Paid) -> None:
    for ask in (stripe_api.session, stripe_api.refund, stripe_api.dispute, stripe_api.intent_of_charge):
        with pytest.raises(stripe_api.NotThere):
            ask("re_nothing")


def test_a_key_makes_one_refund_that_is_found_by_its_metadata(paid: Paid) -> None:
    intent, key = paid(), str(uuid.uuid4())
    made = stripe_api.create_refund(key, intent, 145)
    assert stripe_api.create_refund(key, intent, 145).id == made.id
    assert [(one.id, one.ours, one.cents) for one in stripe_api.refunds_of(intent)] == [(made.id, key, 145)]
    assert made.status in ("succeeded", "pending")
    assert stripe_api.refund(made.id).payment_intent == intent


def test_a_key_used_otherwise_is_neither_yes_nor_no(paid: Paid) -> None:
    intent, key = paid(), str(uuid.uuid4())
    stripe_api.create_refund(key, intent, 145)
    with pytest.raises(stripe_api.Silent):
        stripe_api.create_refund(key, intent, 290)


def test_no_more_goes_back_than_came_in(paid: Paid) -> None:
    intent = paid()
    stripe_api.create_refund(str(uuid.uuid4()), intent, 2900)
    with pytest.raises(stripe_api.Refused):
        stripe_api.create_refund(str(uuid.uuid4()), intent, 145)


def test_a_payment_without_disputes_has_none(paid: Paid) -> None:
    assert stripe_api.disputes_of(paid()) == []


def test_a_charge_knows_its_card_again(paid: Paid) -> None:
    def fingerprint() -> Any:
        api = stripe_api.client().v1
        charge = api.charges.retrieve(str(api.payment_intents.retrieve(paid()).latest_charge)).to_dict()
        return charge["payment_method_details"]["card"]["fingerprint"]

    first = fingerprint()
    assert first
    assert fingerprint() == first


def test_a_session_is_refused_where_we_ask_wrongly(paid: Paid) -> None:
    wrong: Any = {"mode": "payment", "line_items": [], "surprise": True}
    with pytest.raises(Exception, match="surprise"):
        stripe_api.client().v1.checkout.sessions.create(wrong)
