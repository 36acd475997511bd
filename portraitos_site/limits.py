"""Where limits are counted: in rows of the database, so that all processes and hosts count together.

It is Django's default cache, because django-allauth counts there. Nothing is ever taken out to make room: an
entry stays until its time is over, however many others come. What may be forgotten is kept elsewhere
(`computed.py`). Why no library does this: docs/decisions/0050.
"""

from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from portraitos_site.models import Count
from render.jobs.registry import on_sweep

ROW = Count._meta  # noqa: SLF001  (documented by Django)
ADD = """
INSERT INTO {table} (key, value, ends_at) VALUES (%s, %s, %s)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at
WHERE {table}.ends_at <= %s
"""
"""One statement: of any number that add the same key at once, one succeeds."""


class Counts(BaseCache):
    """Values are JSON. Every entry has an end, after which the next sweep deletes it."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        row = self._row(key, value, timeout, version)
        stored = [
            field.get_db_prep_save(getattr(row, field.attname), connection) for field in ROW.concrete_fields
        ]
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(ADD.format(table=connection.ops.quote_name(ROW.db_table)), [*stored, now])
            return bool(cursor.rowcount)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        found = self._held(key, version).values_list("value", flat=True).first()
        return default if found is None else found

    def set(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        Count.objects.bulk_create(
            [self._row(key, value, timeout, version)],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["value", "ends_at"],
        )

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._held(key, version).update(ends_at=self._end(timeout)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._held(key, version).delete()[0])

    def clear(self) -> None:
        Count.objects.all().delete()

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        with transaction.atomic():
            row = self._held(key, version).select_for_update().first()
            if row is None:
                raise ValueError("There is no such entry. Add it first.")
            row.value += delta
            row.save(update_fields=["value"])
        return int(row.value)

    def _held(self, key: Any, version: int | None) -> QuerySet[Count]:
        return Count.objects.filter(pk=self._hashed(key, version), ends_at__gt=timezone.now())

    def _row(self, key: Any, value: Any, timeout: float | None, version: int | None) -> Count:
        return Count(key=self._hashed(key, version), value=value, ends_at=self._end(timeout))

    def _hashed(self, key: Any, version: int | None) -> str:
        """Keys hold addresses, of mail and of the net: without SECRET_KEY nobody can guess them back."""
        return salted_hmac(__name__, self.make_key(key, version), algorithm="sha256").hexdigest()

    def _end(self, timeout: float | None) -> datetime:
        seconds = self.get_backend_timeout(timeout)
        if seconds is None:
            raise ValueError("A count needs an end. Give it a timeout.")
        return datetime.fromtimestamp(seconds, UTC)


@on_sweep
def delete_ended() -> None:
    """Delete what no longer counts."""
    Count.objects.filter(ends_at__lte=timezone.now()).delete()
