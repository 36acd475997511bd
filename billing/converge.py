"""Bring one purchase to where Stripe is, whatever was missed, doubled or came in the wrong order."""

import uuid

from billing import closing, disputes, refund_settling, stripe_api
from billing.fulfil import fulfil
from billing.payment_models import Purchase


def converge(purchase_id: uuid.UUID, *, session_id: str = "") -> None:
    """Payment first, then refunds, then disputes: the order in which they can happen."""
    session = session_id or Purchase.objects.values_list("stripe_session", flat=True).get(pk=purchase_id)
    if not session:
        give_up(purchase_id)
        return
    closing.close(purchase_id, session)
    purchase = fulfil(session)
    if purchase is None or purchase.lot is None or purchase.payment_intent is None:
        return
    refund_settling.follow(purchase, stripe_api.refunds_of(purchase.payment_intent))
    disputes.follow(purchase, stripe_api.disputes_of(purchase.payment_intent))


def give_up(purchase_id: uuid.UUID) -> None:
    """The customer never saw a page to pay on, because Stripe was away when we asked for one."""
    begun = Purchase.objects.filter(pk=purchase_id, state=Purchase.State.CREATED, stripe_session=None)
    begun.update(state=Purchase.State.EXPIRED)
