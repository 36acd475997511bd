"""`Does not look like me`: the credit comes back at once, and a new preview is aimed at the reason.

The cap is published at /refunds/: of every two portraits that a customer's credits pay for, one may come
back.
"""

from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from billing import ledger
from billing.models import Lot
from render import orders
from render.errors import NotYetDelivered, ReturnsUsedUp, TakenDown
from render.models import Portrait

CREDITS_A_RETURN = 2


def left(owner: User) -> int:
    """How many more portraits the owner may give back by a tap."""
    bought = Lot.objects.filter(account__user=owner).aggregate(sum=Sum("granted"))["sum"] or 0
    used = Portrait.objects.of(owner).filter(state=Portrait.State.RETURNED).count()
    return max(int(bought) // CREDITS_A_RETURN - used, 0)


def give_back(*, portrait: Portrait, reason: Portrait.Reason) -> Portrait:
    """Restore the credit of a delivered portrait; returns the new preview. Twice it is the same one."""
    with transaction.atomic(durable=True):
        User.objects.select_for_update().get(pk=portrait.owner.pk)  # the cap is counted by one at a time
        found = Portrait.objects.shown().select_for_update(of=("self",)).get(pk=portrait.pk)
        if found.state == Portrait.State.RETURNED:
            return found.again.first() or orders.another(portrait=found, aim=found.reason)
        if found.rejected:
            raise TakenDown
        if found.state != Portrait.State.DELIVERED or found.hold is None:
            raise NotYetDelivered
        if not left(found.owner):
            raise ReturnsUsedUp
        words = Portrait.Reason(reason).label
        ledger.restore(hold_id=found.hold, reason=f"Does not look like its owner: {words}.")
        found.save_fields(state=Portrait.State.RETURNED, reason=reason)
        return orders.another(portrait=found, aim=reason)
