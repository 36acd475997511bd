"""What an account orders at once stands in its queue one after the other."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from accounts import locking
from accounts.models import User
from render import orders
from render.jobs.models import Job
from render.jobs.queue import enqueue
from tests.cast import Cast
from tests.render.sitting import stock
from tests.render.written import identity_of

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.django_db(transaction=True)]

AT_ONCE, STYLES = 3, ("rembrandt", "noir")
PAUSE = 0.05  # seconds between a job's row and its commit


def order_at_once(owner: User, patch: pytest.MonkeyPatch) -> list[int]:
    """The rounds of all the previews, ordered of different faces in as many requests."""
    cache.clear()
    styles, faces = stock(*STYLES), [identity_of(owner) for _ in range(AT_ONCE)]
    ready = threading.Barrier(AT_ONCE)

    def slowly(**named: Any) -> Job:
        job = enqueue(**named)
        time.sleep(PAUSE)
        return job

    def order(number: int) -> None:
        try:
            ready.wait(10)
            orders.order(identity=faces[number], styles=styles)
        finally:
            connection.close()

    patch.setattr("render.orders.enqueue", slowly)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(order, range(AT_ONCE)))
    return sorted(Job.objects.filter(owner=owner.pk).values_list("turn", flat=True))


def test_each_has_a_round_of_its_own(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert order_at_once(cast.alice, monkeypatch) == list(range(AT_ONCE * len(STYLES)))


def test_without_the_owners_lock_they_share_rounds(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control; SQLite lets nobody write meanwhile, whatever is locked."""
    monkeypatch.setattr(locking, "lock", lambda *, user_id: User.objects.get(pk=user_id))
    turns = order_at_once(cast.alice, monkeypatch)
    assert (len(set(turns)) < len(turns)) == (connection.vendor == "postgresql")
