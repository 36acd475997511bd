"""What can be wrong with a move of credits; each says one sentence."""


class LedgerError(Exception):
    """A move that the ledger refuses."""


class NoCredits(LedgerError):
    """You have no credit left for this portrait. Buy a pack, then approve it again."""


class HoldEnded(LedgerError):
    """The hold has ended the other way already."""


class NotThatMany(LedgerError):
    """The lot does not have so many unspent credits."""


class NotCaptured(LedgerError):
    """Only a credit that was spent can be given back."""


class NotFrozen(LedgerError):
    """The lot is not in the state that this move needs."""


class KeyTaken(LedgerError):
    """The key names another move already."""


class OutsideTransaction(LedgerError):
    """Credits move inside the transaction of what they pay for."""
