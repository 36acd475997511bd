"""A rejected picture comes back under another address; a report by the owner first hides later ones."""

from typing import Any

from tests.attacks import sitter
from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site, until

ALICE = "alice@example.org"

DECIDE = """
    from accounts.models import User
    from render import moderation
    from render.models import Case, Portrait
    staff, _ = User.objects.get_or_create(email="dora@example.org", defaults={"is_staff": True})
    portrait = Portrait.objects.get(pk=portrait)
    case = Case.objects.filter(subject=portrait.pk, state="open").first()
    case = case or moderation.report(portrait=portrait, words="Seen by a moderator.")
    if stays:
        moderation.approve(case=case, by=staff)
    else:
        moderation.reject(case=case, by=staff, words="This is somebody else.")
    answer = portrait.proof_digest
"""
BACK = """
    from render.models import Portrait
    answer = Portrait.objects.filter(proof_digest=digest, state="proved").exclude(verdict="rejected").count()
"""
LEAVE = """
    from render import privacy
    from studio.models import Identity
    privacy.discard_identity(identity=Identity.objects.get(owner__email=email))
"""
SHARE = """
    import uuid
    from django.db import transaction
    from django.utils import timezone
    from accounts.models import User
    from billing import ledger
    from billing.models import Lot
    from render.models import Portrait
    found = Portrait.objects.get(pk=portrait)
    account = ledger.account_of(user=User.objects.get(email=email))
    with transaction.atomic():
        ledger.grant(account=account, credits=1, kind=Lot.Kind.GOODWILL, key=f"{uuid.uuid4()}")
        hold = ledger.hold(account=account, subject=found.pk)
        ledger.capture(hold_id=hold.id)
    now = timezone.now()
    paid = {"hold": hold.id, "approved_at": now, "delivered_at": now}
    found.save_fields(state="delivered", full="none-1", share=token, **paid)
"""
OPEN = """
    from render.models import Case
    answer = Case.objects.filter(subject=portrait, state="open").count()
"""


def attack(site: Site) -> Outcome:
    alice = sitter.arrive(site, ALICE)
    sitter.seat(alice)
    first, second = sitter.styles(alice)[:2]
    back = _bring_back(site, alice, first)
    hidden = _hide_reports(site, alice, second)
    ways = ", ".join(back) or "no way"
    seen = f"The rejected proof came back by {ways}; {hidden} of 1 later reports vanished."
    return Outcome(not back and not hidden, seen)


def _bring_back(site: Site, alice: Caller, style: str) -> list[str]:
    """The ways by which the same pixels can be approved again."""
    (portrait,) = sitter.developed(alice, sitter.order(alice, style))
    digest = site.act(DECIDE, portrait=portrait, stays=False)
    found = []

    def tried(way: str) -> None:
        shoot = sitter.order(alice, style)
        if shoot:
            sitter.developed(alice, shoot)
        if _count(site, digest):
            found.append(way)

    alice.post(f"/portraits/{portrait}/again/")
    tried("one more order")
    alice.post(f"/portraits/{portrait}/delete/", {"sure": "yes"})
    tried("an order after its deletion")
    site.act(LEAVE, email=ALICE)
    sitter.seat(alice)
    tried("the same selfie sent again")
    return found


def _count(site: Site, digest: str) -> Any:
    return site.act(BACK, digest=digest)


def _hide_reports(site: Site, alice: Caller, style: str) -> int:
    """Reports by a stranger that no moderator sees, because the owner reported first."""
    (portrait,) = sitter.developed(alice, sitter.order(alice, style))
    site.act(SHARE, email=ALICE, portrait=portrait, token="attacked")
    alice.post(f"/portraits/{portrait}/report/", {"words": "Is it me?"})
    site.act(DECIDE, portrait=portrait, stays=True)
    stranger = site.caller("203.0.113.7")
    until(lambda: stranger.get("/s/attacked/").ok, "the picture is shared")
    assert (
        stranger.post("/s/attacked/report/", {"words": "This is me, and I never agreed."}).status_code == 302
    )
    return 1 - int(site.act(OPEN, portrait=portrait))
