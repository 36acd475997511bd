"""What can be computed again, shared by several hosts in a Redis. One that is away costs time, and no answer.

Limits are not kept here: they must not be forgotten (`limits.py`).
"""

import logging
import time
from typing import Any, ClassVar

import redis
from django.conf import settings
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

log = logging.getLogger(__name__)

TIMEOUTS = {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}  # seconds
REST = 10.0
"""Seconds in which a Redis that has failed is not asked again, so that not every request waits for it."""


class Soft(redis.Redis):
    """Knows nothing while Redis is away."""

    away: ClassVar[bool] = False
    next_try: ClassVar[float] = 0.0

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if Soft.away and time.monotonic() < Soft.next_try:
            return None
        try:
            answer = super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except redis.RedisError as error:
            if not Soft.away:
                log.warning("Redis is away (%s). It is asked again every %.0f s.", type(error).__name__, REST)
            Soft.away, Soft.next_try = True, time.monotonic() + REST
            return None
        if Soft.away:
            log.warning("Redis is back.")
        Soft.away = False
        return answer


class SoftClient(RedisCacheClient):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**TIMEOUTS, **options})
        self._client = Soft


class Computed(RedisCache):
    """Django's own, with our client."""

    # Key by key, because a transaction of Redis and an answer for many keys are not soft.
    get_many = BaseCache.get_many
    set_many = BaseCache.set_many

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = SoftClient


def malformed(address: str) -> bool:
    try:
        redis.ConnectionPool.from_url(address)
    except ValueError:
        return True
    return False


def answers() -> bool:
    """Whether Redis answers at this moment. For the health page."""
    with redis.Redis.from_url(settings.REDIS_URL, **TIMEOUTS) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
