"""Two hundred customers look at pages for two minutes, while rows 3, 4 and 11 are played beside them.

A customer opens a page about every ten seconds, and the picture of a portrait with its shoot, each on a
connection of its own, as a proxy without keep-alive sends it on. The attackers are a process of their own.
"""

from __future__ import annotations

import contextlib
import http.client
import multiprocessing
import random
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from typing import Any

from tests.attacks import row_03_scans, row_04_bodies, row_11_idle_sockets
from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site
from tests.pipeline.bombs import scans

CUSTOMERS, SECONDS, THINKING = 200, 120.0, (5.0, 15.0)
P95 = 1.0  # seconds, while the cores render portraits; an attack that holds threads takes ten
PUBLIC = ("/", "/styles/", "/styles/rembrandt/", "/pricing/")
OWN = ("/account/", "/shoots/", "/shoots/new/", "/credits/")
SOCKETS = [(200, b""), (40, row_11_idle_sockets.HALF_A_HEADER), (40, row_11_idle_sockets.HALF_A_BODY)]
OPEN_AGAIN = 15.0  # seconds, after which the site has closed many of them

FURNISH = """
    import os, uuid
    from django.conf import settings
    from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
    from django.db import transaction
    from django.test import Client
    from django.utils import timezone
    from allauth.account.models import EmailAddress
    from accounts import consent
    from accounts.models import User
    from billing import ledger
    from billing.models import Lot
    from render.jobs import files
    from render.models import Portrait, Shoot
    from studio import rest
    from studio.models import Identity, Selfie, Style
    answer, now, picture = [], timezone.now(), os.urandom(60_000)
    version = Style.objects.filter(current__isnull=False).first().current
    for number in range(customers):
        user = User.objects.create_user(f"customer{number}@example.org", None)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        consent.give(user=user, locale="en")
        with transaction.atomic():
            ledger.grant(
                account=ledger.account_of(user=user), credits=20, kind=Lot.Kind.PURCHASE,
                key=f"grant:{number}", paid_cents=2900,
            )
            selfie = Selfie.objects.create(owner=user, width=1, height=1, verdict="passed", answered_at=now)
            identity = Identity(owner=user, selfie=selfie, name="Sitter", engine="")
            identity.facts = rest.seal_facts(row=identity, owner=user, facts={})
            identity.save()
            shoot = Shoot.objects.create(owner=user, identity=identity)
            proof = f"{uuid.uuid4()}-1"
            portrait = Portrait.objects.create(
                shoot=shoot, number=1, version=version, state="proved", proof=proof, proof_digest="0" * 64
            )
        folder = files.named(proof)
        folder.mkdir(parents=True)
        for name in ("small.jpg", "preview.jpg"):
            (folder / name).write_bytes(picture)
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        found = {"cookie": f"{cookie.key}={cookie.value}", "portrait": portrait.pk, "shoot": shoot.pk}
        answer.append({name: str(value) for name, value in found.items()})
"""


def attack(site: Site) -> Outcome:
    customers = site.act(FURNISH, customers=CUSTOMERS)
    senders = [site.customer(f"sender{number}@example.org") for number in range(4)]
    attackers = multiprocessing.get_context("fork").Process(
        target=_attackers, args=(site, senders), daemon=True
    )
    attackers.start()
    looks: list[tuple[str, float, str]] = []
    end = time.monotonic() + SECONDS
    threads = [threading.Thread(target=_look, args=(site.port, one, end, looks)) for one in customers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert attackers.is_alive(), "The attackers have given up."
    attackers.kill()
    attackers.join()
    return judged(looks)


def judged(looks: list[tuple[str, float, str]]) -> Outcome:
    """What customers saw: the page, how long it took and its status, each time."""
    statuses = Counter(status for _, _, status in looks)
    seconds = [took for _, took, _ in looks]
    median, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    broken = Counter(f"{page} {status}" for page, _, status in looks if status != "200")
    seen = (
        f"{len(looks)} answers for {CUSTOMERS} customers: median {median * 1000:.0f} ms, "
        f"p95 {p95 * 1000:.0f} ms, longest {max(seconds) * 1000:.0f} ms; statuses {dict(statuses)}"
    )
    return Outcome(p95 <= P95 and not broken, f"{seen}; {dict(broken.most_common(3))}" if broken else seen)


def _look(port: int, customer: dict[str, str], end: float, looks: list[tuple[str, float, str]]) -> None:
    chance = random.Random(customer["portrait"])
    shoot = f"/shoots/{customer['shoot']}/"
    pages = cycle(chance.sample([*PUBLIC, *OWN, shoot], len(PUBLIC) + len(OWN) + 1))
    time.sleep(chance.uniform(0, THINKING[1]))
    while time.monotonic() < end:
        page = next(pages)
        addresses = [page, f"/portraits/{customer['portrait']}/small.jpg"] if page == shoot else [page]
        for address in addresses:
            began = time.monotonic()
            looks.append((page, *_got(port, address, customer["cookie"], began)))
        time.sleep(chance.uniform(*THINKING))


def _got(port: int, address: str, cookie: str, began: float) -> tuple[float, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": cookie, "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.9"}
    try:
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        answer.read()
        status = str(answer.status)
    except (OSError, http.client.HTTPException) as error:
        status = repr(error)
    finally:
        connection.close()
    return time.monotonic() - began, status


def _attackers(site: Site, senders: list[Caller]) -> None:
    bomb = scans(3000)
    acts: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        *((row_03_scans.send, (sender, bomb)) for sender in senders * 4),
        (row_04_bodies.declared, (site,)),
        (row_04_bodies.chunked, (site,)),
        (_uploads, (site,)),
        (_sockets, (site,)),
    ]
    for act, given in acts[1:]:
        threading.Thread(target=_again, args=(act, given), daemon=True).start()
    _again(*acts[0])


def _again(act: Callable[..., Any], given: tuple[Any, ...]) -> None:
    while True:
        with contextlib.suppress(Exception):  # an attacker who is refused tries again
            act(*given)


def _uploads(site: Site) -> None:
    with row_04_bodies.nearly_sent(site):
        time.sleep(OPEN_AGAIN)


def _sockets(site: Site) -> None:
    with contextlib.ExitStack() as stack:
        for count, said in SOCKETS:
            for _ in range(count):
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", site.port)))
                connection.sendall(said)
        time.sleep(OPEN_AGAIN)
