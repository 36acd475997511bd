"""How many portraits may come back by a tap: half of the credits that stay paid.

Both numbers are sums of the ledger's entries, which nobody deletes: what purchases brought in, less what was
taken out of them again, and what the account's own person gave back. Portraits are not counted, because
their owner can delete them. Goodwill raises nothing: what comes back to a refunded purchase is goodwill.

Money back keeps the same rule, so of each portrait that came back two credits stay paid.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from billing import ledger
from billing.models import Account, Entry, Lot
from billing.payment_models import Dispute, Refund

CREDITS_A_RETURN = 2
BEFORE = "Does not look like its owner: "
"""How the reason of a return began before it had an actor of its own; entries are never rewritten."""

PAID = Q(kind__in=(Entry.Kind.GRANT, Entry.Kind.REVOKE, Entry.Kind.UNREVOKE), lot__kind=Lot.Kind.PURCHASE)
RETURNED = Q(kind=Entry.Kind.RESTORE) & (
    Q(actor=ledger.OWNER) | Q(actor=ledger.SYSTEM, reason__startswith=BEFORE)
)


@dataclass(frozen=True)
class Allowance:
    """Credits that stay paid, and credits that came back by a tap."""

    paid: int = 0
    returned: int = 0

    def __add__(self, other: "Allowance") -> "Allowance":
        return Allowance(self.paid + other.paid, self.returned + other.returned)

    @property
    def most(self) -> int:
        """How many may come back in all."""
        return max(self.paid, 0) // CREDITS_A_RETURN

    @property
    def left(self) -> int:
        """How many more may come back."""
        return max(self.most - self.returned, 0)

    @property
    def refundable(self) -> int:
        """How many credits may be taken out with their money."""
        return max(self.paid - CREDITS_A_RETURN * self.returned, 0)

    @property
    def is_kept(self) -> bool:
        return self.returned <= self.most


def of(account: Account) -> Allowance:
    """As it is now. Exact while the account is locked.

    What a bank disputes, and what was refunded past us although it was spent, does not stay paid either.
    """
    disputed = (
        Dispute.objects.standing()
        .filter(purchase__account=account, purchase__lot__isnull=False)
        .values("purchase__lot")
    )
    found = Entry.objects.filter(account=account).aggregate(
        paid=Coalesce(Sum("d_remaining", filter=PAID & ~Q(lot__in=disputed)), 0),
        returned=Coalesce(Sum("d_spent", filter=RETURNED), 0),
    )
    refunds = Refund.objects.standing().filter(purchase__account=account)
    spent = refunds.exclude(purchase__lot__in=disputed).aggregate(sum=Coalesce(Sum("shortfall"), 0))["sum"]
    return Allowance(found["paid"] - spent, -found["returned"])


def left(user: User) -> int:
    """How many more portraits the user may give back."""
    account = Account.objects.filter(user=user).first()
    return of(account).left if account else 0


def decisions(entries: Iterable[Entry]) -> Iterator[Allowance]:
    """The allowance of one account after each decision about it that this site made, in their order.

    Decisions are returns, and refunds that a member of staff sent off. A bank or Stripe's dashboard takes
    what it takes, and nothing here could refuse it. What was decided before returns had an actor of their own
    was decided by another rule.
    """
    now, judged = Allowance(), False
    for entry in entries:
        if entry.kind == Entry.Kind.RESTORE:
            now += Allowance(returned=-entry.d_spent)
            judged = judged or entry.actor == ledger.OWNER
        else:
            now += Allowance(paid=entry.d_remaining)
        if judged and (
            entry.actor == ledger.OWNER or (entry.kind == Entry.Kind.REVOKE and entry.actor != ledger.SYSTEM)
        ):
            yield now
