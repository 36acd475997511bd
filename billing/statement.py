"""The account's statement: every entry in words, with the balance after it, the newest first.

A page costs the same however long the statement is: the link to the next page carries the balance that it
begins with, signed, so nothing is added up again.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core import signing

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
    lines: list[Line]
    older: str  # where the next page begins; empty on the last


class NoSuchPage(Exception):
    """The link to this page of the statement was not made here."""


def page(account: Account, *, begin: str = "") -> Statement:
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
    return Statement(lines, older)


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
    Entry.Kind.FREEZE: "Resting while a bank disputes the payment",
    Entry.Kind.UNFREEZE: "Free again: the dispute has ended",
    Entry.Kind.ADJUST: "Put right by us",
}
