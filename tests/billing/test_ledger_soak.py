"""Movers of credits, killed at any moment: not one credit is lost or made. A careless one is found out."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection, transaction

from billing import ledger, triggers
from billing.audit import audit
from billing.models import Account, Entry, Hold, Lot
from tests.jobs.house import ROOT, database_url

pytestmark = [pytest.mark.slow, pytest.mark.rows, pytest.mark.usefixtures("committed")]

KILLS = int(os.environ.get("SOAK_KILLS", "6"))
MOVERS = 2
CREDITS = 1000


@contextmanager
def movers(account: Account, seed: int, how: str) -> Iterator[None]:
    """Two processes that move credits; killed on leaving."""
    command = [sys.executable, "-m", "tests.billing.movers", str(account.pk)]
    environment = {**os.environ, "DATABASE_URL": database_url(), "SECRET_KEY": settings.SECRET_KEY}
    started = [
        subprocess.Popen(
            [*command, str(seed + number), how], cwd=ROOT, env=environment, stdout=subprocess.PIPE
        )
        for number in range(MOVERS)
    ]
    try:
        for one in started:
            assert one.stdout is not None
            assert one.stdout.readline() == b"moving\n"
        yield
    finally:
        for one in started:
            one.kill()
            one.wait()
            if one.stdout:
                one.stdout.close()


def soak(account: Account, how: str, kills: int) -> int:
    """Let them move for a moment and kill them, again and again; how often the audit found something."""
    dice = random.Random(5)
    found = 0
    for number in range(kills):
        with movers(account, 10 * number, how):
            time.sleep(dice.uniform(0.05, 0.6))
        found += bool(audit())
    return found


@pytest.mark.soak
@pytest.mark.dialect
def test_killed_movers_lose_and_make_no_credit(account: Account) -> None:
    with transaction.atomic():
        lot = ledger.grant(account=account, credits=CREDITS, kind=Lot.Kind.GOODWILL, key="soak")
    assert soak(account, "careful", KILLS) == 0
    lot.refresh_from_db()
    account.refresh_from_db()
    spent = sum(
        hold.entries.filter(kind="restore").count() == 0
        for hold in Hold.objects.filter(state=Hold.State.CAPTURED)
    )
    assert account.available + account.held + spent == CREDITS
    assert Hold.objects.count() > KILLS  # they did move


def test_a_careless_mover_is_found(account: Account) -> None:
    with transaction.atomic():
        ledger.grant(account=account, credits=CREDITS, kind=Lot.Kind.GOODWILL, key="soak")
    assert soak(account, "careless", 3)
    triggers.remove(connection)  # what is wrong goes, before every test's own audit
    for rows in (Entry.objects.all(), Lot.objects.all(), Account.objects.all()):
        rows.delete()
    triggers.install(connection)
