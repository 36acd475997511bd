"""Where a person is signed in."""

from collections.abc import Collection, Iterator
from typing import Any

from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import SessionMark, User


def live(user: User) -> list[UserSession]:
    """The sessions that would still be let in, oldest first, in two queries however many there are."""
    known = list(UserSession.objects.filter(user=user).order_by("created_at"))
    keys = [session.session_key for session in known]
    stored = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    valid = {session.session_key for session in stored if _opens(session.get_decoded(), user)}
    return [session for session in known if session.session_key in valid]


def _opens(data: dict[str, Any], user: User) -> bool:
    return (
        data.get(SESSION_KEY) == str(user.pk) and data.get(HASH_SESSION_KEY) == user.get_session_auth_hash()
    )


def erase(user: User, addresses: Collection[str], *, keep: str | None = None) -> int:
    """Erase every session of the user, the half-finished ones of signing in too; returns how many.

    The marks find them (accounts/session_store.py). `keep` is the key of the one that stays.
    """
    whose = {str(user.pk), *(address.lower() for address in addresses)}
    marked = SessionMark.objects.filter(whose__in=whose).exclude(session=keep or "")
    # Locked before they are deleted, and in order: whoever saves one of them locks it before its marks, too.
    locked = Session.objects.filter(pk__in=marked.values("session")).select_for_update().order_by("pk")
    keys = list(locked.values_list("pk", flat=True))
    UserSession.objects.filter(user=user).exclude(session_key=keep or "").delete()
    _, deleted = Session.objects.filter(pk__in=keys).delete()
    return deleted.get("sessions.Session", 0)


def described(user: User) -> Iterator[dict[str, Any]]:
    """The sessions in words, for the export."""
    for session in UserSession.objects.filter(user=user).order_by("created_at"):
        yield {
            "since": session.created_at,
            "last seen": session.last_seen_at,
            "from": session.ip,
            "with": session.user_agent,
        }


SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
"""Words of a user agent and what people call it. The order matters: Edge also says Chrome and Safari."""


def device(agent: str) -> str:
    """What somebody would call it: Chrome on Linux."""
    browser = next((name for word, name in BROWSERS.items() if word in agent), "An unknown browser")
    system = next((name for word, name in SYSTEMS.items() if word in agent), "")
    return f"{browser} on {system}" if system else browser


class SessionList(ListUserSessionsView):
    """allauth's page, which asks the database once a session, with a number of queries that does not grow."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = live(self.request.user)
        context: dict[str, Any] = super(ListUserSessionsView, self).get_context_data(**kwargs)
        rows = [(session, device(session.user_agent)) for session in found]
        return {**context, "sessions": rows, "session_count": len(found)}
