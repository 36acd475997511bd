"""What webhooks missed: every minute what is due is asked about again, every day four days are compared."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import flags, inbox, payers, refunds, stripe_api
from billing.audit import audit
from billing.fulfil import look_later, purchase_of
from billing.payment_models import Dispute, Purchase, Refund, StripeEvent
from billing.stripe_objects import MoneyBack, Session
from render.jobs.models import Job
from render.jobs.queue import enqueue

KIND = "reconcile"
PURCHASE = "purchase"
SUBJECT = uuid.UUID("b3b0ce0a-1f4d-4c68-8d4e-3f4a3f1f0c55")  # one job of this kind lives at a time
EVERY = timedelta(days=1)
BACK = timedelta(days=4)
AT_ONCE = 200  # rows a sweep looks at
REFUND_STATES = {
    "succeeded": Refund.State.SUCCEEDED,
    "failed": Refund.State.FAILED,
    "canceled": Refund.State.FAILED,
}


def sweep() -> None:
    """Queue again what has not come to its end, and once a day the comparison."""
    now = timezone.now()
    for event in StripeEvent.objects.due(now=now).order_by("due_at")[:AT_ONCE]:
        inbox.queue(event.id)
    for purchase in Purchase.objects.unsettled(now=now).order_by("look_at")[:AT_ONCE]:
        look_later(purchase)
        look(purchase.id)
    for refund in Refund.objects.unanswered(now=now).order_by("look_at")[:AT_ONCE]:
        enqueue(kind=refunds.KIND, subject=refund.id)
    begun = Job.objects.filter(subject=SUBJECT, created_at__gt=now - EVERY).exists()
    if not begun and Purchase.objects.exists():
        enqueue(kind=KIND, subject=SUBJECT)


def look(purchase_id: uuid.UUID, *, session_id: str = "") -> None:
    enqueue(kind=PURCHASE, subject=purchase_id, payload={"session": session_id}, max_attempts=1)


def look_at_open(*, user: User) -> None:
    """Queue every order of the account that may still be paid, in the caller's transaction."""
    for purchase in Purchase.objects.filter(account__user=user, state__in=Purchase.UNSETTLED):
        look(purchase.pk)


def reconcile() -> int:
    """Queue every purchase at which Stripe's last four days differ from ours; how many they were."""
    since = int((timezone.now() - BACK).timestamp())
    wrong: dict[uuid.UUID, str] = {}
    for session in stripe_api.sessions_since(since):
        purchase = purchase_of(session)
        if purchase is not None and _differs(purchase, session):
            wrong[purchase.id] = session.id
    # What is older than the days that are compared, and has not ended.
    open_ones = (Refund.objects.at_stripe(), Dispute.objects.exclude(status__in=Dispute.OVER))
    for rows in open_ones:
        wrong |= dict.fromkeys(rows.values_list("purchase", flat=True), "")
    intents = {money.payment_intent for money in stripe_api.refunds_since(since) if not _known(money)}
    for contest in stripe_api.disputes_since(since):
        if not Dispute.objects.filter(pk=contest.id, status=contest.status).exists():
            intents.add(contest.payment_intent)
    for intent in intents - {None}:
        assert intent is not None
        purchase = inbox.of_intent(intent)
        if purchase is not None:
            wrong.setdefault(purchase.id, purchase.stripe_session or "")
    for purchase_id, session_id in wrong.items():
        look(purchase_id, session_id=session_id)
    return len(wrong)


def _differs(purchase: Purchase, found: Session) -> bool:
    if found.is_settled:
        return purchase.state not in (*Purchase.FULFILLED, Purchase.State.REFUSED)
    if found.status == "expired":
        return purchase.state != Purchase.State.EXPIRED
    return found.status == "complete" and purchase.state in Purchase.UNSETTLED


def _known(money: MoneyBack) -> bool:
    row = Refund.objects.filter(stripe_refund=money.id).first()
    return row is not None and row.state == REFUND_STATES.get(money.status, Refund.State.SENT)


def check_ledger() -> None:
    """Flag what the audit finds, and whoever gives much back from several accounts."""
    with transaction.atomic():
        payers.look_at_all()
    for found in audit():
        flags.put_up(
            key=found.key or f"audit:{found.what}:{found.row}:{found.recomputed}",
            sentence=f"The ledger does not add up: {found.what} of {found.row} is {found.stored}, "
            f"by its entries {found.recomputed}.",
        )
