"""Accounts that are deleted at the same moment, each with sessions on three devices.

What an erasure locks beside workers, moderators and refunds is in tests/erasure/test_locks.py: moments that
nobody hits from outside.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

AT_ONCE, ROUNDS = 8, 3
RECEIPT = "a receipt"
PASSWORD = "a long walk by the sea"


def attack(site: Site) -> Outcome:
    answers: Counter[str] = Counter()
    for turn in range(ROUNDS):
        answers.update(_at_once(_people(site, turn)))
    left = site.act(_LEFT)
    locks = sum(path.read_text(errors="replace").count("deadlock detected") for path in _logs(site))
    said = ", ".join(f"{count} x {code}" for code, count in sorted(answers.items()))
    seen = f"{AT_ONCE * ROUNDS} deletions: {said}; {locks} deadlocks, {left} accounts left."
    return Outcome(answers == Counter({RECEIPT: AT_ONCE * ROUNDS}) and not left and not locks, seen)


_LEFT = """
from accounts.models import User
answer = User.objects.filter(email__startswith="leaver", erased_at=None).count()
"""


def _logs(site: Site) -> list[Path]:
    return [site.postgres.data / "log", site.log]


def _people(site: Site, turn: int) -> list[Caller]:
    """Each signed in on three devices, and asked on one of them a moment ago who they are."""
    cookies = site.act(_MAKE, turn=turn, count=AT_ONCE, password=PASSWORD)
    people = [Caller(site.address, ip=f"203.0.113.{n}", cookies=one) for n, one in enumerate(cookies)]
    for owner in people:
        owner.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert owner.get("/account/delete/").status_code == 200
    return people


_MAKE = """
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from accounts import consent
from accounts.models import User
answer = []
for number in range(count):
    user = User.objects.create_user(f"leaver{turn}-{number}@example.org", password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    consent.give(user=user, locale="en")
    for device in range(3):
        client = Client()
        client.force_login(user)
    answer.append({settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value})
"""


def _at_once(people: list[Caller]) -> list[str]:
    together = Barrier(len(people))

    def leave(owner: Caller) -> str:
        together.wait(60)
        answer = owner.post("/account/delete/", {"word": "delete"})
        to = answer.headers.get("Location", "").partition("?")[0]
        return RECEIPT if to.startswith("/receipts/") else f"{answer.status_code} {to}".strip()

    with ThreadPoolExecutor(len(people)) as threads:
        return list(threads.map(leave, people))
