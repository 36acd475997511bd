"""Every error of ours is recorded under its cause, so that somebody sees it.

Recording is the last thing that happens to an error, after whatever it interrupted has been rolled back and
ended; it raises nothing. Staff are told at the next sweep (portraitos_site/failures.py), so that an error in
telling loses no record.
"""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from render.jobs import cause
from render.jobs.cause import Cause
from render.jobs.failure_models import Failure, FailureEvent, FailureQuerySet

log = logging.getLogger(__name__)

WINDOW = timedelta(hours=1)
TOO_MANY = 3
"""Failures of one cause within the window, from which on the site counts as ill."""

KEPT = timedelta(days=30)
EVENTS_AN_HOUR = 100  # rows of one cause; what comes beyond them is only counted

Listener = Callable[[Cause, BaseException | None, uuid.UUID | None, bool], None]
_listeners: list[Listener] = []


def on_record(act: Listener) -> Listener:
    """Register who else hears of each error: its cause, itself, the job, and whether work was given up."""
    if act not in _listeners:
        _listeners.append(act)
    return act


def record(
    error: BaseException,
    *,
    kind: str,
    job: uuid.UUID | None = None,
    stage: str = "",
    given_up: bool = True,
) -> None:
    """Record an error that was caught. `given_up`: nobody tries again."""
    note(cause.of(error, kind=kind, stage=stage), error=error, job=job, given_up=given_up)


def note(
    found: Cause, *, error: BaseException | None = None, job: uuid.UUID | None = None, given_up: bool = True
) -> None:
    """Record a cause. Whatever goes wrong here is logged, and nothing else."""
    for act in _listeners:
        try:
            act(found, error, job, given_up)
        except Exception:
            log.exception("%s did not hear of an error.", act.__qualname__)
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()  # what broke may have been the connection
        with transaction.atomic():
            _count(found, job, given_up=given_up)
    except Exception:
        log.exception("An error could not be recorded: %s", found)


@contextmanager
def recorded(kind: str) -> Iterator[None]:
    """Go on after an error: what it interrupted here is rolled back, and the error recorded."""
    try:
        with transaction.atomic():
            yield
    except Exception as error:
        log.exception("Failed: %s", kind)
        record(error, kind=kind)


def settle(*, failure: Failure, by: str) -> None:
    """A person has looked at the cause. It counts again from the next time it strikes."""
    Failure.objects.filter(pk=failure.pk).update(settled_at=timezone.now(), settled_by=by)


def take_untold(*, failure: Failure) -> bool:
    """Whether it is ours to tell staff of this cause; of any number of callers one is told so."""
    return bool(Failure.objects.untold().filter(pk=failure.pk).update(told_at=timezone.now()))


def last_hour() -> int:
    """How often work was given up lately for causes that nobody has settled since."""
    return _lately().count()


def alarms() -> FailureQuerySet:
    """The causes that make the site ill: too many failures within the hour."""
    often = _lately().values("failure").annotate(times=Count("pk")).filter(times__gte=TOO_MANY)
    return Failure.objects.filter(pk__in=often.values("failure"))


def prune() -> None:
    """Delete old events."""
    FailureEvent.objects.filter(at__lt=timezone.now() - KEPT).delete()


def _lately() -> QuerySet[FailureEvent]:
    since = timezone.now() - WINDOW
    unsettled = Q(failure__settled_at__isnull=True) | Q(at__gt=F("failure__settled_at"))
    return FailureEvent.objects.filter(unsettled, at__gt=since, given_up=True).order_by()


def _count(found: Cause, job: uuid.UUID | None, *, given_up: bool) -> None:
    now = timezone.now()
    words = {"kind": found.kind, "exception": found.exception, "place": found.place, "first_at": now}
    failure, _ = Failure.objects.get_or_create(fingerprint=found.fingerprint, defaults=words)
    row = Failure.objects.filter(pk=failure.pk)
    if given_up:
        row.update(count=F("count") + 1, last_at=now, line=found.line)
    else:
        row.update(retried=F("retried") + 1, line=found.line)
    lately = failure.events.filter(at__gt=now - WINDOW, given_up=given_up)
    if lately.count() < EVENTS_AN_HOUR:
        FailureEvent.objects.create(failure=failure, at=now, job=job, given_up=given_up)
