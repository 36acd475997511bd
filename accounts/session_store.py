"""Sessions in the database, as Django keeps them, with marks of whom each one speaks of.

Erasing an account, blocking it and proving its address end sessions of before, half-finished sign-ins too.
The marks find them without opening every session that there is. A session that nobody is signed in with (a
sign-in under way) ends within the hour.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from allauth.account.utils import url_str_to_user_pk
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import transaction
from django.utils import timezone

from accounts.models import SessionMark

NOBODYS = timedelta(hours=1)
"""For a session that nobody is signed in with. The codes in it end sooner."""

HALF_WAY = "account_authentication_methods_user"
"""Where allauth keeps who has proved something and is not in yet: a password before the second step."""

NUMBERS = (SESSION_KEY, HALF_WAY, "user_id")
ADDRESS = re.compile(r"[^\s\"'<>(),;:\\]+@[^\s\"'<>(),;:\\]*[^\s\"'<>(),;:\\.]")
LONGEST = SessionMark._meta.get_field("whose").max_length  # noqa: SLF001  (documented by Django)


class SessionStore(DatabaseStore):
    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        session = super().create_model_instance(data)
        if SESSION_KEY not in data:
            session.expire_date = min(session.expire_date, timezone.now() + NOBODYS)
        return session

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()  # which comes back here with a key
            return
        with transaction.atomic():
            super().save(must_create)
            mark(self.session_key, dict(self.items()))


def mark(session_key: str, data: dict[str, Any]) -> None:
    """Write whom the session speaks of, as it is now. Its row is locked by whoever saves it."""
    wanted = marks(data)
    kept = SessionMark.objects.filter(session_id=session_key)
    known = set(kept.values_list("whose", flat=True))
    if known - wanted:
        kept.exclude(whose__in=wanted).delete()
    new = [SessionMark(session_id=session_key, whose=one) for one in sorted(wanted - known)]
    if new:
        SessionMark.objects.bulk_create(new, ignore_conflicts=True)


def marks(data: dict[str, Any]) -> set[str]:
    """The numbers of the accounts and the addresses that stand anywhere in a session."""
    found = set()
    for name, value in _leaves(data, ""):
        if name in NUMBERS and value:
            found.add(value)
        elif name == "user_pk" and value:
            found.add(str(url_str_to_user_pk(value)))
        elif "@" in value:
            said = value.lower()
            found.update([said, *ADDRESS.findall(said)])
    return {one for one in found if len(one) <= (LONGEST or 0)}


def _leaves(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Every text and number with the name that it has."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, name)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield name, str(value)
