"""Credits move once, come back where they came from, and are never lost."""

import uuid
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from billing import ledger
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

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

KEY = "grant:one"


def buy(account: Account, credits: int = 20, key: str = KEY, cents: int = 2900) -> Lot:  # noqa: A002
    return ledger.grant(
        account=account, credits=credits, kind=Lot.Kind.PURCHASE, key=key, payment_ref=key, paid_cents=cents
    )


def balance(account: Account) -> tuple[int, int]:
    account.refresh_from_db()
    return account.available, account.held


def remaining(lot: Lot) -> int:
    lot.refresh_from_db()
    return lot.remaining


def test_an_erasure_takes_the_reasons_out_and_nothing_else(account: Account) -> None:
    lot = buy(account)
    ledger.release(hold_id=ledger.hold(account=account, subject=uuid.uuid4()).id, reason="My nose.")
    ledger.revoke(lot=lot, credits=1, key="revoke:one", reason="I lost my job.")
    before = [{**row, "reason": ""} for row in Entry.objects.values()]
    ledger.erase_words(account=account)
    assert list(Entry.objects.values()) == before


def test_a_pack_is_granted_once(account: Account) -> None:
    assert buy(account) == buy(account)
    assert balance(account) == (20, 0)
    assert Entry.objects.count() == 1


def test_a_key_belongs_to_one_move(account: Account) -> None:
    lot = buy(account)
    with pytest.raises(KeyTaken):
        ledger.revoke(lot=lot, credits=1, key=KEY)


def test_a_delivered_portrait_costs_one_credit(account: Account) -> None:
    lot = buy(account)
    held = ledger.hold(account=account, subject=uuid.uuid4())
    assert balance(account) == (19, 1)
    for _ in range(2):
        ledger.capture(hold_id=held.id)
    assert balance(account) == (19, 0)
    assert remaining(lot) == 19
    with pytest.raises(HoldEnded):
        ledger.release(hold_id=held.id)


def test_a_failed_portrait_costs_nothing_and_can_be_approved_again(account: Account) -> None:
    lot, portrait = buy(account), uuid.uuid4()
    first = ledger.hold(account=account, subject=portrait)
    for _ in range(2):
        ledger.release(hold_id=first.id)
    assert (balance(account), remaining(lot)) == ((20, 0), 20)
    with pytest.raises(HoldEnded):
        ledger.capture(hold_id=first.id)
    again = ledger.hold(account=account, subject=portrait)
    assert again.id != first.id
    assert ledger.hold(account=account, subject=portrait) == again  # a double click
    assert balance(account) == (19, 1)


def test_without_credits_there_is_no_hold(account: Account) -> None:
    buy(account, credits=1)
    ledger.hold(account=account, subject=uuid.uuid4())
    with pytest.raises(NoCredits):
        ledger.hold(account=account, subject=uuid.uuid4())
    assert Hold.objects.count() == 1


def test_the_oldest_credits_go_first_and_come_back_to_their_lot(account: Account) -> None:
    old, new = buy(account, credits=1), buy(account, credits=5, key="grant:two")
    first, second = (ledger.hold(account=account, subject=uuid.uuid4()) for _ in range(2))
    assert (first.lot, second.lot) == (old, new)
    ledger.release(hold_id=second.id)
    assert (remaining(old), remaining(new)) == (0, 5)


def test_a_portrait_that_is_not_me_gives_its_credit_back_once(account: Account) -> None:
    lot = buy(account)
    held = ledger.hold(account=account, subject=uuid.uuid4())
    with pytest.raises(NotCaptured):
        ledger.restore(hold_id=held.id)
    ledger.capture(hold_id=held.id)
    for _ in range(2):
        ledger.restore(hold_id=held.id, reason="does not look like me")
    assert (balance(account), remaining(lot)) == ((20, 0), 20)


def test_money_takes_back_exactly_what_is_unspent(account: Account) -> None:
    lot = buy(account, credits=3, cents=1000)
    held = ledger.hold(account=account, subject=uuid.uuid4())
    assert ledger.refundable_cents(lot=lot, credits=2) == 666
    with pytest.raises(NotThatMany):
        ledger.revoke(lot=lot, credits=3, key="revoke:a", cents=1000)
    with pytest.raises(NotThatMany):
        ledger.revoke(lot=lot, credits=2, key="revoke:a", cents=1001)
    ledger.revoke(lot=lot, credits=2, key="revoke:a", cents=666)
    assert (balance(account), remaining(lot), lot.state) == ((0, 1), 0, Lot.State.CLOSED)
    # The one that was being rendered fails afterwards: its lot has gone, so it comes back as goodwill.
    ledger.release(hold_id=held.id)
    given = account.lots.get(kind=Lot.Kind.GOODWILL)
    assert (balance(account), given.remaining, given.paid_cents) == ((1, 0), 1, 0)


@pytest.mark.parametrize("cuts", [(1, 1, 1), (2, 1), (1, 2), (3,)])
def test_not_a_cent_is_lost_or_made_over_several_refunds(account: Account, cuts: tuple[int, ...]) -> None:
    lot, paid = buy(account, credits=3, cents=1000), 0
    for number, cut in enumerate(cuts):
        lot.refresh_from_db()
        cents = ledger.refundable_cents(lot=lot, credits=cut)
        ledger.revoke(lot=lot, credits=cut, key=f"revoke:{number}", cents=cents)
        paid += cents
    assert paid == 1000


def test_a_refund_that_fails_later_gives_the_credits_back(account: Account) -> None:
    lot = buy(account)
    ledger.revoke(lot=lot, credits=20, key="revoke:a", cents=2900)
    for _ in range(2):
        ledger.revoke(lot=lot, credits=20, key="revoke:a", cents=2900)
        ledger.unrevoke(lot=lot, key="unrevoke:a", undone="revoke:a", cents=2900)
    lot.refresh_from_db()
    assert (balance(account), lot.remaining, lot.refunded_cents, lot.state) == ((20, 0), 20, 0, "open")


def test_a_disputed_purchase_is_frozen_and_thaws_when_it_is_won(account: Account) -> None:
    lot = buy(account)
    held = ledger.hold(account=account, subject=uuid.uuid4())
    for _ in range(2):
        ledger.freeze(lot=lot, key="freeze:d")
    assert balance(account) == (0, 1)
    with pytest.raises(NoCredits):
        ledger.hold(account=account, subject=uuid.uuid4())
    with pytest.raises(NotFrozen):
        ledger.freeze(lot=lot, key="freeze:other")
    ledger.release(hold_id=held.id)  # into the frozen lot
    assert (balance(account), remaining(lot)) == ((0, 0), 20)
    for _ in range(2):
        ledger.unfreeze(lot=lot, key="unfreeze:d")
    assert balance(account) == (20, 0)
    with pytest.raises(NotFrozen):
        ledger.unfreeze(lot=lot, key="unfreeze:other")


def test_a_lost_dispute_takes_what_is_left_and_never_more(account: Account) -> None:
    lot = buy(account)
    held = ledger.hold(account=account, subject=uuid.uuid4())
    ledger.capture(hold_id=held.id)
    ledger.freeze(lot=lot, key="freeze:d")
    ledger.revoke(lot=lot, credits=19, key="revoke:d")
    assert (balance(account), remaining(lot)) == ((0, 0), 0)
    ledger.unrevoke(lot=lot, key="unrevoke:d", undone="revoke:d")
    assert balance(account) == (19, 0)
    ledger.revoke(lot=lot, credits=19, key="revoke:e")
    for act in (ledger.freeze, ledger.unfreeze):  # of a closed lot: nothing is left to do
        act(lot=lot, key=f"{act.__name__}:late")
    assert balance(account) == (0, 0)


def test_a_frozen_revoke_can_be_undone_while_frozen(account: Account) -> None:
    lot = buy(account)
    ledger.freeze(lot=lot, key="freeze:d")
    ledger.revoke(lot=lot, credits=5, key="revoke:d")
    ledger.unrevoke(lot=lot, key="unrevoke:d", undone="revoke:d")
    assert (balance(account), remaining(lot)) == ((0, 0), 20)
    ledger.unfreeze(lot=lot, key="unfreeze:d")
    assert balance(account) == (20, 0)


@pytest.mark.usefixtures("committed")
def test_outside_a_transaction_nothing_moves(account: Account) -> None:
    with pytest.raises(OutsideTransaction):
        buy(account)


TAMPERING = (
    "UPDATE billing_entry SET d_available = 99, d_outside = -99",
    "UPDATE billing_entry SET reason = 'nothing happened'",
    "UPDATE billing_entry SET reason = '', d_remaining = 0",
    "UPDATE billing_entry SET reason = '', actor = 'nobody'",
    "UPDATE billing_entry SET reason = '', hold_id = NULL WHERE hold_id IS NOT NULL",
    "DELETE FROM billing_entry",
    "UPDATE billing_account SET available = -1",
    "DELETE FROM billing_account",
    "UPDATE billing_lot SET granted = 99",
    "UPDATE billing_lot SET paid_cents = 1",
    "UPDATE billing_lot SET remaining = 21",
    "DELETE FROM billing_lot",
    "UPDATE billing_hold SET state = 'open' WHERE state = 'captured'",
    "UPDATE billing_hold SET amount = 2",
    "DELETE FROM billing_hold",
)


@pytest.mark.dialect
@pytest.mark.parametrize("statement", TAMPERING)
def test_the_database_refuses_to_change_the_past(account: Account, statement: str) -> None:
    """Input 25 of the design, and what else a stranger at the console might try."""
    buy(account)
    ledger.capture(hold_id=ledger.hold(account=account, subject=uuid.uuid4()).id)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.dialect
@pytest.mark.usefixtures("committed")
def test_truncate_is_refused_too(account: Account) -> None:
    if connection.vendor != "postgresql":
        return  # SQLite has no TRUNCATE
    with transaction.atomic():
        buy(account)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE billing_entry CASCADE")


@pytest.mark.dialect
def test_one_living_hold_a_subject_and_one_entry_a_key(account: Account) -> None:
    lot = buy(account)
    held = ledger.hold(account=account, subject=uuid.uuid4())
    entry = Entry.objects.first()
    assert entry is not None
    twice: tuple[Callable[[], object], ...] = (
        lambda: Hold.objects.create(account=account, lot=lot, subject=held.subject),
        lambda: Entry.objects.create(
            account=account, lot=lot, kind=Entry.Kind.ADJUST, key=entry.key, actor="x"
        ),
        lambda: Entry.objects.create(
            account=account, lot=lot, kind=Entry.Kind.ADJUST, key="new", actor="x", d_available=1
        ),
    )
    for act in twice:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
