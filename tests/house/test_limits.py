"""Limits are counted in the database: together, exactly, and whatever else is counted in between."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.test import Client
from django.utils import timezone

from portraitos_site import limits
from portraitos_site.models import Count
from tests.cast import Cast
from tests.stores import holds

pytestmark = [pytest.mark.rows, pytest.mark.dialect]

OTHERS = 5000
AT_ONCE = 6
committed = pytest.mark.django_db(transaction=True)


@pytest.mark.django_db
def test_nothing_that_others_count_takes_an_entry_out() -> None:
    """The negative control is what was here before: it makes room at 300 entries."""
    before = LocMemCache("others", {})
    for store in (cache, before):
        store.add("guesses/alice", 5, 300)
        for number in range(OTHERS):
            store.add(f"guesses/other-{number}", 1, 300)
    assert cache.get("guesses/alice") == 5
    assert Count.objects.count() == OTHERS + 1
    assert before.get("guesses/alice") is None


@pytest.mark.django_db
def test_five_guesses_at_a_password_stay_five(cast: Cast) -> None:
    def guess(number: int) -> str:
        form = {"login": cast.alice.email, "password": "wrong"}
        return Client().post("/accounts/login/", form, REMOTE_ADDR=f"198.51.100.{number}").content.decode()

    assert all("do not fit together" in guess(number) for number in range(5))
    assert "Too many tries" in guess(5)
    for number in range(400):
        cache.add(f"guesses/other-{number}", 1, 300)
    assert "Too many tries" in guess(6)


@pytest.mark.django_db
def test_an_entry_ends_and_is_swept() -> None:
    assert cache.add("lock", True, 60)
    assert not cache.add("lock", True, 60)
    assert cache.touch("lock", 30)
    cache.set("history", [1764470000.123456], 60)
    assert cache.get("history") == [1764470000.123456]
    Count.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert (cache.get("lock"), cache.get("history", []), cache.touch("lock")) == (None, [], False)
    with pytest.raises(ValueError, match="Add it first"):
        cache.incr("lock")
    assert cache.add("lock", 0, 60), "what has ended is as if it were not there"
    assert cache.get("lock", "nothing") == 0
    limits.delete_ended()
    assert Count.objects.count() == 1
    assert (cache.delete("lock"), cache.delete("lock")) == (True, False)


@pytest.mark.django_db
def test_a_count_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an end"):
        cache.set("for ever", 1, None)
    cache.set("a while", 1)
    assert Count.objects.get().ends_at > timezone.now()


@committed
def test_a_count_names_nobody(client: Client) -> None:
    """Asked for by an address without an account, which nothing else keeps."""
    form = {"login": "stranger@example.net", "password": "x"}
    client.post("/accounts/login/", form, REMOTE_ADDR="203.0.113.77")
    assert Count.objects.exists()
    assert holds("stranger@example.net") == []
    assert holds("203.0.113.77") == []
    Count.objects.update(value="203.0.113.77")
    assert holds("203.0.113.77"), "the search finds what is there"


@committed
def test_those_who_come_at_once_are_counted_one_by_one() -> None:
    cache.add("previews", 0, 60)
    answers = at_once(lambda: cache.incr("previews", 5))
    assert sorted(answers) == [5 * number for number in range(1, AT_ONCE + 1)]


@committed
@pytest.mark.parametrize("ended", [False, True])
def test_of_those_who_add_at_once_one_succeeds(*, ended: bool) -> None:
    """Also where an entry of before has ended: both would take its place."""
    if ended:
        cache.add("lock", True, 60)
        Count.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert sum(at_once(lambda: cache.add("lock", True, 60))) == 1


def at_once(act: Callable[[], int]) -> list[int]:
    """What several answer that begin together, each over a connection of its own, as processes do."""
    answers: list[int] = []
    barrier = threading.Barrier(AT_ONCE)

    def run() -> None:
        barrier.wait()
        answers.append(act())
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == AT_ONCE
    return answers
