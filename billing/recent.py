"""What a customer has just ordered, so that a second tab pays once more only on purpose."""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from billing.errors import AnotherOrder
from billing.payment_models import Purchase

JUST = timedelta(minutes=30)  # how long a paid order is news


def lifetime() -> timedelta:
    """How long Stripe's page can be paid on; Stripe takes no less than half an hour."""
    return timedelta(minutes=max(31, settings.CHECKOUT_MINUTES))


def orders(user: User) -> list[Purchase]:
    """Orders that can still be paid, that a bank has not answered, or that were just paid; newest first."""
    now = timezone.now()
    State = Purchase.State
    wanted = (
        Q(state=State.CREATED, created_at__gt=now - lifetime())
        | Q(state=State.PENDING, created_at__gt=now - Purchase.PATIENCE)
        | Q(state=State.PAID, paid_at__gt=now - JUST)
    )
    return list(Purchase.objects.filter(wanted, account__user=user))


def insist(user: User, known: Collection[str]) -> None:
    """Refuse an order beside others that the customer was not shown when they said that they want it."""
    if not {str(purchase.id) for purchase in orders(user)} <= set(known):
        raise AnotherOrder
