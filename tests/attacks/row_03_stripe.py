"""Stripe takes connections and never answers, while twelve pages ask it."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.pace import measured
from tests.attacks.site import Site
from tests.ports import free_port

HOLE = free_port()
SETTINGS = {"HTTPS_PROXY": f"http://127.0.0.1:{HOLE}"}
AT_ONCE = 12
FEW_SECONDS = 8.0


def attack(site: Site) -> Outcome:
    buyer = site.customer("buyer@example.org")
    purchase = site.act(
        """
        from accounts.models import User
        from billing import ledger
        from billing.models import Purchase
        account = ledger.account_of(user=User.objects.get(email="buyer@example.org"))
        made = Purchase.objects.create(
            account=account, pack="Studio pack", credits=20, price_cents=2900, currency="usd",
            waiver="2026-11", stripe_session="cs_test_of_an_attack",
        )
        answer = str(made.pk)
        """
    )
    with socket.create_server(("127.0.0.1", HOLE), backlog=200) as hole:
        threading.Thread(target=_swallow, args=(hole,), daemon=True).start()
        with measured(site) as pace, ThreadPoolExecutor(AT_ONCE) as threads:
            found = list(threads.map(_look, [buyer] * AT_ONCE, [f"/purchases/{purchase}/return"] * AT_ONCE))
    statuses, longest = sorted({status for status, _ in found}), max(seconds for _, seconds in found)
    held = pace.held and longest <= FEW_SECONDS and statuses == [503]
    return Outcome(held, f"{AT_ONCE} pages answered {statuses} within {longest:.1f} s; {pace}.")


def _look(buyer: Caller, path: str) -> tuple[int, float]:
    began = time.monotonic()
    try:
        status = buyer.get(path).status_code
    except requests.RequestException:
        status = 0
    return status, time.monotonic() - began


def _swallow(hole: socket.socket) -> None:
    kept = []
    while True:
        try:
            kept.append(hole.accept()[0])
        except OSError:
            return
