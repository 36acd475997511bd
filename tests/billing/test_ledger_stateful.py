"""Whatever is done in whatever order, the ledger adds up, and agrees with a model that is ten lines long."""

import os
import uuid

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from accounts.models import User
from billing import ledger
from billing.audit import audit
from billing.errors import LedgerError, NoCredits
from billing.models import Hold, Lot

EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "60"))
STEPS = 12


class Ledger(RuleBasedStateMachine):
    """Credits as three plain numbers beside the real thing."""

    @initialize()
    def open(self) -> None:
        user = User.objects.create_user(f"{uuid.uuid4()}@example.org", "x")
        self.account = ledger.account_of(user=user)
        self.granted = self.taken = 0
        self.number = 0

    def key(self, word: str) -> str:
        self.number += 1
        return f"{word}:{self.account.pk}:{self.number}"

    def lots(self, *states: str) -> list[Lot]:
        return list(self.account.lots.filter(state__in=states).order_by("pk"))

    def holds(self, state: str) -> list[Hold]:
        return list(self.account.holds.filter(state=state).order_by("created_at"))

    @rule(credits=st.integers(1, 4), cents=st.integers(0, 3000), kind=st.sampled_from(list(Lot.Kind)))
    def grant(self, credits: int, cents: int, kind: Lot.Kind) -> None:  # noqa: A002
        paid = cents if kind == Lot.Kind.PURCHASE else 0
        ledger.grant(account=self.account, credits=credits, kind=kind, key=self.key("grant"), paid_cents=paid)
        self.granted += credits

    @rule()
    def hold(self) -> None:
        self.account.refresh_from_db()
        try:
            ledger.hold(account=self.account, subject=uuid.uuid4())
        except NoCredits:
            assert self.account.available == 0
        else:
            assert self.account.available > 0

    @precondition(lambda self: self.holds("open"))
    @rule(which=st.integers(0, 9), ends=st.sampled_from([ledger.capture, ledger.release]))
    def end(self, which: int, ends: object) -> None:
        found = self.holds("open")
        hold = found[which % len(found)]
        closed = Lot.objects.get(pk=hold.lot_id).state == Lot.State.CLOSED
        ends(hold_id=hold.id)  # type: ignore[operator]
        if ends is ledger.release and closed:
            self.granted += hold.amount  # goodwill
            self.taken += hold.amount

    @precondition(lambda self: self.holds("captured"))
    @rule(which=st.integers(0, 9))
    def restore(self, which: int) -> None:
        found = self.holds("captured")
        hold = found[which % len(found)]
        again = hold.entries.filter(kind="restore").exists()
        closed = Lot.objects.get(pk=hold.lot_id).state == Lot.State.CLOSED
        ledger.restore(hold_id=hold.id)
        if closed and not again:
            self.granted += hold.amount
            self.taken += hold.amount

    @precondition(lambda self: self.lots("open", "frozen"))
    @rule(which=st.integers(0, 9), credits=st.integers(1, 4))
    def revoke(self, which: int, credits: int) -> None:  # noqa: A002
        found = self.lots("open", "frozen")
        lot = found[which % len(found)]
        cents = ledger.refundable_cents(lot=lot, credits=min(credits, lot.remaining))
        try:
            ledger.revoke(lot=lot, credits=credits, key=self.key("revoke"), cents=cents)
        except LedgerError:
            assert credits > lot.remaining
        else:
            self.taken += credits

    @precondition(lambda self: self.lots("open"))
    @rule(which=st.integers(0, 9))
    def freeze(self, which: int) -> None:
        found = self.lots("open")
        ledger.freeze(lot=found[which % len(found)], key=self.key("freeze"))

    @precondition(lambda self: self.lots("frozen"))
    @rule(which=st.integers(0, 9))
    def unfreeze(self, which: int) -> None:
        found = self.lots("frozen")
        ledger.unfreeze(lot=found[which % len(found)], key=self.key("unfreeze"))

    @invariant()
    def it_adds_up(self) -> None:
        if not hasattr(self, "account"):
            return
        self.account.refresh_from_db()
        remaining = self.account.lots.aggregate(sum=Sum("remaining"))["sum"] or 0
        spent = self.account.entries.aggregate(sum=Sum("d_spent"))["sum"] or 0
        assert remaining + self.account.held + spent + self.taken == self.granted

    def teardown(self) -> None:
        assert audit() == []


Ledger.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
@pytest.mark.soak
class TestLedger(Ledger.TestCase, TestCase):  # type: ignore[misc, valid-type]
    """Each example in a transaction of its own, rolled back."""

    def setUp(self) -> None:
        assert connection.in_atomic_block
