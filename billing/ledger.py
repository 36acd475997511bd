"""The only writer of credits. Every move is one entry, made once, inside the caller's transaction.

Locks are taken in one order: account, lot, hold. One customer's moves are serial; customers never wait for
each other. A hold remembers its lot, and what is given back returns there; so the unspent credits of a
purchase are exactly `lot.remaining`. A lot whose money was given back takes nothing more: its credits come
back as goodwill.
"""

import uuid

from django.db import connection

from accounts.models import User
from billing import currencies
from billing.errors import (
    HoldEnded,
    KeyTaken,
    NoCredits,
    NotCaptured,
    NotFrozen,
    NotThatMany,
    OutsideTransaction,
)
from billing.models import Account, Entry, Hold, Lot

SYSTEM = "system"
OWNER = "owner"
"""Who moves a credit: the site by itself, or the account's own person. Staff are `user` and a number."""


def account_of(*, user: User) -> Account:
    """The user's account, opened at the first call."""
    return Account.objects.get_or_create(user=user)[0]


def grant(
    *,
    account: Account,
    credits: int,  # noqa: A002  (the word for it)
    kind: Lot.Kind,
    key: str,
    payment_ref: str | None = None,
    paid_cents: int = 0,
    currency: str = "usd",
    actor: str = SYSTEM,
    reason: str = "",
) -> Lot:
    """A new lot of credits. The same key again returns the same lot."""
    account = _locked(account.pk)
    if made := _made(key, Entry.Kind.GRANT, account):
        return made.lot
    lot = Lot.objects.create(
        account=account,
        kind=kind,
        payment_ref=payment_ref,
        granted=credits,
        remaining=0,
        paid_cents=paid_cents,
        currency=currency,
    )
    _move(
        account, lot, Entry.Kind.GRANT, key, available=credits, outside=-credits, actor=actor, reason=reason
    )
    return lot


def hold(*, account: Account, subject: uuid.UUID, amount: int = 1, actor: str = SYSTEM) -> Hold:
    """Set credits aside for a portrait, of the oldest lot that has them. One hold lives for one subject."""
    account = _locked(account.pk)
    living = (Hold.State.OPEN, Hold.State.CAPTURED)
    if found := account.holds.filter(subject=subject, state__in=living).first():
        return found
    lot = account.lots.spendable().filter(remaining__gte=amount).select_for_update().first()
    if lot is None:
        raise NoCredits
    made = Hold.objects.create(account=account, lot=lot, subject=subject, amount=amount)
    _move(
        account,
        lot,
        Entry.Kind.HOLD,
        f"hold:{made.id}",
        hold=made,
        available=-amount,
        held=amount,
        actor=actor,
    )
    return made


def capture(*, hold_id: uuid.UUID, actor: str = SYSTEM) -> None:
    """The portrait is delivered: its credit is spent. A second time changes nothing."""
    account, lot, found = _locked_hold(hold_id)
    if _end(found, Hold.State.CAPTURED):
        _move(
            account, lot, Entry.Kind.CAPTURE, f"capture:{found.id}", hold=found, held=-found.amount,
            spent=found.amount, actor=actor,
        )  # fmt: skip


def release(*, hold_id: uuid.UUID, actor: str = SYSTEM, reason: str = "") -> None:
    """There is no portrait: its credit comes back. A second time changes nothing."""
    account, lot, found = _locked_hold(hold_id)
    if _end(found, Hold.State.RELEASED):
        _give_back(account, lot, found, Entry.Kind.RELEASE, actor=actor, reason=reason)


def restore(*, hold_id: uuid.UUID, actor: str = SYSTEM, reason: str = "") -> None:
    """A spent credit comes back. A second time changes nothing.

    How often the account's own person may have that is for allowance.py to say.
    """
    account, lot, found = _locked_hold(hold_id)
    if found.state != Hold.State.CAPTURED:
        raise NotCaptured
    if not _made(f"restore:{found.id}", Entry.Kind.RESTORE, account):
        _give_back(account, lot, found, Entry.Kind.RESTORE, actor=actor, reason=reason)


def revoke(
    *,
    lot: Lot,
    credits: int,  # noqa: A002
    key: str,
    cents: int = 0,
    actor: str = SYSTEM,
    reason: str = "",
) -> None:
    """Take unspent credits of a lot out, for money or for a lost dispute. An emptied lot is closed."""
    account, lot = _locked_lot(lot.pk)
    if _made(key, Entry.Kind.REVOKE, account):
        return
    if not 0 < credits <= lot.remaining or cents > lot.paid_cents - lot.refunded_cents:
        raise NotThatMany
    frozen = lot.state == Lot.State.FROZEN
    lot.refunded_credits += credits
    lot.refunded_cents += cents
    if lot.remaining == credits:
        lot.state = Lot.State.CLOSED
    _move(
        account, lot, Entry.Kind.REVOKE, key, available=0 if frozen else -credits,
        outside=0 if frozen else credits, remaining=-credits, actor=actor, reason=reason,
    )  # fmt: skip


def unrevoke(
    *, lot: Lot, key: str, undone: str, cents: int = 0, actor: str = SYSTEM, reason: str = ""
) -> None:
    """The refund failed after all: what the move of the key `undone` took comes back."""
    account, lot = _locked_lot(lot.pk)
    if _made(key, Entry.Kind.UNREVOKE, account):
        return
    taken = Entry.objects.get(key=undone, kind=Entry.Kind.REVOKE, lot=lot)
    credits = -taken.d_remaining  # noqa: A001
    lot.refunded_credits -= credits
    lot.refunded_cents -= cents
    if lot.state == Lot.State.CLOSED:
        lot.state = Lot.State.OPEN
    frozen = lot.state == Lot.State.FROZEN
    _move(
        account, lot, Entry.Kind.UNREVOKE, key, available=0 if frozen else credits,
        outside=0 if frozen else -credits, remaining=credits, actor=actor, reason=reason,
    )  # fmt: skip


def freeze(*, lot: Lot, key: str, actor: str = SYSTEM, reason: str = "") -> None:
    """A dispute is open: what is left of the lot cannot be spent."""
    account, lot = _locked_lot(lot.pk)
    if _made(key, Entry.Kind.FREEZE, account) or lot.state == Lot.State.CLOSED:
        return
    if lot.state != Lot.State.OPEN:
        raise NotFrozen
    lot.state = Lot.State.FROZEN
    left = lot.remaining
    _move(
        account, lot, Entry.Kind.FREEZE, key, available=-left, outside=left, remaining=0, actor=actor,
        reason=reason,
    )  # fmt: skip


def unfreeze(*, lot: Lot, key: str, actor: str = SYSTEM, reason: str = "") -> None:
    """The dispute is won: what is left can be spent again."""
    account, lot = _locked_lot(lot.pk)
    if _made(key, Entry.Kind.UNFREEZE, account) or lot.state == Lot.State.CLOSED:
        return
    if lot.state != Lot.State.FROZEN:
        raise NotFrozen
    lot.state = Lot.State.OPEN
    left = lot.remaining
    _move(
        account, lot, Entry.Kind.UNFREEZE, key, available=left, outside=-left, remaining=0, actor=actor,
        reason=reason,
    )  # fmt: skip


def refundable_cents(*, lot: Lot, credits: int) -> int:  # noqa: A002
    """Money for so many unspent credits; over all refunds of a lot not a cent is lost or made."""
    gone = lot.refunded_credits + credits
    if gone == lot.granted:
        return lot.paid_cents - lot.refunded_cents
    return currencies.of(lot.currency).floor(lot.paid_cents * gone // lot.granted) - lot.refunded_cents


def erase_words(*, account: Account) -> None:
    """Take the reasons out of an erased account's entries: all that the database lets anybody change."""
    account = _locked(account.pk)
    Entry.objects.filter(account=account).exclude(reason="").update(reason="")


def _locked(pk: int) -> Account:
    if not connection.in_atomic_block:
        raise OutsideTransaction
    return Account.objects.select_for_update().get(pk=pk)


def _locked_lot(pk: int) -> tuple[Account, Lot]:
    account = _locked(Lot.objects.values_list("account", flat=True).get(pk=pk))
    return account, Lot.objects.select_for_update().get(pk=pk)


def _locked_hold(pk: uuid.UUID) -> tuple[Account, Lot, Hold]:
    account, lot = _locked_lot(Hold.objects.values_list("lot", flat=True).get(pk=pk))
    return account, lot, Hold.objects.select_for_update().get(pk=pk)


def _made(key: str, kind: Entry.Kind, account: Account) -> Entry | None:
    """The move of that key, if it was made; the account is locked, so nobody makes it meanwhile."""
    found = Entry.objects.select_related("lot").filter(key=key).first()
    if found is not None and (found.kind != kind or found.account_id != account.pk):
        raise KeyTaken(f"{key} is a {found.kind} of account {found.account_id}.")
    return found


def _end(found: Hold, state: Hold.State) -> bool:
    """Whether the hold ends now; it may have ended so before, but not otherwise."""
    if found.state == state:
        return False
    if found.state != Hold.State.OPEN:
        raise HoldEnded(f"Hold {found.id} is {found.state}, and was to be {state}.")
    found.state = state
    found.save(update_fields=["state"])
    return True


def _give_back(account: Account, lot: Lot, found: Hold, kind: Entry.Kind, *, actor: str, reason: str) -> None:
    """Return a hold's credits to their lot; out of a frozen lot they stay outside, of a closed one they are
    goodwill."""
    amount = found.amount
    held, spent = (-amount, 0) if kind == Entry.Kind.RELEASE else (0, -amount)
    usable = lot.state == Lot.State.OPEN
    _move(
        account, lot, kind, f"{kind}:{found.id}", hold=found, held=held, spent=spent,
        available=amount if usable else 0, outside=0 if usable else amount,
        remaining=0 if lot.state == Lot.State.CLOSED else amount, actor=actor, reason=reason,
    )  # fmt: skip
    if lot.state == Lot.State.CLOSED:
        words = reason or "The credit's purchase was refunded meanwhile."
        grant(
            account=account, credits=amount, kind=Lot.Kind.GOODWILL, key=f"goodwill:{kind}:{found.id}",
            currency=lot.currency, actor=actor, reason=words,
        )  # fmt: skip


def _move(
    account: Account,
    lot: Lot,
    kind: Entry.Kind,
    key: str,
    *,
    hold: Hold | None = None,
    available: int = 0,
    held: int = 0,
    spent: int = 0,
    outside: int = 0,
    remaining: int | None = None,
    actor: str,
    reason: str = "",
) -> None:
    """Write the entry, and bring the three caches after it."""
    remaining = available if remaining is None else remaining
    account.refresh_from_db(fields=["available", "held"])
    account.available += available
    account.held += held
    lot.remaining += remaining
    lot.save(update_fields=["remaining", "state", "refunded_credits", "refunded_cents"])
    account.save(update_fields=["available", "held"])
    Entry.objects.create(
        account=account, lot=lot, hold=hold, kind=kind, key=key, actor=actor, reason=reason,
        d_available=available, d_held=held, d_spent=spent, d_outside=outside, d_remaining=remaining,
    )  # fmt: skip
