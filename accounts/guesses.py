"""Guesses at a code that was mailed, counted before they are judged.

allauth counts them in the session, which each request reads when it begins and writes when it ends: guesses
that are sent at once would all be the first.
"""

from allauth.account.adapter import get_adapter
from allauth.core import context
from django.core.cache import cache

SECONDS = 3600  # longer than any code lives


def count(code: str, *, most: int) -> None:
    """Refuse a guess beyond the allowed ones like a wrong one, so that the answer tells nothing."""
    if not code:
        return  # sent to an address without an account: no guess is right
    key = f"guesses/{context.request.session.session_key}/{code}"
    cache.add(key, 0, SECONDS)
    if cache.incr(key) > most:
        raise get_adapter().validation_error("incorrect_code")
