"""Acts on money that several tests make."""

import uuid

from django.core import mail
from django.db import transaction

from accounts.models import User
from billing import ledger, refunds
from billing.models import Hold, Purchase, Refund
from tests.shop import lot_of


def told(to: str) -> list[str]:
    return [str(letter.subject) for letter in mail.outbox if letter.to == [to]]


def give(purchase: Purchase, by: User, credits: int | None = None) -> Refund:  # noqa: A002
    lot = lot_of(purchase)
    wanted = lot.remaining if credits is None else credits
    return refunds.give(purchase=purchase, credits=wanted, by=by, reason="Asked.", shown=refunds.seen(lot))


def hold(user: User, *, capture: bool = False) -> Hold:
    with transaction.atomic():
        held = ledger.hold(account=ledger.account_of(user=user), subject=uuid.uuid4())
        if capture:
            ledger.capture(hold_id=held.id)
    return held


def state(refund: Refund) -> str:
    refund.refresh_from_db()
    return refund.state
