"""Money back for unspent credits: asked for, approved, and sent off. refund_settling.py speaks to Stripe.

Two transactions around one call. The first, here, takes the credits and writes that the money is on its
way; so no credit is spent whose money goes back, and no money goes twice.
"""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import allowance, ledger, letters
from billing.errors import (
    ChangedMeanwhile,
    LotFrozen,
    NothingToGiveBack,
    NotPaid,
    NotThatMany,
    NotWaiting,
    OwnMoney,
    PaymentError,
    RefundUnderWay,
    ReturnsStayPaid,
    SecondPersonNeeded,
)
from billing.models import Account, Lot
from billing.payment_models import Dispute, Purchase, Refund
from render.jobs.queue import enqueue

KIND = "refund"


@dataclass(frozen=True)
class Offer:
    """What can be given back of a purchase now, and how many unspent credits cannot."""

    credits: int
    cents: int
    seen: str
    stay: int = 0


def offer(purchase: Purchase, *, credits: int | None = None) -> Offer:  # noqa: A002
    """Money for so many unspent credits (as many as can go by default); nothing where nothing can go back."""
    lot = purchase.lot
    if (
        lot is None
        or purchase.state != Purchase.State.PAID
        or lot.state == Lot.State.CLOSED
        or _disputed(lot)
    ):
        return Offer(0, 0, "")
    can = most(lot)
    wanted = can if credits is None else credits
    return Offer(wanted, cents_for(purchase, lot, wanted), seen(lot), lot.remaining - can)


def most(lot: Lot) -> int:
    """Credits that can go with their money: unspent, and not so many that too much has been given back."""
    return min(lot.remaining, allowance.of(lot.account).refundable)


def cents_for(purchase: Purchase, lot: Lot, credits: int) -> int:  # noqa: A002
    """By the ledger's rule, and never more than Stripe still has of this payment."""
    left = purchase.paid_cents - purchase.refunds.standing().cents()
    return max(0, min(ledger.refundable_cents(lot=lot, credits=credits), left))


def _disputed(lot: Lot) -> bool:
    """A lot that rests because its account is blocked is for staff to settle: its money may go back."""
    return lot.state == Lot.State.FROZEN and Dispute.objects.filter(purchase__lot=lot).standing().exists()


def seen(lot: Lot) -> str:
    """What a confirmation page has shown; a confirmation of other numbers is refused."""
    return f"{lot.remaining}.{most(lot)}.{lot.refunded_credits}.{lot.refunded_cents}"


def needs_second_above() -> int:
    """Cents above which a second person has to agree."""
    return int(settings.REFUND_SECOND_PERSON_CENTS)


def ask(*, purchase: Purchase, by: User, reason: str, credits: int | None = None) -> Refund:  # noqa: A002
    """The customer asks; staff decides."""
    with transaction.atomic(durable=True):
        found, lot = locked(purchase.pk)
        return _request(found, lot, credits, by=by, reason=reason)


def give(*, purchase: Purchase, credits: int, by: User, reason: str, shown: str) -> Refund:  # noqa: A002
    """Staff gives back; above the limit a second person has to agree first."""
    with transaction.atomic(durable=True):
        found, lot = locked(purchase.pk)
        if found.account.user_id == by.pk:
            raise OwnMoney
        if shown != seen(lot):
            raise ChangedMeanwhile
        refund = _request(found, lot, credits, by=by, reason=reason)
        _agree(refund, lot, by)
        return refund


def approve(*, refund: Refund, by: User) -> Refund:
    with transaction.atomic(durable=True):
        found, lot = locked(refund.purchase_id)
        waiting = _waiting(refund, by)
        if _disputed(lot):
            raise LotFrozen
        waiting.credits = min(waiting.credits, most(lot))
        waiting.cents = cents_for(found, lot, waiting.credits)
        if waiting.cents == 0:
            raise _nothing(lot)
        if waiting.approved_by_id == by.pk:
            raise SecondPersonNeeded
        _agree(waiting, lot, by)
        return waiting


def give_all(*, purchase: Purchase, reason: str) -> Refund:
    """Give all of a payment back that nobody has spent of. Nobody asks, and nobody has to agree.

    It came in just now, so no return stood on it. In the caller's transaction, which has locked the purchase.
    """
    found, lot = locked(purchase.pk)
    cents = cents_for(found, lot, lot.remaining)
    refund = Refund.objects.create(purchase=found, cents=cents, credits=lot.remaining, reason=reason)
    _send_off(refund, lot, ledger.SYSTEM)
    return refund


def decline(*, refund: Refund, by: User, reason: str) -> None:
    with transaction.atomic(durable=True):
        locked(refund.purchase_id)
        waiting = _waiting(refund, by)
        waiting.state, waiting.error, waiting.ended_at = Refund.State.DECLINED, reason[:300], timezone.now()
        waiting.save(update_fields=["state", "error", "ended_at"])
        letters.post(name="refund_declined", about=str(waiting.id))


def locked(purchase_id: uuid.UUID) -> tuple[Purchase, Lot]:
    """Purchase, account and lot, locked in this order."""
    purchase = Purchase.objects.select_for_update().get(pk=purchase_id)
    if purchase.lot_id is None:
        raise NotPaid
    Account.objects.select_for_update().get(pk=purchase.account_id)
    return purchase, Lot.objects.select_for_update().get(pk=purchase.lot_id)


def _request(
    purchase: Purchase,
    lot: Lot,
    credits: int | None,  # noqa: A002
    *,
    by: User,
    reason: str,
) -> Refund:
    if purchase.state != Purchase.State.PAID:
        raise NotPaid
    if _disputed(lot):
        raise LotFrozen
    under_way = (Refund.State.REQUESTED, *Refund.UNDER_WAY)
    if purchase.refunds.filter(state__in=under_way, requested_by__isnull=False).exists():
        raise RefundUnderWay
    can = most(lot)
    wanted = can if credits is None else credits
    if wanted > lot.remaining or wanted < 0:
        raise NotThatMany
    if wanted > can:
        raise ReturnsStayPaid
    cents = cents_for(purchase, lot, wanted)
    if wanted == 0 or cents == 0:
        raise _nothing(lot)
    return Refund.objects.create(
        purchase=purchase, cents=cents, credits=wanted, requested_by=by, reason=reason[:300]
    )


def _nothing(lot: Lot) -> PaymentError:
    """Why no money can go back."""
    return ReturnsStayPaid() if lot.paid_cents and most(lot) < lot.remaining else NothingToGiveBack()


def _waiting(refund: Refund, by: User) -> Refund:
    found = Refund.objects.select_for_update().get(pk=refund.pk)
    if found.state != Refund.State.REQUESTED:
        raise NotWaiting
    if found.purchase.account.user_id == by.pk:
        raise OwnMoney
    return found


def _agree(refund: Refund, lot: Lot, by: User) -> None:
    """One person more agrees; send the money off when they are enough."""
    if refund.approved_by_id is None:
        refund.approved_by = by
    else:
        refund.second_by = by
    refund.save(update_fields=["approved_by", "second_by", "credits", "cents"])
    if refund.cents <= needs_second_above() or refund.second_by_id is not None:
        _send_off(refund, lot, f"user {by.pk}")


def _send_off(refund: Refund, lot: Lot, actor: str) -> None:
    ledger.revoke(
        lot=lot, credits=refund.credits, key=f"revoke:{refund.id}", cents=refund.cents, actor=actor,
        reason=refund.reason,
    )  # fmt: skip
    refund.state, refund.ledger_cents = Refund.State.SENT, refund.cents
    refund.sent_at = refund.look_at = timezone.now()
    refund.save(update_fields=["state", "ledger_cents", "sent_at", "look_at"])
    enqueue(kind=KIND, subject=refund.id)
