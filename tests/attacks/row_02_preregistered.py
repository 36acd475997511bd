"""Sign up with somebody's address and a password, never confirm, and wait until they come."""

from __future__ import annotations

from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site, until

VICTIM, PASSWORD = "victim@example.org", "what the thief has chosen"
OLD = "left-behind@example.org"
SWEPT = 30.0  # seconds until a sweep, which comes every two


def attack(site: Site) -> Outcome:
    thief = _sign_up(site, VICTIM)
    victim = site.caller("198.51.100.7")
    victim.post("/accounts/login/code/", {"email": VICTIM})
    victim.post("/accounts/login/code/confirm/", {"code": site.code(VICTIM, after=1)})
    assert _is_in(victim), "The victim signs in by code."
    again = site.caller("203.0.113.67")
    again.post("/accounts/login/", {"login": VICTIM, "password": PASSWORD})
    thief.post("/accounts/confirm-email/", {"code": site.code(VICTIM)})
    inside = [where for where, one in (("the password", again), ("the sign-up", thief)) if _is_in(one)]
    if inside:
        return Outcome(False, f"The thief is in the victim's account by {' and '.join(inside)}.")
    if not _is_swept(site):
        return Outcome(False, "The thief is out, but an account of 400 days that nobody confirmed stays.")
    return Outcome(
        True, "Password and sign-up of the thief are dead; an account that nobody confirmed is swept."
    )


def _sign_up(site: Site, email: str) -> Caller:
    thief = site.caller("203.0.113.66")
    thief.post("/accounts/signup/", {"email": email, "password1": PASSWORD})
    site.code(email)
    return thief


def _is_in(caller: Caller) -> bool:
    return caller.get("/account/").status_code == 200


def _is_swept(site: Site) -> bool:
    _sign_up(site, OLD)
    key = site.act(
        """
        from datetime import timedelta
        from django.utils import timezone
        from accounts.models import User
        found = User.objects.filter(email=email)
        found.update(date_joined=timezone.now() - timedelta(days=400))
        answer = found.get().pk
        """,
        email=OLD,
    )
    code = "from accounts.models import User\nanswer = User.objects.filter(pk=key, erased_at=None).exists()"
    try:
        until(lambda: not site.act(code, key=key), "the account is swept", SWEPT)
    except AssertionError:
        return False
    return True
