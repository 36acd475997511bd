"""The credits of a blocked account rest until staff have settled them; nothing of them is lost.

A lot rests while a dispute about it stands or its account is blocked, whichever came first.
"""

from accounts.models import User
from billing import ledger
from billing.disputes import stands
from billing.models import Account, Entry, Lot


def rest(*, user: User) -> int:
    """Freeze what is open, in the transaction that blocks; returns how many lots."""
    _lock(user)
    lots = list(Lot.objects.filter(account__user=user, state=Lot.State.OPEN))
    for lot in lots:
        ledger.freeze(lot=lot, key=_key("block", lot), reason="The account is blocked.")
    return len(lots)


def wake(*, user: User) -> int:
    """Unfreeze what no dispute holds, in the transaction that unblocks; returns how many lots."""
    _lock(user)
    frozen = Lot.objects.filter(account__user=user, state=Lot.State.FROZEN)
    lots = [lot for lot in frozen if not stands(lot)]
    for lot in lots:
        ledger.unfreeze(lot=lot, key=_key("unblock", lot), reason="The account is open again.")
    return len(lots)


def _lock(user: User) -> None:
    """Before the lots are counted: a grant or the end of a dispute comes before or after, never between."""
    Account.objects.select_for_update().filter(user=user).first()


def _key(act: str, lot: Lot) -> str:
    """Each blocking is a move of its own; the account's row is locked by whoever blocks."""
    number = Entry.objects.filter(lot=lot, key__startswith=f"{act}:{lot.pk}:").count() + 1
    return f"{act}:{lot.pk}:{number}"
