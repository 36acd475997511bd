"""When a session was used last, to the minutes: allauth's own middleware writes a row for every page view."""

from collections.abc import Callable
from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

FRESH = timedelta(minutes=5)
STORED = UserSession._meta.get_field("user_agent").max_length  # noqa: SLF001  (documented by Django)
"""Letters of a user agent that the row keeps."""


class LastSeen:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and request.session.session_key and not _fresh(request):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _fresh(request: HttpRequest) -> bool:
    """Whether this session was seen a moment ago, from the same place, with the same device."""
    known = UserSession.objects.filter(
        session_key=request.session.session_key, last_seen_at__gt=timezone.now() - FRESH
    ).first()
    if known is None:
        return False
    agent = request.META.get("HTTP_USER_AGENT", "")[:STORED]
    return (known.ip, known.user_agent) == (get_adapter().get_client_ip(request), agent)
