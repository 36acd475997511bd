"""Approve, download, give back, delete, the next one; then all of the money back."""

from tests.attacks import pack
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

PORTRAITS = 14
MAY = pack.CREDITS // 2
EMAIL = "eve@example.org"
COUNT = """
    from billing.models import Account, Entry, Refund
    account = Account.objects.get(user__email=email)
    answer = {
        "back": Entry.objects.filter(account=account, kind="restore").count(),
        "unspent": account.available,
        "asked": sum(Refund.objects.filter(purchase__account=account).values_list("credits", flat=True)),
    }
"""


def attack(site: Site) -> Outcome:
    eve = pack.delivered(site, EMAIL, PORTRAITS)
    had = 0
    for portrait in eve.portraits:
        had += eve.caller.get(f"/portraits/{portrait}/full.jpg").status_code == 200
        eve.caller.post(f"/portraits/{portrait}/not-me/", {"reason": "eyes"})
        eve.caller.post(f"/portraits/{portrait}/delete/", {"sure": "yes"})
    eve.caller.post(f"/purchases/{eve.purchase}/refund", {"reason": "All of it, please."})
    found = site.act(COUNT, email=EMAIL)
    held = found["back"] <= MAY and 2 * found["back"] + found["asked"] <= pack.CREDITS
    return Outcome(
        held,
        f"{had} full portraits had; {found['back']} credits came back, {found['unspent']} of {pack.CREDITS} "
        f"are unspent, and the money of {found['asked']} is asked back.",
    )
