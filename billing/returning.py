"""The owner of a delivered portrait gives it back by a tap."""

import uuid

from billing import allowance, ledger, payers
from billing.errors import NoReturnsLeft
from billing.models import Account, Hold


def give_back(*, hold_id: uuid.UUID, reason: str) -> None:
    """Restore the credit, in the caller's transaction, if the account may still have one back.

    The account is locked before it is counted: returns and refunds of one customer come one after the other.
    """
    hold = Hold.objects.get(pk=hold_id)
    account = Account.objects.select_for_update().get(pk=hold.account_id)
    if allowance.of(account).left < hold.amount:
        raise NoReturnsLeft
    ledger.restore(hold_id=hold_id, actor=ledger.OWNER, reason=reason)
    payers.look(account)
