"""Begin a purchase: our row first, then Stripe's page."""

import uuid
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import ledger, recent, stripe_api
from billing.errors import AccountBlocked, NoSuchPack, NotAgreed, ShopAway, TooManyOrders
from billing.fulfil import fulfil
from billing.models import Account
from billing.payment_models import Pack, Purchase
from billing.stripe_objects import Offer
from render.jobs.queue import enqueue

WAIVER = "2026-11"  # version of the agreement to delivery at once (templates/billing/pricing.html)
AT_ONCE = 20  # unpaid orders of one account within an hour
EXPIRE = "expire-checkout"
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
    with transaction.atomic(durable=True):
        Purchase.objects.filter(pk=purchase.pk, stripe_session__isnull=True).update(stripe_session=session.id)
        blocked = not _is_open(user)
        if blocked:  # while Stripe was asked
            expire_open(account=purchase.account)
    if blocked:
        raise AccountBlocked
    return session.url


def page_of(purchase: Purchase) -> str:
    """The address where an order that was begun can still be paid; empty where it cannot."""
    if purchase.state != Purchase.State.CREATED or purchase.stripe_session is None:
        return ""
    found = stripe_api.session(purchase.stripe_session)
    return found.url if found.status == "open" else ""


def expire_open(*, account: Account) -> int:
    """Have the pages closed on which the account could still pay, in the caller's transaction; how many."""
    begun = account.purchases.filter(state=Purchase.State.CREATED, stripe_session__isnull=False)
    for purchase in begun:
        enqueue(kind=EXPIRE, subject=purchase.id)
    return len(begun)


def expire(purchase_id: uuid.UUID) -> None:
    """Close the page of one order. One that was paid meanwhile is fulfilled, as the rules for it say."""
    session = Purchase.objects.values_list("stripe_session", flat=True).get(pk=purchase_id)
    assert session is not None
    with suppress(stripe_api.Refused):  # paid, or expired by itself
        stripe_api.expire_session(session)
    fulfil(session)


def give_up(purchase_id: uuid.UUID) -> None:
    """The customer never saw a page to pay on, because Stripe was away when we asked for one."""
    begun = Purchase.objects.filter(pk=purchase_id, state=Purchase.State.CREATED, stripe_session=None)
    begun.update(state=Purchase.State.EXPIRED)


def _look_at_open(user: User) -> None:
    """What was paid or has expired in another tab may not have reached us yet."""
    for order in recent.orders(user):
        if order.state == Purchase.State.CREATED and order.stripe_session:
            with suppress(stripe_api.Silent, stripe_api.Refused):
                fulfil(order.stripe_session)


def _is_open(user: User) -> bool:
    """Whether the account may buy; locked, so that whoever blocks it comes before or after."""
    return User.objects.select_for_update().get(pk=user.pk).is_active


def _create(*, user: User, pack: str, back_to: str, known: Collection[str]) -> Purchase:
    with transaction.atomic(durable=True):
        found = Pack.objects.filter(slug=pack, active=True).first()
        if found is None:
            raise NoSuchPack
        if not _is_open(user):  # and two tabs order one after the other
            raise AccountBlocked
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
