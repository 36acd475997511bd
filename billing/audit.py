"""Recompute every balance and every rule from the entries, and name what is off."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing import allowance, ledger, payers
from billing.models import Account, Entry, Hold, Lot


@dataclass(frozen=True)
class Finding:
    """One thing that does not add up. `key` is of its flag; two findings of one key are one to look at."""

    what: str
    row: str
    stored: int
    recomputed: int
    key: str = ""


def audit() -> list[Finding]:
    """Everything that is off; an empty list is a clean ledger."""
    return [*_accounts(), *_lots(), *_holds(), *_returns(), *_payers()]


def _total(entries: QuerySet[Entry], by: str, column: str) -> Coalesce:
    """Sum of one column of the entries of the outer row."""
    of_it = entries.filter(**{by: OuterRef("pk")}).order_by().values(by)
    sums = of_it.annotate(sum=Sum(column)).values("sum")
    return Coalesce(Subquery(sums, output_field=IntegerField()), 0)


def _accounts() -> Iterator[Finding]:
    entries = Entry.objects.all()
    lots = Lot.objects.filter(state=Lot.State.OPEN, account=OuterRef("pk")).order_by().values("account")
    holds = Hold.objects.filter(state=Hold.State.OPEN, account=OuterRef("pk")).order_by().values("account")
    rows: QuerySet[Any] = Account.objects.annotate(
        entries_available=_total(entries, "account", "d_available"),
        entries_held=_total(entries, "account", "d_held"),
        lots_available=Coalesce(
            Subquery(lots.annotate(sum=Sum("remaining")).values("sum"), output_field=IntegerField()), 0
        ),
        holds_held=Coalesce(
            Subquery(holds.annotate(sum=Sum("amount")).values("sum"), output_field=IntegerField()), 0
        ),
    ).exclude(
        entries_available=F("available"),
        entries_held=F("held"),
        lots_available=F("available"),
        holds_held=F("held"),
    )
    for row in rows:
        for what, stored, found in (
            ("available, by entries", row.available, row.entries_available),
            ("available, by open lots", row.available, row.lots_available),
            ("held, by entries", row.held, row.entries_held),
            ("held, by open holds", row.held, row.holds_held),
        ):
            if stored != found:
                yield Finding(what, str(row), stored, found)


def _lots() -> Iterator[Finding]:
    entries = Entry.objects.all()
    grants = entries.filter(kind=Entry.Kind.GRANT)
    money = entries.filter(kind__in=[Entry.Kind.REVOKE, Entry.Kind.UNREVOKE])
    rows: QuerySet[Any] = Lot.objects.annotate(
        entries_remaining=_total(entries, "lot", "d_remaining"),
        entries_granted=_total(grants, "lot", "d_available"),
        entries_taken=_total(money, "lot", "d_remaining"),
    ).exclude(
        entries_remaining=F("remaining"),
        entries_granted=F("granted"),
        entries_taken=-F("refunded_credits"),
    )
    for row in rows:
        for what, stored, found in (
            ("remaining of the lot", row.remaining, row.entries_remaining),
            ("granted by the lot", row.granted, row.entries_granted),
            ("refunded of the lot", row.refunded_credits, -row.entries_taken),
        ):
            if stored != found:
                yield Finding(what, str(row), stored, found)


def _holds() -> Iterator[Finding]:
    """Each hold has the entries of the state that it is in, and no other."""

    def count(kind: Entry.Kind) -> Count:
        return Count("entries", filter=Q(entries__kind=kind))

    rows: QuerySet[Any] = Hold.objects.annotate(
        begun=count(Entry.Kind.HOLD), captured=count(Entry.Kind.CAPTURE), released=count(Entry.Kind.RELEASE)
    ).exclude(
        Q(begun=1)
        & (
            Q(state=Hold.State.OPEN, captured=0, released=0)
            | Q(state=Hold.State.CAPTURED, captured=1, released=0)
            | Q(state=Hold.State.RELEASED, captured=0, released=1)
        )
    )
    for row in rows:
        ends = int(row.state != Hold.State.OPEN)
        yield Finding("entries of the hold", str(row), 1 + ends, row.begun + row.captured + row.released)


def _returns() -> Iterator[Finding]:
    """No return and no refund of ours has left more portraits given back than half of what stays paid."""
    returners = Entry.objects.filter(kind=Entry.Kind.RESTORE, actor=ledger.OWNER).values("account")
    counted = Entry.objects.filter(allowance.PAID | allowance.RETURNED, account__in=returners)
    rows = counted.select_related("account").order_by("account_id", "pk")
    for account, entries in groupby(rows.iterator(), key=lambda entry: entry.account):
        over = [found for found in allowance.decisions(entries) if not found.is_kept]
        if over:
            worst = max(over, key=lambda found: found.returned - found.most)
            yield Finding("given back, at most by rule", str(account), worst.returned, worst.most)


def _payers() -> Iterator[Finding]:
    """Nor have several accounts of one payer together, unless a person has looked at it."""
    for payer in payers.several():
        if payer.is_over:
            together = payer.together
            yield Finding(
                "given back, at most by rule", f"payer {payer.known_as}", together.returned, together.most,
                payer.key,
            )  # fmt: skip
