"""What time makes superfluous, erased at each sweep (render/jobs/sweep.py)."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import wal
from accounts.models import AddressChange, SessionMark
from render.jobs.registry import on_sweep

AT_ONCE = 5000  # sessions that a sweep deletes, so that a flood is dealt with over some minutes


@on_sweep
def ended_sessions() -> None:
    """Erase sessions that have run out, and with them whom they speak of, where and when they were used."""
    ended = Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")
    keys = list(ended.values_list("pk", flat=True)[:AT_ONCE])
    Session.objects.filter(pk__in=keys).delete()
    stored = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=stored).delete()
    SessionMark.objects.exclude(session__in=stored).delete()


@on_sweep
def final_address_changes() -> None:
    """Forget the old address of an account once it can undo the change no more."""
    days = timedelta(days=settings.ADDRESS_UNDO_DAYS)
    AddressChange.objects.filter(changed_at__lt=timezone.now() - days).delete()


@on_sweep
def write_ahead_log() -> None:
    wal.truncate(tries=1)
