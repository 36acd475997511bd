"""How fast credits move, and what a page of a long statement costs; on a database of its own."""

import statistics
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from billing import ledger
from billing.audit import audit
from billing.models import Account, Entry, Lot

THREADS = 4
SECONDS = 5.0
PAGES = 20


class Command(BaseCommand):
    help = "Measure holds with captures a second, and the statement at few and at many entries."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entries", type=int, default=1_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor == "sqlite":  # in memory, its default, threads would not wait for each other
            connection.settings_dict["TEST"]["NAME"] = str(settings.DATA_DIR / "bench_ledger.sqlite3")
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            self.stdout.write(f"{connection.vendor}, {THREADS} customers at once, database {name}")
            self.stdout.write(f"hold + capture: {moves_a_second():.0f} a second")
            customer, account = long_customer()
            few = page_ms(customer)
            lengthen(account, options["entries"])
            many = page_ms(customer)
            count = f"{options['entries']:,}"
            self.stdout.write(f"statement page: {few:.1f} ms at 1 entry, {many:.1f} ms at {count}")
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def moves_a_second() -> float:
    """Each thread is one customer who buys one portrait after another, every move a commit."""
    accounts = [funded(100_000) for _ in range(THREADS)]
    began = threading.Barrier(THREADS)

    def work(account: Account) -> int:
        done = 0
        began.wait()
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            with transaction.atomic():
                held = ledger.hold(account=account, subject=uuid.uuid4())
            with transaction.atomic():
                ledger.capture(hold_id=held.id)
            done += 1
        connection.close()
        return done

    with ThreadPoolExecutor(THREADS) as pool:
        total = sum(pool.map(work, accounts))
    if found := audit():
        raise RuntimeError(f"The ledger does not add up after the race: {found[:3]}")
    return total / SECONDS


def funded(credits: int) -> Account:  # noqa: A002  (the word for it)
    user = User.objects.create_user(f"{uuid.uuid4()}@example.org", "x")
    account = ledger.account_of(user=user)
    with transaction.atomic():
        ledger.grant(account=account, credits=credits, kind=Lot.Kind.GOODWILL, key=f"grant:{account.pk}")
    return account


def long_customer() -> tuple[Client, Account]:
    account = funded(20)
    client = Client(SERVER_NAME="localhost")
    client.force_login(account.user)
    return client, account


def lengthen(account: Account, entries: int) -> None:
    """Entries that move nothing, of one customer: as many as nobody will ever have."""
    lot = account.lots.get()
    for start in range(0, entries, 10_000):
        Entry.objects.bulk_create(
            Entry(account=account, lot=lot, kind=Entry.Kind.ADJUST, key=f"long:{start + n}", actor="bench")
            for n in range(min(10_000, entries - start))
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def page_ms(client: Client) -> float:
    return 1000 * statistics.median(timed(lambda: client.get("/credits/")) for _ in range(PAGES))


def timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    answer = act()
    if answer.status_code != 200:
        raise RuntimeError(f"The statement answered {answer.status_code}.")
    return time.perf_counter() - began
