"""A Redis that is away, or accepts and says nothing, costs a moment and no answer; the health page tells."""

import socket
import time
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from portraitos_site import checks, computed
from portraitos_site.computed import Computed, Soft
from render import previews, waiting

A_MOMENT = 1.0  # seconds


@pytest.fixture(params=["refuses", "hangs"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a Redis that does not answer."""
    Soft.away = False
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if request.param == "hangs":
            silent.listen()
        yield f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
    Soft.away = False


@pytest.fixture
def cache(address: str) -> Computed:
    return Computed(address, {})


def test_it_knows_nothing_and_says_so_at_once(cache: Computed) -> None:
    began = time.monotonic()
    assert cache.get("a", "nothing") == "nothing"
    assert time.monotonic() - began < A_MOMENT
    began = time.monotonic()
    for _ in range(50):
        cache.set("a", 1)
        assert cache.get_many(["a", "b"]) == {}
        cache.set_many({"a": 1})
        assert not cache.add("a", 1)
        assert not cache.delete("a")
    assert time.monotonic() - began < A_MOMENT, "not every call waits for it"


def test_it_is_asked_again(cache: Computed, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.get("a")
    assert Soft.away
    monkeypatch.setattr("redis.Redis.execute_command", lambda *given, **options: b"7")
    assert cache.get("a") is None, "it rests"
    monkeypatch.setattr(Soft, "next_try", time.monotonic())
    assert cache.get("a") == 7
    assert not Soft.away


@pytest.mark.rows
@pytest.mark.django_db
def test_a_page_computes_what_it_does_not_know(cache: Computed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "caches", {"computed": cache})
    assert waiting.typical(previews.KIND) == waiting.FIRST_GUESS[previews.KIND]


@pytest.mark.rows
@pytest.mark.django_db
def test_health_is_red_while_it_does_not_answer(
    address: str, settings: Settings, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "REDIS_URL is not set" in client.get("/healthz").json()["parts"]["cache"]["says"]
    settings.REDIS_URL = address
    began = time.monotonic()
    assert "cache" in client.get("/healthz").json()["red"]
    assert time.monotonic() - began < A_MOMENT
    monkeypatch.setattr(computed, "answers", lambda: True)
    assert "cache" not in client.get("/healthz").json()["red"]


def test_an_address_that_nobody_can_read_is_refused_at_the_start(settings: Settings) -> None:
    for address, found in (("127.0.0.1:6379", ["site.E050"]), ("redis://127.0.0.1:6379/0", []), ("", [])):
        settings.REDIS_URL = address
        assert [message.id for message in checks.readable_redis(None)] == found


def test_limits_are_not_kept_there() -> None:
    """What may be forgotten is one cache, and what may not is the other."""
    assert type(caches["default"]).__name__ == "Counts"
