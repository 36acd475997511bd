"""The previews of one account delay another's first one."""

import time

from tests.attacks import sitter
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

MANY = 20
MOST = 5
"""Of the other's previews that may come before: two at work, a round, what ends while the order is sent."""

BEFORE = """
    from render.jobs.models import Job
    from render.models import Portrait
    own = Portrait.objects.filter(shoot__owner__email=bob).values("pk")
    mine = Job.objects.get(kind="preview", subject__in=own)
    others = Portrait.objects.filter(shoot__owner__email=alice).values("pk")
    started = Job.objects.filter(kind="preview", subject__in=others, started_at__lt=mine.started_at)
    answer = started.count()
"""


def attack(site: Site) -> Outcome:
    alice, bob = (
        sitter.arrive(site, "alice@example.org"),
        sitter.arrive(site, "bob@example.org", ip="198.51.100.2"),
    )
    for customer in (alice, bob):
        sitter.seat(customer)
    styles = sitter.styles(alice)
    assert sitter.order(alice, *styles[:MANY])
    began = time.monotonic()
    sitter.developed(bob, sitter.order(bob, styles[0]))
    waited = time.monotonic() - began
    before = site.act(BEFORE, alice="alice@example.org", bob="bob@example.org")
    return Outcome(
        before <= MOST,
        f"The first preview of one account came after {waited:.1f} s, behind {before} of another's {MANY}.",
    )
