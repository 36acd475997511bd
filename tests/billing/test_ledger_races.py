"""Sixteen at once: five credits buy five portraits. A careless ledger fails the same test."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from billing import ledger
from billing.errors import LedgerError, NoCredits
from billing.models import Account, Entry, Hold, Lot

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.usefixtures("committed")]

THREADS = 16


def at_once(act: Callable[[int], object]) -> list[object]:
    """Do it in sixteen threads that begin together; results, or what was raised."""
    barrier = Barrier(THREADS)

    def one(number: int) -> object:
        barrier.wait(timeout=30)
        try:
            with transaction.atomic():
                return act(number)
        except LedgerError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def buy(account: Account, credits: int) -> Lot:  # noqa: A002
    with transaction.atomic():
        return ledger.grant(
            account=account, credits=credits, kind=Lot.Kind.GOODWILL, key=f"grant:{uuid.uuid4()}"
        )


def test_sixteen_approvals_with_five_credits_are_five_holds(account: Account) -> None:
    """Input 11."""
    buy(account, 5)
    ended = at_once(lambda number: ledger.hold(account=account, subject=uuid.uuid4()))
    assert sum(isinstance(one, Hold) for one in ended) == 5
    assert sum(isinstance(one, NoCredits) for one in ended) == 11
    account.refresh_from_db()
    assert (account.available, account.held) == (0, 5)


def test_one_portrait_approved_sixteen_times_is_one_hold(account: Account) -> None:
    """Input 10."""
    buy(account, 5)
    portrait = uuid.uuid4()
    ended = at_once(lambda number: ledger.hold(account=account, subject=portrait))
    assert {one.id for one in ended if isinstance(one, Hold)} == {Hold.objects.get().id}


def test_one_paid_event_sixteen_times_is_one_grant(account: Account) -> None:
    """Input 1, at the ledger's level."""
    at_once(
        lambda number: ledger.grant(
            account=account,
            credits=20,
            kind=Lot.Kind.PURCHASE,
            key="grant:p",
            payment_ref="p",
            paid_cents=2900,
        )
    )
    account.refresh_from_db()
    assert (account.available, Entry.objects.count()) == (20, 1)


def test_capture_and_release_at_once_end_one_way(account: Account) -> None:
    buy(account, 1)
    with transaction.atomic():
        held = ledger.hold(account=account, subject=uuid.uuid4())
    act = (ledger.capture, ledger.release)
    at_once(lambda number: act[number % 2](hold_id=held.id))
    held.refresh_from_db()
    assert held.entries.exclude(kind="hold").count() == 1
    assert held.state in (Hold.State.CAPTURED, Hold.State.RELEASED)


def test_money_and_holds_at_once_never_share_a_credit(account: Account) -> None:
    """Input 20, at the ledger's level: a refund of what is unspent while portraits are approved."""
    lot = buy(account, 8)

    def act(number: int) -> object:
        if number % 2:
            return ledger.hold(account=account, subject=uuid.uuid4())
        ledger.revoke(lot=lot, credits=1, key=f"revoke:{number}")
        return None

    at_once(act)
    lot.refresh_from_db()
    account.refresh_from_db()
    assert lot.remaining + account.held + lot.refunded_credits == 8


def test_a_careless_ledger_sells_more_than_there_is(account: Account) -> None:
    """The negative control: read, decide, write, without a lock."""
    buy(account, 5)
    approved = []
    together = Barrier(THREADS)

    def careless(number: int) -> None:
        try:
            available = Account.objects.get(pk=account.pk).available
            together.wait(timeout=30)
            if available > 0:
                approved.append(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(careless, range(THREADS)))
    assert len(approved) > 5
