"""Tell known from new addresses by how long the sign-up takes to answer."""

from __future__ import annotations

import time
from statistics import median

from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

EACH = 30
NEAR = 25.0  # ms between the two medians
COIN = 0.75  # of the guesses, where a busy machine puts more between them: the luck that a coin has in 60


def attack(site: Site) -> Outcome:
    site.act(
        """
        from allauth.account.models import EmailAddress
        from accounts.models import User
        for number in range(each):
            user = User.objects.create_user(f"known{number}@example.org")
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        """,
        each=EACH,
    )
    took: dict[str, list[float]] = {"known": [], "new": []}
    for number in range(-2, EACH):  # the first two warm the site up
        for kind, times in took.items():
            times.append(_sign_up(site, f"{kind}{max(number, 0)}@example.org", f"{kind}{number}"))
    known, new = (median(times[2:]) for times in (took["known"], took["new"]))
    told = _guessed([*took["known"][2:]], [*took["new"][2:]])
    medians = f"{known:.0f} ms for known and {new:.0f} ms for new"
    seen = f"Medians of {EACH} sign-ups: {medians}; the best limit guesses {told:.0%} right."
    return Outcome(abs(known - new) <= NEAR or told <= COIN, seen)


def _sign_up(site: Site, email: str, who: str) -> float:
    caller = site.caller(f"198.51.100.{sum(map(ord, who)) % 250}")
    caller.get("/accounts/signup/")
    began = time.perf_counter()
    caller.post("/accounts/signup/", {"email": email, "password1": "a long walk by the sea"})
    return (time.perf_counter() - began) * 1000


def _guessed(known: list[float], new: list[float]) -> float:
    """The part that the best limit tells apart; a half is as good as a coin."""
    every = [*known, *new]
    right = (sum(t <= limit for t in known) + sum(t > limit for t in new) for limit in every)
    return max(max(count, len(every) - count) for count in right) / len(every)
