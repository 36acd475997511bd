"""The account's statement: every entry in words, with the balance after it, the newest first.

A page costs the same however long the statement is: the link to the next page carries the balance that it
begins with, signed, so nothing is added up again.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core import signing

from accounts.models import User
from billing.models import Account, Entry, Lot

ROWS = 25
SALT = "billing.statement"


@dataclass(frozen=True)
class Line:
    when: datetime
    words: str
    reason: str
    change: int
    balance: int


@dataclass(frozen=True)
class Statement:
    available: int
    held: int
    lines: list[Line]
    older: str  # where the next page begins; empty on the last


class NoSuchPage(Exception):
    """The link to this page of the statement was not made here."""


def page(user: User, *, begin: str = "") -> Statement:
    """A page of the user's statement. Who never had a credit has an empty one, and still no account."""
    account = Account.objects.filter(user=user).first()
    if account is None:
        if begin:
            raise NoSuchPage
        return Statement(0, 0, [], "")
    entries = Entry.objects.filter(account=account).select_related("lot").order_by("-pk")
    balance = account.available
    if begin:
        before, balance = _opened(account, begin)
        entries = entries.filter(pk__lt=before)
    found = list(entries[: ROWS + 1])
    lines = []
    for entry in found[:ROWS]:
        lines.append(Line(entry.created_at, words(entry), entry.reason, entry.d_available, balance))
        balance -= entry.d_available
    older = signing.dumps([account.pk, found[ROWS - 1].pk, balance], salt=SALT) if len(found) > ROWS else ""
    return Statement(account.available, account.held, lines, older)


def _opened(account: Account, begin: str) -> tuple[int, int]:
    try:
        owner, before, balance = signing.loads(begin, salt=SALT)
    except (signing.BadSignature, ValueError):
        raise NoSuchPage from None
    if owner != account.pk:
        raise NoSuchPage
    return before, balance


def words(entry: Entry) -> str:
    if entry.kind == Entry.Kind.GRANT:
        return _granted(entry)
    return WORDS[Entry.Kind(entry.kind)]


def _granted(entry: Entry) -> str:
    return {
        Lot.Kind.PURCHASE: "Bought",
        Lot.Kind.GOODWILL: "Given by us",
        Lot.Kind.PROMOTION: "A present",
    }[Lot.Kind(entry.lot.kind)]


WORDS = {
    Entry.Kind.HOLD: "Set aside for a portrait",
    Entry.Kind.CAPTURE: "Portrait delivered: what was set aside is spent",
    Entry.Kind.RELEASE: "No portrait came of it: what was set aside is back",
    Entry.Kind.RESTORE: "Given back for a delivered portrait",
    Entry.Kind.REVOKE: "Taken out with its money",
    Entry.Kind.UNREVOKE: "Back again: its money did not go",
    Entry.Kind.FREEZE: "Resting: cannot be spent for the time being",
    Entry.Kind.UNFREEZE: "Awake: can be spent again",
    Entry.Kind.ADJUST: "Put right by us",
}
