"""Look at pages without an account until the table of sessions is full; then delete an account."""

from __future__ import annotations

import time

from tests.attacks.outcome import Outcome
from tests.attacks.site import Site, until

LOOKS, FULL = 200, 200_000
PAGES = (
    "/",
    "/styles/",
    "/pricing/",
    "/accounts/login/",
    "/accounts/signup/",
    "/shoots/new/?style=rembrandt",
)
LONGEST = 1.5  # seconds for a deletion on a machine that does other things too
PASSWORD = "a long walk by the sea"


def attack(site: Site) -> Outcome:
    before = site.act(_COUNT)
    for number in range(LOOKS):
        site.caller(f"203.0.113.{number}").get(PAGES[number % len(PAGES)])
    made = site.act(_COUNT) - before
    empty = _deletion(site, "first@example.org")
    site.act(_FILL, full=FULL)
    full = _deletion(site, "second@example.org")
    site.act(_END)
    until(lambda: site.act(_COUNT) < FULL, "sessions that have run out are swept")
    seen = (
        f"{LOOKS} anonymous looks left {made} sessions; a deletion took {empty:.2f} s, "
        f"and {full:.2f} s beside {FULL} sessions."
    )
    return Outcome(made == 0 and full <= LONGEST, seen)


_COUNT = "from django.contrib.sessions.models import Session\nanswer = Session.objects.count()"
_FILL = """
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute(
        "INSERT INTO django_session (session_key, session_data, expire_date)"
        " SELECT md5(n::text), %s, now() + interval '10 days' FROM generate_series(1, %s) AS n",
        [SessionStore().encode({"basket": ["rembrandt"]}), full],
    )
    cursor.execute("ANALYZE django_session")
"""
_END = """
from django.contrib.sessions.models import Session
from django.utils import timezone
Session.objects.update(expire_date=timezone.now())
"""


def _deletion(site: Site, email: str) -> float:
    owner = site.customer(email)
    owner.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert owner.get("/account/delete/").status_code == 200
    began = time.perf_counter()
    answer = owner.post("/account/delete/", {"word": "delete"})
    took = time.perf_counter() - began
    assert answer.status_code == 302, answer.status_code
    return took
