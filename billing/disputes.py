"""A bank takes the money back for its customer: what is left of the lot rests, comes back, or goes.

An inquiry (Stripe's statuses `warning_...`) takes no money. Staff is told; the credits stay, the payment can
be given back, and the customer hears nothing of a dispute. It may turn into one later, under the same id.
"""

from django.db import transaction
from django.utils import timezone

from billing import currencies, flags, ledger, letters
from billing.models import Entry, Lot
from billing.payment_models import Dispute, Purchase
from billing.refunds import locked
from billing.stripe_objects import Contest


def follow(purchase: Purchase, found: list[Contest]) -> None:
    """Bring the lot to what all disputes of the payment together say."""
    if not found:
        return
    with transaction.atomic(durable=True):
        purchase, lot = locked(purchase.pk)
        for contest in reversed(found):  # the oldest first
            _note(purchase, lot, contest)
        for dispute in purchase.disputes.order_by("pk"):
            _move(lot, dispute)
            lot.refresh_from_db()


def _note(purchase: Purchase, lot: Lot, contest: Contest) -> None:
    dispute, is_new = Dispute.objects.get_or_create(
        id=contest.id,
        defaults={
            "purchase": purchase,
            "status": contest.status,
            "reason": contest.reason[:80],
            "cents": contest.cents,
        },
    )
    before = "" if is_new else dispute.status
    dispute.status, dispute.seen_at = contest.status, timezone.now()
    dispute.save(update_fields=["status", "seen_at"])
    if dispute.status != before:
        _tell(purchase, lot, dispute, before)


def _tell(purchase: Purchase, lot: Lot, dispute: Dispute, before: str) -> None:
    """Staff hears of everything once; the customer of a dispute that stands, and of its end."""
    if dispute.status in Dispute.INQUIRY:
        _flag_inquiry(purchase, dispute)
        return
    _flag_dispute(purchase, lot, dispute)
    is_first = before in ("", *Dispute.INQUIRY)
    if dispute.is_over:
        if dispute.status != "prevented" or not is_first:
            letters.post(name="dispute_over", about=dispute.id)
    elif is_first:
        letters.post(name="dispute", about=dispute.id)


def _flag_inquiry(purchase: Purchase, dispute: Dispute) -> None:
    flags.put_up(
        key=f"inquiry:{dispute.id}",
        sentence=f"{dispute.id}: a bank asks about {_amount(purchase, dispute)} ({dispute.reason}). "
        "No money was taken and no credit rests. Answer it in Stripe's dashboard, or give the money back.",
        purchase=purchase,
    )


def _flag_dispute(purchase: Purchase, lot: Lot, dispute: Dispute) -> None:
    gone = lot.granted - lot.remaining - lot.refunded_credits
    flags.put_up(
        key=f"dispute:{dispute.id}",
        sentence=f"{dispute.id}: a bank disputes {_amount(purchase, dispute)} ({dispute.reason}); {gone} of "
        f"{lot.granted} credits are spent or held. Answer it in Stripe's dashboard.",
        purchase=purchase,
    )


def _amount(purchase: Purchase, dispute: Dispute) -> str:
    return currencies.written(dispute.cents, purchase.currency)


def _move(lot: Lot, dispute: Dispute) -> None:
    if dispute.status == "lost":
        _freeze(lot, dispute)
        lot.refresh_from_db()
        if lot.remaining:
            key = f"revoke:{dispute.id}:{lot.refunded_credits}"
            ledger.revoke(lot=lot, credits=lot.remaining, key=key, reason="The dispute was lost.")
    elif dispute.stands:
        _freeze(lot, dispute)
    elif lot.state == Lot.State.FROZEN and not stands(lot) and _is_open(lot):
        ledger.unfreeze(lot=lot, key=_key("unfreeze", dispute), reason="The dispute has ended.")


def _freeze(lot: Lot, dispute: Dispute) -> None:
    if lot.state == Lot.State.OPEN:
        ledger.freeze(lot=lot, key=_key("freeze", dispute), reason="A bank disputes the payment.")


def _key(act: str, dispute: Dispute) -> str:
    """A lot may rest and wake more than once for one dispute; the account is locked, so nobody counts too."""
    first = f"{act}:{dispute.id}"
    made = Entry.objects.filter(key=first).count() + Entry.objects.filter(key__startswith=f"{first}:").count()
    return f"{first}:{made + 1}" if made else first


def stands(lot: Lot) -> bool:
    """Whether a dispute keeps the lot from being spent."""
    return Dispute.objects.filter(purchase__lot=lot).standing().exists()


def _is_open(lot: Lot) -> bool:
    """Whether the lot's account may be used: what a blocked one has rests until it is unblocked."""
    return lot.account.user.is_active
