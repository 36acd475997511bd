"""A bank takes the money back for its customer: what is left of the lot rests, comes back, or goes."""

from django.db import transaction
from django.utils import timezone

from billing import flags, ledger, letters
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
    was_over = not is_new and dispute.is_over
    dispute.status, dispute.seen_at = contest.status, timezone.now()
    dispute.save(update_fields=["status", "seen_at"])
    if is_new:
        _tell(purchase, lot, dispute)
    if dispute.is_over and not was_over:
        letters.post(name="dispute_over", about=dispute.id)


def _tell(purchase: Purchase, lot: Lot, dispute: Dispute) -> None:
    gone = lot.granted - lot.remaining - lot.refunded_credits
    if not dispute.is_over:
        letters.post(name="dispute", about=dispute.id)
    flags.put_up(
        key=f"dispute:{dispute.id}",
        sentence=f"{dispute.id}: a bank disputes {dispute.cents} cents ({dispute.reason}); {gone} of "
        f"{lot.granted} credits are spent or held. Answer it in Stripe's dashboard.",
        purchase=purchase,
    )


def _move(lot: Lot, dispute: Dispute) -> None:
    if dispute.status == "lost":
        _freeze(lot, dispute)
        lot.refresh_from_db()
        if lot.remaining:
            key = f"revoke:{dispute.id}:{lot.refunded_credits}"
            ledger.revoke(lot=lot, credits=lot.remaining, key=key, reason="The dispute was lost.")
    elif not dispute.is_over:
        _freeze(lot, dispute)
    elif lot.state == Lot.State.FROZEN and _froze(lot, dispute) and not stands(lot) and _is_open(lot):
        ledger.unfreeze(lot=lot, key=f"unfreeze:{dispute.id}", reason="The dispute has ended.")


def _freeze(lot: Lot, dispute: Dispute) -> None:
    if lot.state == Lot.State.OPEN:
        ledger.freeze(lot=lot, key=f"freeze:{dispute.id}", reason="A bank disputes the payment.")


def _froze(lot: Lot, dispute: Dispute) -> bool:
    return Entry.objects.filter(lot=lot, key=f"freeze:{dispute.id}").exists()


def stands(lot: Lot) -> bool:
    """Whether a dispute keeps the lot from being spent."""
    found = Dispute.objects.filter(purchase__lot=lot)
    return any(not dispute.is_over or dispute.status == "lost" for dispute in found)


def _is_open(lot: Lot) -> bool:
    """Whether the lot's account may be used: what a blocked one has rests until it is unblocked."""
    return lot.account.user.is_active
