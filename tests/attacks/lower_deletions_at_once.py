"""Accounts that are deleted at the same moment, each with a life: sessions, a consent, a selfie, a log."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

AT_ONCE, ROUNDS = 8, 3
PASSWORD = "a long walk by the sea"


def attack(site: Site) -> Outcome:
    answers: Counter[int] = Counter()
    for turn in range(ROUNDS):
        people = [_somebody(site, turn, number) for number in range(AT_ONCE)]
        answers.update(_at_once(people))
    left = site.act("from accounts.models import User\nanswer = User.objects.filter(erased_at=None).count()")
    locks = sum(path.read_text(errors="replace").count("deadlock detected") for path in _logs(site))
    said = ", ".join(f"{count} x {code}" for code, count in sorted(answers.items()))
    seen = f"{AT_ONCE * ROUNDS} deletions: {said}; {locks} deadlocks, {left} accounts left."
    return Outcome(answers == Counter({302: AT_ONCE * ROUNDS}) and not left and not locks, seen)


def _logs(site: Site) -> list[Path]:
    return [site.postgres.data / "log", site.log]


def _somebody(site: Site, turn: int, number: int) -> Caller:
    email, ip = f"leaver{turn}-{number}@example.org", f"203.0.113.{number}"
    owner = site.customer(email, ip=ip)
    for device in range(2):
        other = site.caller(f"198.51.100.{number * 10 + device}")
        other.post("/accounts/login/", {"login": email, "password": PASSWORD})
    owner.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert owner.get("/account/delete/").status_code == 200
    return owner


def _at_once(people: list[Caller]) -> list[int]:
    together = Barrier(len(people))

    def leave(owner: Caller) -> int:
        together.wait(60)
        return owner.post("/account/delete/", {"word": "delete"}).status_code

    with ThreadPoolExecutor(len(people)) as threads:
        return list(threads.map(leave, people))
