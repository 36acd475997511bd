"""Connections that say nothing, half a header or half a body; and a site that is open to the network."""

import contextlib
import socket
import subprocess
import sys
import time

import requests

from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

SOON = 2.0  # seconds
PATIENCE = 20.0
HALF_A_HEADER = b"GET /pricing/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
HALF_A_BODY = (
    b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Proto: https\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nlogin="
)
KINDS = {
    "12 idle": (12, b""),
    "200 idle": (200, b""),
    "40 with half a header": (40, HALF_A_HEADER),
    "40 with half a body": (40, HALF_A_BODY),
}


def attack(site: Site) -> Outcome:
    waits = {name: _beside(site, *kind) for name, kind in KINDS.items()}
    open_to_all = _starts_open_to_all(site)
    words = ", ".join(f"{name}: {seconds:.1f} s" for name, seconds in waits.items())
    started = "accepted" if open_to_all else "refused"
    return Outcome(
        max(waits.values()) <= SOON and not open_to_all,
        f"A page waited at most (sockets: seconds) {words}; HOST=0.0.0.0 without a proxy was {started}.",
    )


def _beside(site: Site, count: int, said: bytes) -> float:
    """Seconds that the slowest of ten pages took beside so many sockets; PATIENCE where one did not come."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            connection.sendall(said)
        time.sleep(1)
        slowest = 0.0
        for _ in range(10):
            began = time.monotonic()
            try:
                site.caller().get("/pricing/", timeout=PATIENCE)
            except requests.RequestException:
                return PATIENCE
            slowest = max(slowest, time.monotonic() - began)
    return slowest


def _starts_open_to_all(site: Site) -> bool:
    environment = {**site.environment, "HOST": "0.0.0.0"}
    environment.pop("BEHIND_PROXY", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=site.tree,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode == 0 or "HOST" not in done.stderr
