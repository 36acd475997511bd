"""An account is blocked or erased while an order of it is open: the page to pay on is closed.

What is still paid for an erased account goes back.
"""

import logging
import uuid

from billing import currencies, flags, ledger, refunds, stripe_api
from billing.payment_models import Purchase

log = logging.getLogger(__name__)
REASON = "Paid after the account was erased."


def close(purchase_id: uuid.UUID, session_id: str) -> None:
    """Expire Stripe's page of an order, if it is open and the account is blocked or erased."""
    settled = (*Purchase.FULFILLED, Purchase.State.REFUSED)
    of_nobody = Purchase.objects.filter(pk=purchase_id, account__user__is_active=False)
    if not of_nobody.exclude(state__in=settled).exists() or stripe_api.session(session_id).status != "open":
        return
    try:
        stripe_api.expire_session(session_id)
    except stripe_api.Refused as refused:  # paid or expired meanwhile: whoever asks next finds out which
        log.warning("Session %s was not expired: %s", session_id, refused)


def give_back(purchase: Purchase) -> None:
    """Send everything back that was paid for an erased account. In the transaction that granted it."""
    if purchase.paid_cents == 0:
        assert purchase.lot is not None
        ledger.revoke(lot=purchase.lot, credits=purchase.credits, key=f"erased:{purchase.id}", reason=REASON)
        return
    refund = refunds.give_all(purchase=purchase, reason=REASON)
    money = currencies.written(refund.cents, purchase.currency)
    flags.put_up(
        key=f"erased:{purchase.id}",
        sentence=f"{purchase.pack} was paid after its account was erased: {money} goes back to whoever paid, "
        "and no credits were left.",
        purchase=purchase,
    )
