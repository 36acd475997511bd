"""The one module that imports stripe.

It answers with the small objects of stripe_objects.py, and fails in two ways only: Refused (Stripe said no,
and nothing has happened) and Silent (nobody knows whether it has happened).

A job asks three times and waits for long. A page asks once and has a few seconds for all that it asks
(patience.py): after the first silence it asks nothing more.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Concatenate, ParamSpec, TypeVar

import stripe
from django.conf import settings
from stripe import StripeClient

from billing import patience
from billing.stripe_objects import Contest, MoneyBack, Notice, Offer, Session

API_VERSION = stripe.api_version
TOLERANCE = 300  # seconds between Stripe's clock and ours
SO_MANY = 3  # times that "too many requests" is asked again
PAUSE = 0.5  # seconds before the first of them
EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,200}")
SESSION_PARTS = ["payment_intent.latest_charge", "line_items"]


class Refused(Exception):
    """Stripe refused, and has done nothing."""


class NotThere(Refused):
    """Stripe has no such object."""


class Silent(Exception):
    """Stripe did not answer, or not with a result: it may have done it or not."""


class BadEvent(Exception):
    """Not an event that Stripe signed for us just now."""


P = ParamSpec("P")
R = TypeVar("R")


def configured() -> bool:
    return bool(settings.STRIPE_SECRET_KEY)


def live() -> bool:
    """Whether the key moves real money."""
    return "_live_" in settings.STRIPE_SECRET_KEY


@cache
def _client(key: str, address: str, timeout: float | tuple[float, float], retries: int) -> StripeClient:
    return StripeClient(
        key,
        base_addresses={"api": address},
        http_client=stripe.RequestsClient(timeout=timeout),
        max_network_retries=retries,
    )


def client() -> StripeClient:
    key, address = settings.STRIPE_SECRET_KEY, settings.STRIPE_API
    page = patience.of_page()
    if page is not None:
        return _client(key, address, page.timeouts, 0)
    return _client(key, address, settings.STRIPE_TIMEOUT, 2)


def _asks(
    act: Callable[Concatenate[StripeClient, P], R],
) -> Callable[P, R]:
    """Give the function the client, and translate what can go wrong."""

    def ask(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return _within_patience(lambda: act(client(), *args, **kwargs))
        except stripe.IdempotencyError as error:  # the key was used otherwise: look before asking again
            raise Silent(str(error)) from error
        except stripe.InvalidRequestError as error:
            raise (NotThere if error.http_status == 404 else Refused)(_sentence(error)) from error
        except (stripe.CardError, stripe.AuthenticationError, stripe.PermissionError) as error:
            raise Refused(_sentence(error)) from error
        except stripe.StripeError as error:
            raise Silent(_sentence(error)) from error

    return ask


def _sentence(error: stripe.StripeError) -> str:
    return (error.user_message or type(error).__name__)[:300]


def _within_patience(act: Callable[[], R]) -> R:
    page = patience.of_page()
    if page is None:
        return _patiently(act)
    try:
        with page.asking():
            return act()
    except patience.Exhausted as error:
        raise Silent(str(error)) from error


def _patiently(act: Callable[[], R]) -> R:
    """The library retries connections and 5xx; "too many requests" is left to us."""
    for attempt in range(SO_MANY):
        try:
            return act()
        except stripe.RateLimitError:
            time.sleep(PAUSE * 2**attempt)
    return act()


@_asks
def create_session(api: StripeClient, offer: Offer) -> Session:
    """The same purchase again returns the same session."""
    ours = {"purchase": offer.purchase, "waiver": offer.waiver}
    made = api.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": offer.currency,
                        "unit_amount": offer.cents,
                        "product_data": {"name": offer.name},
                    },
                }
            ],
            "client_reference_id": offer.purchase,
            "metadata": ours,
            "payment_intent_data": {"metadata": ours},
            "customer_email": offer.email,
            "allow_promotion_codes": True,
            "adaptive_pricing": {"enabled": offer.adaptive_pricing},
            "automatic_tax": {"enabled": offer.automatic_tax},
            "invoice_creation": {"enabled": offer.invoice},
            "expires_at": offer.expires_at,
            "success_url": offer.success_url,
            "cancel_url": offer.cancel_url,
            "expand": SESSION_PARTS,
        },
        {"idempotency_key": f"session:{offer.purchase}"},
    )
    return Session.read(made.to_dict())


@_asks
def session(api: StripeClient, id: str) -> Session:  # noqa: A002  (Stripe's word)
    return Session.read(api.v1.checkout.sessions.retrieve(id, {"expand": SESSION_PARTS}).to_dict())


@_asks
def expire_session(api: StripeClient, id: str) -> Session:  # noqa: A002
    """Close the page, so that nobody pays there any more; Refused where it is not open."""
    return Session.read(api.v1.checkout.sessions.expire(id, {"expand": SESSION_PARTS}).to_dict())


@_asks
def session_of_intent(api: StripeClient, payment_intent: str) -> Session | None:
    found = api.v1.checkout.sessions.list({"payment_intent": payment_intent, "limit": 1}).data
    return Session.read(found[0].to_dict()) if found else None


@_asks
def sessions_since(api: StripeClient, since: int) -> list[Session]:
    found = api.v1.checkout.sessions.list({"created": {"gte": since}, "limit": 100})
    return [Session.read(one) for one in _all(found)]


@_asks
def create_refund(api: StripeClient, key: str, payment_intent: str, cents: int) -> MoneyBack:
    """Ask for money back under our key: the same key again returns the same refund, for 24 hours."""
    made = api.v1.refunds.create(
        {
            "payment_intent": payment_intent,
            "amount": cents,
            "reason": "requested_by_customer",
            "metadata": {"refund": key},
        },
        {"idempotency_key": f"refund:{key}"},
    )
    return MoneyBack.read(made.to_dict())


@_asks
def refund(api: StripeClient, id: str) -> MoneyBack:  # noqa: A002
    return MoneyBack.read(api.v1.refunds.retrieve(id).to_dict())


@_asks
def refunds_of(api: StripeClient, payment_intent: str) -> list[MoneyBack]:
    found = api.v1.refunds.list({"payment_intent": payment_intent, "limit": 100})
    return [MoneyBack.read(one) for one in _all(found)]


@_asks
def refunds_since(api: StripeClient, since: int) -> list[MoneyBack]:
    return [
        MoneyBack.read(one) for one in _all(api.v1.refunds.list({"created": {"gte": since}, "limit": 100}))
    ]


@_asks
def intent_of_charge(api: StripeClient, charge: str) -> str | None:
    found = api.v1.charges.retrieve(charge).to_dict().get("payment_intent")
    return str(found) if found else None


@_asks
def intent_of_warning(api: StripeClient, id: str) -> str | None:  # noqa: A002
    """The payment that a warning of fraud is about."""
    found = api.v1.radar.early_fraud_warnings.retrieve(id).to_dict().get("payment_intent")
    return str(found) if found else None


@_asks
def dispute(api: StripeClient, id: str) -> Contest:  # noqa: A002
    return Contest.read(api.v1.disputes.retrieve(id).to_dict())


@_asks
def disputes_of(api: StripeClient, payment_intent: str) -> list[Contest]:
    found = api.v1.disputes.list({"payment_intent": payment_intent, "limit": 100})
    return [Contest.read(one) for one in _all(found)]


@_asks
def disputes_since(api: StripeClient, since: int) -> list[Contest]:
    return [
        Contest.read(one) for one in _all(api.v1.disputes.list({"created": {"gte": since}, "limit": 100}))
    ]


def _all(page: Any) -> Iterator[dict[str, Any]]:
    return (one.to_dict() for one in page.auto_paging_iter())


def verified(body: bytes, signature: str) -> Notice:
    """The event in a webhook's body; BadEvent for everything else, whatever it is made of."""
    try:
        _check_signature(body, signature)
        return _notice(_object(body))
    except BadEvent:
        raise
    except Exception as error:  # the library lets TypeError, RecursionError and others through
        raise BadEvent from error


def _check_signature(body: bytes, signature: str) -> None:
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
        except stripe.SignatureVerificationError:
            continue
        if int(re.search(r"t=(\d+)", signature)[1]) <= time.time() + TOLERANCE:  # type: ignore[index]
            return
    raise BadEvent


def _object(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    if not isinstance(found, dict) or found.get("object") != "event":
        raise BadEvent
    return found


def _notice(event: dict[str, Any]) -> Notice:
    thing = event["data"]["object"]
    if not EVENT_ID.fullmatch(event["id"]):
        raise BadEvent
    return Notice(
        id=event["id"],
        type=_plain(event["type"], 100),
        livemode=bool(event["livemode"]),
        account=_plain(event.get("account"), 255),
        api_version=_plain(event.get("api_version"), 60),
        object_id=_plain(thing.get("id"), 255),
    )


def _plain(value: object, longest: int) -> str:
    """A name that every database can store."""
    text = str(value or "")
    if not (text.isascii() and text.isprintable()):
        raise BadEvent
    return text[:longest]
