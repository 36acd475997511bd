"""The write-ahead log is cut, unless a reader holds it; then it says so and blocks nobody for long."""

import time
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts import sweeping, wal
from accounts.models import User

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db(transaction=True)]


def log() -> Path:
    return Path(f"{connection.settings_dict['NAME']}-wal")


def reading() -> BaseDatabaseWrapper:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        cursor.execute("SELECT count(*) FROM accounts_user")
        cursor.fetchone()
    return other


def test_a_reader_holds_it_and_the_next_sweep_cuts_it() -> None:
    if connection.vendor != "sqlite":
        assert wal.truncate()  # nothing to cut there
        return
    User.objects.create_user("alice@example.org")
    other = reading()
    User.objects.create_user("charlie@example.org")
    began = time.monotonic()
    assert not wal.truncate(tries=2)
    assert time.monotonic() - began < 2
    assert log().stat().st_size > 0
    other.close()
    sweeping.write_ahead_log()
    assert log().stat().st_size == 0
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (30_000,)
