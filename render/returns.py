"""`Does not look like me`: the credit comes back at once, and a new preview is aimed at the reason.

How often is billing's to say (billing/allowance.py), and published at /refunds/.
"""

from django.db import transaction

from accounts.consent import NotAgreed
from accounts.models import User
from billing import allowance, returning
from billing.errors import NoReturnsLeft
from render import orders
from render.errors import NotYetDelivered, ReturnsUsedUp, TakenDown
from render.models import Portrait
from studio.errors import HeldForAge


def left(owner: User) -> int:
    """How many more portraits the owner may give back by a tap."""
    return allowance.left(owner)


def give_back(*, portrait: Portrait, reason: Portrait.Reason) -> Portrait:
    """Restore the credit of a delivered portrait; returns the new preview. Twice it is the same one.

    Who has deleted that one asks for another, and it counts as every preview does. Raises NotAgreed or
    HeldForAge where the new preview has to wait; the credit is back all the same.
    """
    again = _restore(portrait, reason) or portrait.again.first()
    return again or orders.again(portrait=portrait, aim=reason)


def _restore(portrait: Portrait, reason: Portrait.Reason) -> Portrait | None:
    """The new preview; None where the portrait was given back before, or none may be made now."""
    with transaction.atomic(durable=True):
        User.objects.select_for_update().get(pk=portrait.owner.pk)  # two taps come one after the other
        found = Portrait.objects.shown().select_for_update(of=("self",)).get(pk=portrait.pk)
        if found.state == Portrait.State.RETURNED:
            return None
        if found.rejected:
            raise TakenDown
        if found.state != Portrait.State.DELIVERED or found.hold is None:
            raise NotYetDelivered
        words = Portrait.Reason(reason).label
        try:
            returning.give_back(hold_id=found.hold, reason=f"Does not look like its owner: {words}.")
        except NoReturnsLeft:
            raise ReturnsUsedUp from None
        found.save_fields(state=Portrait.State.RETURNED, reason=reason)
        try:
            orders.may_begin(owner=found.owner, identities=[found.shoot.identity_id])
        except (NotAgreed, HeldForAge):
            return None
        return orders.another(portrait=found, aim=reason)
