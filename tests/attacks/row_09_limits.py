"""Guesses at a second step, before and after 330 others have filled what counts them, at two web processes.

As shipped: without REDIS_URL, where each process counted in its own memory and made room at 300 entries.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site, until
from tests.ports import free_port

SETTINGS = {"REDIS_URL": ""}
ALLOWED, ROUNDS = 5, 2
OTHERS, AT_ONCE = 330, 6
JUDGED, LIMITED = "That is not the code", "Too many tries"
VICTIM, PASSWORD = "victim@example.org", "a long walk by the sea"


def attack(site: Site) -> Outcome:
    site.customer(VICTIM, password=PASSWORD)
    site.act(
        """
        from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
        from accounts.models import User
        TOTP.activate(User.objects.get(email=email), generate_totp_secret())
        """,
        email=VICTIM,
    )
    port = free_port()
    command = [sys.executable, "manage.py", "web", "--port", str(port)]
    with site.log.open("ab") as log:
        second = subprocess.Popen(command, cwd=site.tree, env=site.environment, stdout=log, stderr=log)
    try:
        addresses = (site.address, f"http://127.0.0.1:{port}")
        until(lambda: Caller(addresses[1]).get("/pricing/").ok if _listens(port) else False, "both answer")
        judged = _guesses(addresses)
    finally:
        second.terminate()
        second.wait(30)
    seen = (
        f"{judged} guesses at one account's second step were judged, {ALLOWED} are allowed in five minutes; "
        f"two web processes, {OTHERS} others at each in between."
    )
    return Outcome(held=judged <= ALLOWED, seen=seen)


def _guesses(addresses: tuple[str, str]) -> int:
    judged = 0
    for attempt in range(ROUNDS):
        if attempt:
            for address in addresses:
                _fill(address)
        for number, address in enumerate(addresses):
            caller = Caller(address, ip=f"192.0.2.{10 * attempt + number}")
            inside = caller.post("/accounts/login/", {"login": VICTIM, "password": PASSWORD})
            assert inside.headers.get("Location", "").startswith("/accounts/2fa/"), inside.status_code
            for guess in range(ALLOWED):
                caller.ip = f"203.0.113.{20 * attempt + 10 * number + guess}"
                page = caller.post("/accounts/2fa/authenticate/", {"code": f"00000{guess}"}).text
                assert JUDGED in page or LIMITED in page, page[-2000:]
                judged += JUDGED in page
    return judged


def _fill(address: str) -> None:
    """What others do at the sign-in page, each from an address of their own."""

    def some(part: int) -> None:
        caller = Caller(address)
        for number in range(part, OTHERS, AT_ONCE):
            caller.ip = f"10.1.{number // 250}.{number % 250}"
            assert caller.post("/accounts/login/", {}).status_code == 200

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(some, range(AT_ONCE)))


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
