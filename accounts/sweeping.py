"""What time makes superfluous, erased at each sweep (render/jobs/sweep.py)."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import wal
from render.jobs.registry import on_sweep


@on_sweep
def ended_sessions() -> None:
    """Erase sessions that have run out, and with them where and when they were used."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


@on_sweep
def write_ahead_log() -> None:
    wal.truncate(tries=1)
