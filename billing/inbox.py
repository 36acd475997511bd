"""The webhook's inbox.

An event is stored once and queued in one transaction; its task asks Stripe what is true.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from billing import flags, stripe_api
from billing.converge import converge
from billing.fulfil import purchase_of
from billing.payment_models import Purchase, StripeEvent
from billing.stripe_objects import Notice, Session
from render.jobs.queue import enqueue

KIND = "stripe-event"
SPACE = uuid.UUID("0b6c6a9e-5d0f-4a27-9f1c-90e7c6a8d7b4")
SOONEST, LATEST = timedelta(minutes=2), timedelta(hours=6)  # between two tries of the sweeper
GIVE_UP = 30  # tries: about four days
WARNING = "radar.early_fraud_warning.created"
WANTED = {
    "checkout.session.completed", "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed", "checkout.session.expired",
    "refund.created", "refund.updated", "refund.failed", "charge.refunded",
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated", "charge.dispute.closed", WARNING,
}  # fmt: skip


def receive(notice: Notice) -> None:
    """Store the event and queue its task; one that came before changes nothing."""
    ignored = _ignored(notice)
    event = StripeEvent(
        id=notice.id, type=notice.type, livemode=notice.livemode, api_version=notice.api_version,
        object_id=notice.object_id, error=ignored, processed_at=timezone.now() if ignored else None,
        due_at=timezone.now() + SOONEST,
    )  # fmt: skip
    try:
        with transaction.atomic(durable=True):
            event.save(force_insert=True)
            if not ignored:
                queue(event.id)
            elif notice.type in WANTED:
                _tell(notice, ignored)
    except IntegrityError:
        if not StripeEvent.objects.filter(pk=notice.id).exists():
            raise


def queue(event_id: str) -> None:
    enqueue(kind=KIND, subject=uuid.uuid5(SPACE, event_id), payload={"event": event_id}, max_attempts=1)


def _ignored(notice: Notice) -> str:
    """Why an event is not for us; empty where it is."""
    if notice.account:
        return f"Of another account, {notice.account}."
    if notice.livemode != stripe_api.live():
        return "A test event in live mode." if stripe_api.live() else "A live event in test mode."
    return "" if notice.type in WANTED else "Of a type that nobody asked for."


def _tell(notice: Notice, why: str) -> None:
    flags.put_up(
        key=f"foreign-event:{why}:{timezone.now():%Y-%m-%d}",
        sentence=f"Stripe sent {notice.type} {notice.id}, which was stored and ignored. {why}",
    )


def process(event_id: str) -> None:
    """Converge what the event is about.

    What goes wrong is kept with the event, and the sweeper comes again.
    """
    event = StripeEvent.objects.get(pk=event_id)
    if event.processed_at is not None:
        return
    wait = min(SOONEST * 2**event.attempts, LATEST)
    StripeEvent.objects.filter(pk=event_id).update(attempts=F("attempts") + 1, due_at=timezone.now() + wait)
    try:
        said = _follow(event)
    except Exception as error:
        _keep(event, error)
        raise
    StripeEvent.objects.filter(pk=event_id).update(processed_at=timezone.now(), error=said)


def _keep(event: StripeEvent, error: Exception) -> None:
    with transaction.atomic():
        StripeEvent.objects.filter(pk=event.id).update(error=f"{type(error).__name__}: {error}"[:300])
        if event.attempts + 1 >= GIVE_UP:
            flags.put_up(key=f"event:{event.id}", sentence=f"{event} fails again and again: {error}")


def _follow(event: StripeEvent) -> str:
    try:
        purchase = _purchase(event)
    except stripe_api.NotThere:
        return "Stripe has no such object."
    if purchase is None:
        return "Of nothing that we sold."
    if event.type == WARNING:
        _warn(event, purchase)
    converge(purchase.pk, session_id=purchase.stripe_session or "")
    return ""


def _warn(event: StripeEvent, purchase: Purchase) -> None:
    with transaction.atomic():
        flags.put_up(
            key=f"warning:{event.object_id}",
            sentence=f"{event.object_id}: the bank warns of fraud. A refund now avoids a dispute.",
            purchase=purchase,
        )


def _purchase(event: StripeEvent) -> Purchase | None:
    if event.type.startswith("checkout.session."):
        return _of_session(stripe_api.session(event.object_id))
    asks: dict[str, Callable[[str], str | None]] = {
        "refund.": lambda id: stripe_api.refund(id).payment_intent,  # noqa: A006
        "charge.dispute.": lambda id: stripe_api.dispute(id).payment_intent,  # noqa: A006
        "charge.refunded": stripe_api.intent_of_charge,
        WARNING: stripe_api.intent_of_warning,
    }
    ask = next(ask for start, ask in asks.items() if event.type.startswith(start))
    intent = ask(event.object_id)
    return of_intent(intent) if intent else None


def of_intent(intent: str) -> Purchase | None:
    """The purchase of a payment, also where we have not heard of the payment yet."""
    known = Purchase.objects.filter(payment_intent=intent).first()
    if known is not None:
        return known
    found = stripe_api.session_of_intent(intent)
    return _of_session(found) if found else None


def _of_session(found: Session) -> Purchase | None:
    purchase = purchase_of(found)
    if purchase is not None and purchase.stripe_session is None:
        purchase.stripe_session = found.id  # fulfil() writes it, under the lock
    return purchase
