"""Begin a purchase: our row first, then Stripe's page."""

import uuid
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import locking
from accounts.models import User
from billing import ledger, recent, reconcile, stripe_api
from billing.converge import give_up
from billing.errors import AccountBlocked, NoSuchPack, NotAgreed, PaymentError, ShopAway, TooManyOrders
from billing.fulfil import fulfil
from billing.payment_models import Pack, Purchase
from billing.stripe_objects import Offer, Session

WAIVER = "2026-11"  # version of the agreement to delivery at once (templates/billing/pricing.html)
AT_ONCE = 20  # unpaid orders of one account within an hour
FIRST_LOOK = timedelta(minutes=10)


class Address(Protocol):
    """Where the customer comes back to: the address of a purchase's page."""

    def __call__(self, purchase: uuid.UUID, *, paid: bool) -> str: ...


def start(
    *, user: User, pack: str, agreed: bool, back_to: str, address: Address, known: Collection[str] = ()
) -> str:
    """The address of Stripe's page, where this purchase is paid.

    `known` are the other orders that the customer was shown, and wants this one beside (recent.py).
    """
    if not agreed:
        raise NotAgreed
    if not stripe_api.configured():
        raise ShopAway
    _look_at_open(user)
    purchase = _create(user=user, pack=pack, back_to=back_to, known=known)
    try:
        session = stripe_api.create_session(_offer(purchase, user, address))
    except (stripe_api.Silent, stripe_api.Refused) as error:
        give_up(purchase.pk)
        raise ShopAway from error
    _keep(purchase, session)
    return session.url


def _keep(purchase: Purchase, session: Session) -> None:
    """Note Stripe's session. An account that was closed meanwhile may not pay there any more."""
    with transaction.atomic(durable=True):
        Purchase.objects.filter(pk=purchase.pk, stripe_session__isnull=True).update(stripe_session=session.id)
        buyer = locking.lock(user_id=purchase.account.user_id)
        if buyer.is_active:
            return
        reconcile.look(purchase.pk, session_id=session.id)
    raise _refusal(buyer)


def _refusal(buyer: User) -> PaymentError:
    return ShopAway() if buyer.erased_at else AccountBlocked()


def page_of(purchase: Purchase) -> str:
    """The address where an order that was begun can still be paid; empty where it cannot."""
    if purchase.state != Purchase.State.CREATED or purchase.stripe_session is None:
        return ""
    found = stripe_api.session(purchase.stripe_session)
    return found.url if found.status == "open" else ""


def _look_at_open(user: User) -> None:
    """What was paid or has expired in another tab may not have reached us yet."""
    for order in recent.orders(user):
        if order.state == Purchase.State.CREATED and order.stripe_session:
            with suppress(stripe_api.Silent, stripe_api.Refused):
                fulfil(order.stripe_session)


def _create(*, user: User, pack: str, back_to: str, known: Collection[str]) -> Purchase:
    with transaction.atomic(durable=True):
        found = Pack.objects.filter(slug=pack, active=True).first()
        if found is None:
            raise NoSuchPack
        buyer = locking.lock(user_id=user.pk)  # locked: two tabs order one after the other
        if not buyer.is_active:
            raise _refusal(buyer)
        recent.insist(user, known)
        account = ledger.account_of(user=user)
        since = timezone.now() - timedelta(hours=1)
        if account.purchases.filter(state=Purchase.State.CREATED, created_at__gt=since).count() >= AT_ONCE:
            raise TooManyOrders
        return Purchase.objects.create(
            account=account,
            pack=found.name,
            credits=found.credits,
            price_cents=found.price_cents,
            currency=found.currency,
            waiver=WAIVER,
            back_to=back_to[:300],
            look_at=timezone.now() + FIRST_LOOK,
        )


def _offer(purchase: Purchase, user: User, address: Address) -> Offer:
    ends = timezone.now() + recent.lifetime()
    return Offer(
        purchase=str(purchase.id),
        name=f"{purchase.pack}: {purchase.credits} portraits",
        cents=purchase.price_cents,
        currency=purchase.currency,
        email=user.email,
        success_url=address(purchase.id, paid=True),
        cancel_url=address(purchase.id, paid=False),
        expires_at=int(ends.timestamp()),
        waiver=purchase.waiver,
        automatic_tax=settings.STRIPE_AUTOMATIC_TAX,
        invoice=settings.STRIPE_INVOICES,
        adaptive_pricing=settings.STRIPE_ADAPTIVE_PRICING,
    )
