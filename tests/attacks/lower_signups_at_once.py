"""Eight sign-ups at once: with eight addresses, and eight with the same."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

AT_ONCE, ROUNDS = 8, 3


def attack(site: Site) -> Outcome:
    different = Counter(
        code for turn in range(ROUNDS) for code in _at_once(site, [f"eve{turn}-{n}" for n in range(AT_ONCE)])
    )
    same = Counter(code for turn in range(ROUNDS) for code in _at_once(site, [f"ann{turn}"] * AT_ONCE))
    broke = different[500] + same[500]
    seen = f"{ROUNDS} x {AT_ONCE} with different addresses: {_said(different)}; with the same: {_said(same)}."
    return Outcome(not broke and different[302] == ROUNDS * AT_ONCE, seen)


def _at_once(site: Site, names: list[str]) -> list[int]:
    together = Barrier(len(names))

    def sign_up(number: int) -> int:
        caller = site.caller(f"203.0.113.{number}")
        caller.get("/accounts/signup/")
        together.wait(60)
        form = {"email": f"{names[number]}@example.org", "password1": "a long walk by the sea"}
        return caller.post("/accounts/signup/", form).status_code

    with ThreadPoolExecutor(len(names)) as threads:
        return list(threads.map(sign_up, range(len(names))))


def _said(codes: Counter[int]) -> str:
    return ", ".join(f"{count} x {code}" for code, count in sorted(codes.items()))
