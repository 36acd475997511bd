"""From a paid session to credits, once.

Called by the webhook's task, by the return page and by the reconciler. Only Stripe's own session is
believed, held against the purchase that we wrote before; whoever comes first or late, the balance is right.
"""

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import locking
from billing import blocking, closing, currencies, flags, ledger, letters, payers, stripe_api
from billing.models import Lot
from billing.payment_models import Purchase
from billing.stripe_objects import Session

SOONEST, LATEST = timedelta(minutes=10), timedelta(days=1)  # between two looks at an unsettled purchase
GONE = ("requires_payment_method", "canceled")  # of a payment that a bank has refused


def fulfil(session_id: str) -> Purchase | None:
    """Bring the purchase of the session to where Stripe says it is; None where the session is not ours."""
    found = stripe_api.session(session_id)
    with transaction.atomic(durable=True):
        purchase = _locked(found)
        if purchase is not None and purchase.state not in (*Purchase.FULFILLED, Purchase.State.REFUSED):
            _follow(purchase, found)
        if purchase is not None:
            _know_payer(purchase, found)
    return purchase


def purchase_of(found: Session) -> Purchase | None:
    """The purchase that a session is for: by its id, or by the reference that we gave Stripe with it."""
    known = Purchase.objects.filter(stripe_session=found.id).first()
    if known is not None:
        return known
    try:
        reference = uuid.UUID(found.reference)
    except ValueError:
        return None
    return Purchase.objects.filter(pk=reference, stripe_session__isnull=True).first()


def _locked(found: Session) -> Purchase | None:
    purchase = purchase_of(found)
    if purchase is None:
        return None
    locked = Purchase.objects.select_for_update().get(pk=purchase.pk)
    if locked.stripe_session is None:
        locked.stripe_session = found.id
        locked.save(update_fields=["stripe_session"])
    return locked


def _follow(purchase: Purchase, found: Session) -> None:
    if found.is_settled:
        wrong = _disagreements(purchase, found)
        if wrong:
            _refuse(purchase, found, wrong)
        else:
            _grant(purchase, found)
    elif found.status == "expired":
        _to(purchase, Purchase.State.EXPIRED)
    elif found.status == "complete" and found.intent_status in GONE:
        if _to(purchase, Purchase.State.FAILED):
            letters.post(name="payment_failed", about=str(purchase.id))
    elif found.status == "complete":
        _to(purchase, Purchase.State.PENDING, payment_intent=found.payment_intent)
        look_later(purchase)
    else:
        look_later(purchase)


def _know_payer(purchase: Purchase, found: Session) -> None:
    """Also of what was bought before payers were known: whenever its session is read again."""
    if purchase.lot_id is not None and not purchase.payer and found.fingerprint:
        purchase.payer = payers.known_as(found.fingerprint)
        purchase.save(update_fields=["payer"])


def _disagreements(purchase: Purchase, found: Session) -> list[str]:
    """In what the session differs from what we sold."""
    untaxed = found.total + found.discount
    agreed = {
        "mode": found.mode == "payment",
        "livemode": found.livemode == stripe_api.live(),
        "reference": found.reference == str(purchase.id),
        "currency": found.currency == purchase.currency,
        "quantity": found.quantities == (1,),
        "price": found.subtotal == purchase.price_cents,
        "total": untaxed in (found.subtotal, found.subtotal + found.tax) and found.discount <= found.subtotal,
        "payment": found.payment_status == "paid" or found.total == 0,
    }
    return [name for name, holds in agreed.items() if not holds]


def _refuse(purchase: Purchase, found: Session, wrong: list[str]) -> None:
    _to(purchase, Purchase.State.REFUSED, payment_intent=found.payment_intent, paid_cents=found.total)
    flags.put_up(
        key=f"refused:{purchase.id}",
        sentence=f"Session {found.id} was paid otherwise than agreed ({', '.join(wrong)}): "
        "no credits were given.",
        purchase=purchase,
    )


def _grant(purchase: Purchase, found: Session) -> None:
    buyer = locking.lock(user_id=purchase.account.user_id)
    lot = ledger.grant(
        account=purchase.account,
        credits=purchase.credits,
        kind=Lot.Kind.PURCHASE,
        key=f"grant:{purchase.id}",
        payment_ref=found.payment_intent or found.id,
        paid_cents=found.total,
        currency=purchase.currency,
        reason=purchase.pack,
    )
    _to(
        purchase, Purchase.State.PAID, lot=lot, payment_intent=found.payment_intent, paid_cents=found.total,
        paid_at=timezone.now(),
    )  # fmt: skip
    if buyer.erased_at:
        closing.give_back(purchase)
    elif not buyer.is_active:
        _set_aside(purchase)
    else:
        letters.post(name="purchase", about=str(purchase.id))


def _set_aside(purchase: Purchase) -> None:
    """The page to pay on was open when the account was blocked: staff settles what was paid there."""
    blocking.rest(user=purchase.account.user)
    letters.post(name="purchase_blocked", about=str(purchase.id))
    flags.put_up(
        key=f"blocked:{purchase.id}",
        sentence=f"A blocked account has paid {currencies.written(purchase.paid_cents, purchase.currency)}; "
        f"its {purchase.credits} credits rest. Give the money back, or unblock the account.",
        purchase=purchase,
    )


def _to(purchase: Purchase, state: Purchase.State, **values: object) -> bool:
    """Whether the purchase was elsewhere before."""
    moved = purchase.state != state
    for name, value in {"state": state, **values}.items():
        setattr(purchase, name, value)
    purchase.save(update_fields=["state", *values])
    return moved


def look_later(purchase: Purchase) -> None:
    """Ask seldom about what has been waiting long."""
    now = timezone.now()
    purchase.look_at = now + min(max(SOONEST, (now - purchase.created_at) / 2), LATEST)
    purchase.save(update_fields=["look_at"])
