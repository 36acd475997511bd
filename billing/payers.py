"""Several accounts that one card pays for, and that give portraits back: for a person to look at.

The cap of returns is an account's (allowance.py), and whoever pays can open another account. Faces are never
compared across accounts; what they were paid with is, by a keyed hash of the number that Stripe knows a card
by. Nothing is refused for it, because households and companies share a card.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.utils.crypto import salted_hmac

from billing import allowance, flags
from billing.allowance import CREDITS_A_RETURN, Allowance
from billing.models import Account
from billing.payment_models import Flag, Purchase

SALT = "billing.payers"
LENGTH = 32  # hex digits: 128 bits


def known_as(fingerprint: str) -> str:
    """What a purchase keeps of Stripe's fingerprint; nothing where Stripe gives none.

    Keyed, so that a leaked database cannot be held against another shop's.
    """
    if not fingerprint:
        return ""
    return salted_hmac(SALT, fingerprint, algorithm="sha256").hexdigest()[:LENGTH]


@dataclass(frozen=True)
class Payer:
    """All accounts that one card has paid for, taken together."""

    known_as: str
    returners: int  # accounts that gave something back
    together: Allowance

    @property
    def key(self) -> str:
        """Of its flag: one more account that gives back is something new to look at."""
        return f"payer:{self.known_as}:{self.returners}"

    @property
    def is_several(self) -> bool:
        return self.returners > 1

    @property
    def is_striking(self) -> bool:
        """Whether several accounts have had back more than half of what they may."""
        return self.is_several and 2 * CREDITS_A_RETURN * self.together.returned > self.together.paid

    @property
    def is_over(self) -> bool:
        """Whether together they have had back more than they may, and nobody has looked at it yet.

        Each keeps its own cap, so it takes what we cannot refuse: banks and the dashboard took money back.
        """
        settled = Flag.objects.filter(key=self.key, settled_at__isnull=False)
        return self.is_several and not self.together.is_kept and not settled.exists()


def look(account: Account) -> None:
    """Flag the payers of an account that gives back, in the caller's transaction."""
    for name in set(account.purchases.exclude(payer="").values_list("payer", flat=True)):
        _flag(_payer(name))


def look_at_all() -> None:
    """What came together between two looks at one account each."""
    for payer in several():
        _flag(payer)


def several() -> Iterator[Payer]:
    """Everybody who has paid for more than one account."""
    paid = Purchase.objects.exclude(payer="").order_by("payer").values("payer")
    for row in paid.annotate(accounts=Count("account", distinct=True)).filter(accounts__gt=1):
        yield _payer(row["payer"])


def _payer(name: str) -> Payer:
    accounts = Account.objects.filter(purchases__payer=name).distinct()
    each = [allowance.of(account) for account in accounts]
    return Payer(name, sum(one.returned > 0 for one in each), sum(each, Allowance()))


def _flag(payer: Payer) -> None:
    """Of no purchase: to point at one would wait for whoever has locked it, who may wait for our account."""
    if not payer.is_striking:
        return
    flags.put_up(
        key=payer.key,
        sentence=f"{payer.returners} accounts that were paid for by one card have given "
        f"{payer.together.returned} portraits back; {payer.together.paid} of their credits stay paid. "
        f"Search the purchases for {payer.known_as}, and see whether it is one person.",
    )
