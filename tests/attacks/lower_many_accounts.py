"""One card pays for several accounts, and each gives back nearly as much as it may."""

from tests.attacks import pack
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

ACCOUNTS, EACH = 2, 8
PAYER = "c0ffee" * 5
COUNT = """
    from billing.models import Entry, Flag
    answer = {
        "back": Entry.objects.filter(kind="restore").count(),
        "flags": Flag.objects.filter(sentence__contains=payer).count(),
    }
"""


def attack(site: Site) -> Outcome:
    for number in range(ACCOUNTS):
        eve = pack.delivered(site, f"eve{number}@example.org", EACH, payer=PAYER)
        for portrait in eve.portraits:
            eve.caller.post(f"/portraits/{portrait}/not-me/", {"reason": "eyes"})
            eve.caller.post(f"/portraits/{portrait}/delete/", {"sure": "yes"})
    found = site.act(COUNT, payer=PAYER)
    return Outcome(
        found["flags"] > 0,
        f"{ACCOUNTS} accounts of one card gave {found['back']} of {ACCOUNTS * pack.CREDITS} credits back; "
        f"{found['flags']} flags ask a person to look.",
    )
