"""The question about the text on a shirt is answered to and fro, and each answer has the face measured."""

import time

from tests.attacks import sitter
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

UPLOADS = 1
SETTINGS = {"SELFIES_PER_HOUR": str(UPLOADS)}
MOST = 2 * UPLOADS
SECONDS = 20
LOOKS = """
    from render.jobs.models import Job
    answer = Job.objects.filter(kind="coach").count()
"""


def attack(site: Site) -> Outcome:
    alice = sitter.arrive(site, "alice@example.org")
    selfie = sitter.seat(alice)
    sent, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        alice.post(f"{selfie}text/", {"text": ("backward", "readable")[sent % 2]})
        sent += 1
        time.sleep(1)
    looks = site.act(LOOKS)
    return Outcome(
        looks <= MOST,
        f"{sent} answers about one photograph within {SECONDS} s had the face measured {looks} times; "
        f"{MOST} an hour are meant for the account.",
    )
