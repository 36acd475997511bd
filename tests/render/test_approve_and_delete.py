"""Deleted while it is approved: it was approved and its credit is back, or there was nothing to approve."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts import locking
from accounts.models import User
from billing.models import Hold
from render import orders, privacy, stranded
from render.errors import NothingToApprove
from render.jobs.models import Job
from render.jobs.queue import enqueue
from render.models import Portrait
from tests.cast import Cast
from tests.render.sitting import approve, balance, fund
from tests.render.written import proved

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db(transaction=True)]
pytestmark.append(pytest.mark.usefixtures("committed"))

PAUSE = 0.4  # seconds between a hold and its commit


def portrait_of(portrait: Portrait) -> None:
    orders.discard(portrait=portrait)


def shoot_of(portrait: Portrait) -> None:
    orders.discard_shoot(shoot=portrait.shoot)


def identity_of(portrait: Portrait) -> None:
    privacy.discard_identity(identity=portrait.shoot.identity)


def meet(portrait: Portrait, delete: Callable[[Portrait], None], patch: pytest.MonkeyPatch) -> int:
    """Delete between the hold of an approval and its commit; returns the holds that are left open."""
    held = threading.Event()

    def slowly(**named: Any) -> Job:
        held.set()
        time.sleep(PAUSE)
        return enqueue(**named)

    patch.setattr("render.orders.enqueue", slowly)
    with ThreadPoolExecutor(2) as pool:
        approving = pool.submit(alone, approve, portrait)
        assert held.wait(10)
        pool.submit(alone, delete, portrait).result()
        approving.result()
    assert not Portrait.objects.exists()
    return Hold.objects.filter(state=Hold.State.OPEN).count()


def alone(act: Callable[[Portrait], None], portrait: Portrait) -> None:
    """In a thread, with a connection of its own."""
    try:
        act(portrait)
    finally:
        connection.close()


@pytest.mark.parametrize("delete", [portrait_of, shoot_of, identity_of])
def test_no_hold_is_left(
    cast: Cast, delete: Callable[[Portrait], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (portrait,) = proved(cast.alice, "rembrandt")
    fund(cast.alice, 1)
    assert meet(portrait, delete, monkeypatch) == 0
    assert balance(cast.alice) == (1, 0)
    assert not Job.objects.live().exists()


def test_without_the_owners_lock_one_is_left(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control; SQLite lets nobody write meanwhile, whatever is locked."""
    (portrait,) = proved(cast.alice, "rembrandt")
    fund(cast.alice, 1)
    monkeypatch.setattr(locking, "lock", lambda *, user_id: User.objects.get(pk=user_id))
    left = meet(portrait, portrait_of, monkeypatch)
    assert left == (1 if connection.vendor == "postgresql" else 0)
    stranded.release()  # as the sweep does, a minute later
    assert balance(cast.alice) == (1, 0)


@pytest.mark.slow
def test_many_at_once_leave_nothing(cast: Cast) -> None:
    found = proved(cast.alice, "rembrandt", "noir", "corporate", "neon")
    fund(cast.alice, len(found))

    def act(number: int) -> None:
        portrait = found[number % len(found)]
        try:
            approve(portrait) if number % 3 else orders.discard(portrait=portrait)
        except NothingToApprove:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, range(24)))
    assert (Portrait.objects.count(), balance(cast.alice)) == (0, (len(found), 0))
    assert not Job.objects.live().exists()
