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


class NoReturnsLeft(LedgerError):
    """Half of the credits that stay paid have come back already. Beyond that a person decides."""


class NotFrozen(LedgerError):
    """The lot is not in the state that this move needs."""


class KeyTaken(LedgerError):
    """The key names another move already."""


class OutsideTransaction(LedgerError):
    """Credits move inside the transaction of what they pay for."""


class PaymentError(Exception):
    """An act about money that the rules refuse; says one sentence, with one thing to do."""


class NoSuchPack(PaymentError):
    """This pack is not for sale any more. Choose another one."""


class ShopAway(PaymentError):
    """The payment service does not answer just now. Nothing was paid; please try again in a minute."""


class TooManyOrders(PaymentError):
    """You have begun many purchases. Pay one of them, or try again in an hour."""


class AnotherOrder(PaymentError):
    """You have another order, which is shown here. Tick its box if you want to buy once more."""


class AccountBlocked(PaymentError):
    """This account is blocked, so nothing can be bought with it. Answer the mail about it."""


class NotAgreed(PaymentError):
    """Tick the box about delivery at once, then buy."""


class NotPaid(PaymentError):
    """There is no money of this purchase to give back."""


class LotFrozen(PaymentError):
    """A bank disputes this payment, so nothing is given back until that has ended."""


class NothingToGiveBack(PaymentError):
    """Nothing of this purchase is both unspent and paid for."""


class ReturnsStayPaid(PaymentError):
    """For each portrait that was given back, two credits stay paid. Ask for the money of fewer credits."""


class RefundUnderWay(PaymentError):
    """A refund of this purchase is under way already. Wait until it has ended."""


class ChangedMeanwhile(PaymentError):
    """Something changed since this page was made. Look at the new numbers and confirm again."""


class SecondPersonNeeded(PaymentError):
    """You approved this refund already. A second person has to approve it too."""


class OwnMoney(PaymentError):
    """Nobody approves a refund to themselves. Ask a colleague."""


class NotWaiting(PaymentError):
    """This refund is not waiting for approval any more."""
