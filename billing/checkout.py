"""Begin a purchase: our row first, then Stripe's page."""

import uuid
from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import closing, ledger, reconcile, stripe_api
from billing.errors import NoSuchPack, NotAgreed, ShopAway, TooManyOrders
from billing.payment_models import Pack, Purchase
from billing.stripe_objects import Offer, Session

WAIVER = "2026-11"  # version of the agreement to delivery at once (templates/billing/pricing.html)
AT_ONCE = 20  # unpaid orders of one account within an hour
FIRST_LOOK = timedelta(minutes=10)


class Address(Protocol):
    """Where the customer comes back to: the address of a purchase's page."""

    def __call__(self, purchase: uuid.UUID, *, paid: bool) -> str: ...


def start(*, user: User, pack: str, agreed: bool, back_to: str, address: Address) -> str:
    """The address of Stripe's page, where this purchase is paid."""
    if not agreed:
        raise NotAgreed
    if not stripe_api.configured():
        raise ShopAway
    purchase = _create(user=user, pack=pack, back_to=back_to)
    try:
        session = stripe_api.create_session(_offer(purchase, user, address))
    except (stripe_api.Silent, stripe_api.Refused) as error:
        raise ShopAway from error
    if not _keep(purchase, session):
        raise ShopAway
    return session.url


def _keep(purchase: Purchase, session: Session) -> bool:
    """Note Stripe's session; False where the account was erased meanwhile, and nobody may pay any more."""
    with transaction.atomic(durable=True):
        Purchase.objects.filter(pk=purchase.pk, stripe_session__isnull=True).update(stripe_session=session.id)
        if not closing.is_erased(user_id=purchase.account.user_id):
            return True
        reconcile.look(purchase.pk, session_id=session.id)
        return False


def _create(*, user: User, pack: str, back_to: str) -> Purchase:
    with transaction.atomic(durable=True):
        found = Pack.objects.filter(slug=pack, active=True).first()
        if found is None:
            raise NoSuchPack
        if closing.is_erased(user_id=user.pk):
            raise ShopAway
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
    ends = timezone.now() + timedelta(minutes=max(31, settings.CHECKOUT_MINUTES))
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
