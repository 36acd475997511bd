"""Refunds between us and Stripe: ask until the answer is known, and follow what Stripe says of all."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from billing import blocking, flags, ledger, letters, stripe_api
from billing.models import Lot
from billing.payment_models import Purchase, Refund
from billing.refunds import locked
from billing.stripe_objects import MoneyBack

KEY_LIVES = timedelta(hours=23)  # Stripe forgets a key after 24 hours
SOONEST, LATEST = timedelta(minutes=2), timedelta(hours=6)  # between two questions about an unknown refund


def send(refund_id: uuid.UUID) -> None:
    """Ask Stripe for the money back, under our key; a silence leaves it unknown, to be asked again."""
    refund = Refund.objects.select_related("purchase").get(pk=refund_id)
    if refund.state not in Refund.UNDER_WAY or refund.stripe_refund is not None:
        return
    try:
        found = _made_before(refund) or _made_now(refund)
    except (stripe_api.Silent, stripe_api.Refused) as error:
        _leave_unknown(refund, error)
        return
    if isinstance(found, MoneyBack):
        _settle(refund.id, found)
    else:
        _fail(refund.id, found)


def _made_before(refund: Refund) -> MoneyBack | None:
    """Once the key may be forgotten, look before asking again."""
    assert refund.sent_at is not None
    if timezone.now() - refund.sent_at < KEY_LIVES:
        return None
    return _search(refund)


def _made_now(refund: Refund) -> MoneyBack | str:
    """The refund, or why there is none. An earlier try may have gone through, so a refusal is looked into."""
    assert refund.purchase.payment_intent is not None
    try:
        return stripe_api.create_refund(str(refund.id), refund.purchase.payment_intent, refund.cents)
    except stripe_api.Refused as error:
        return _search(refund) or str(error)


def _search(refund: Refund) -> MoneyBack | None:
    assert refund.purchase.payment_intent is not None
    for found in stripe_api.refunds_of(refund.purchase.payment_intent):
        if found.ours == str(refund.id):
            return found
    return None


def _leave_unknown(refund: Refund, error: Exception) -> None:
    with transaction.atomic(durable=True):
        found = Refund.objects.select_for_update().get(pk=refund.pk)
        if found.state not in Refund.UNDER_WAY:
            return
        assert found.sent_at is not None
        now = timezone.now()
        found.state, found.error = Refund.State.UNKNOWN, str(error)[:300]
        found.look_at = now + min(max(SOONEST, (now - found.sent_at) / 2), LATEST)
        found.save(update_fields=["state", "error", "look_at"])
        if now - found.sent_at > KEY_LIVES:
            _flag_silence(found)


def _flag_silence(refund: Refund) -> None:
    flags.put_up(
        key=f"refund-unknown:{refund.id}",
        sentence=f"For a day nobody knows whether Stripe has given {refund.amount} back: {refund.error}",
        purchase=refund.purchase,
    )


def _fail(refund_id: uuid.UUID, why: str) -> None:
    """Stripe has refused, and nothing was made."""
    with transaction.atomic(durable=True):
        purchase, lot = locked(Refund.objects.values_list("purchase", flat=True).get(pk=refund_id))
        _undo(Refund.objects.select_for_update().get(pk=refund_id), purchase, lot, why)


def follow(purchase: Purchase, found: list[MoneyBack]) -> None:
    """Settle every refund of the payment by what Stripe says; adopt those that were made past us."""
    for money in reversed(found):  # the oldest first
        known = _row(purchase, money)
        if known is None:
            _adopt(purchase, money)
        else:
            _settle(known.pk, money)


def _row(purchase: Purchase, money: MoneyBack) -> Refund | None:
    for refund in purchase.refunds.all():
        if refund.stripe_refund == money.id or str(refund.id) == money.ours:
            return refund
    return None


def _settle(refund_id: uuid.UUID, money: MoneyBack) -> None:
    with transaction.atomic(durable=True):
        purchase, lot = locked(Refund.objects.values_list("purchase", flat=True).get(pk=refund_id))
        refund = Refund.objects.select_for_update().get(pk=refund_id)
        refund.stripe_refund = money.id
        refund.save(update_fields=["stripe_refund"])
        if money.is_void:
            _undo(refund, purchase, lot, money.failure or money.status)
        elif refund.state in (Refund.State.FAILED, Refund.State.DECLINED, Refund.State.REQUESTED):
            _flag_contradiction(refund, money)
        elif money.status == "succeeded" and refund.state != Refund.State.SUCCEEDED:
            _succeed(refund, purchase)


def _succeed(refund: Refund, purchase: Purchase) -> None:
    refund.state, refund.ended_at, refund.error = Refund.State.SUCCEEDED, timezone.now(), ""
    refund.save(update_fields=["state", "ended_at", "error"])
    _bring_purchase(purchase)
    letters.post(name="refund", about=str(refund.id))


def _undo(refund: Refund, purchase: Purchase, lot: Lot, why: str) -> None:
    """The money did not go, perhaps days after it was said to: its credits come back."""
    if refund.state == Refund.State.FAILED:
        return
    refund.state, refund.ended_at, refund.error = Refund.State.FAILED, timezone.now(), why[:300]
    refund.save(update_fields=["state", "ended_at", "error"])
    if refund.credits:
        ledger.unrevoke(
            lot=lot, key=f"unrevoke:{refund.id}", undone=f"revoke:{refund.id}", cents=refund.ledger_cents,
            reason="The refund failed.",
        )  # fmt: skip
        if not purchase.account.user.is_active:
            blocking.rest(user=purchase.account.user)
    _bring_purchase(purchase)
    letters.post(name="refund_failed", about=str(refund.id))
    flags.put_up(
        key=f"refund-failed:{refund.id}",
        sentence=f"A refund of {refund.amount} failed ({why}); its {refund.credits} credits are back.",
        purchase=purchase,
    )


def _flag_contradiction(refund: Refund, money: MoneyBack) -> None:
    flags.put_up(
        key=f"refund-contradiction:{refund.id}",
        sentence=f"Stripe says that {money.id} is {money.status}, and our refund was {refund.state}.",
        purchase=refund.purchase,
    )


def _adopt(purchase: Purchase, money: MoneyBack) -> None:
    """A refund from Stripe's dashboard: take what is unspent of what the money was for, flag the rest."""
    with transaction.atomic(durable=True):
        purchase, lot = locked(purchase.pk)
        if Refund.objects.filter(stripe_refund=money.id).exists():
            return
        wanted = 0 if money.is_void else _credits_for(purchase, lot, money.cents)
        taken = min(wanted, lot.remaining)
        refund = Refund.objects.create(
            purchase=purchase, cents=money.cents, credits=taken, shortfall=wanted - taken,
            ledger_cents=min(money.cents, lot.paid_cents - lot.refunded_cents) if taken else 0,
            state=_state(money), stripe_refund=money.id, reason="Made in the Stripe dashboard.",
            sent_at=timezone.now(), ended_at=None if _state(money) == Refund.State.SENT else timezone.now(),
        )  # fmt: skip
        if taken:
            ledger.revoke(
                lot=lot, credits=taken, key=f"revoke:{refund.id}", cents=refund.ledger_cents,
                reason=refund.reason,
            )  # fmt: skip
        _bring_purchase(purchase)
        if refund.state == Refund.State.SUCCEEDED:
            letters.post(name="refund", about=str(refund.id))
        if refund.shortfall:
            _flag_shortfall(refund, money)


def _credits_for(purchase: Purchase, lot: Lot, cents: int) -> int:
    """How many credits all money given back so far, and this, was for; less those that are gone already."""
    if lot.paid_cents == 0:
        return 0
    gone = purchase.refunds.standing().cents() + cents
    return max(0, -(-gone * lot.granted // lot.paid_cents) - lot.refunded_credits)


def _state(money: MoneyBack) -> Refund.State:
    if money.is_void:
        return Refund.State.FAILED
    return Refund.State.SUCCEEDED if money.status == "succeeded" else Refund.State.SENT


def _flag_shortfall(refund: Refund, money: MoneyBack) -> None:
    flags.put_up(
        key=f"shortfall:{money.id}",
        sentence=f"{money.id} gave {refund.amount} back in the dashboard; "
        f"{refund.shortfall} of the credits that they paid for are spent already.",
        purchase=refund.purchase,
    )


def _bring_purchase(purchase: Purchase) -> None:
    """Refunded when all its money has gone back, else paid."""
    back = purchase.refunds.filter(state__in=Refund.STANDING).cents()
    whole = purchase.paid_cents > 0 and back >= purchase.paid_cents
    state = Purchase.State.REFUNDED if whole else Purchase.State.PAID
    if purchase.state != state:
        purchase.state = state
        purchase.save(update_fields=["state"])
