"""A customer with a pack of 20 credits and previews that can be approved: what attacks on money begin with.

The site has no Stripe to ask, so the payment is arranged in the ledger; and no portrait is rendered, so that
an attack takes seconds.
"""

from dataclasses import dataclass

from tests.attacks.caller import Caller
from tests.attacks.site import Site

CREDITS = 20
ARRANGE = """
    import uuid
    from datetime import timedelta
    from django.db import transaction
    from django.utils import timezone
    from accounts.models import User
    from billing import ledger
    from billing.models import Lot, Purchase
    from render.jobs.models import Job
    from render.models import Portrait, Shoot
    from studio import rest
    from studio.models import Identity, Selfie, Style
    user, now, pack = User.objects.get(email=email), timezone.now(), uuid.uuid4()
    payment = f"pi_{pack.hex}"
    with transaction.atomic():
        account = ledger.account_of(user=user)
        lot = ledger.grant(
            account=account, credits=credits, kind=Lot.Kind.PURCHASE, key=f"grant:{pack}",
            payment_ref=payment, paid_cents=2900,
        )
        purchase = Purchase.objects.create(
            id=pack, account=account, lot=lot, pack="Studio pack", credits=credits, price_cents=2900,
            paid_cents=2900, currency="usd", state="paid", waiver="1", payment_intent=payment, paid_at=now,
        )
        if hasattr(purchase, "payer"):
            purchase.payer = payer
            purchase.save()
        selfie = Selfie.objects.create(owner=user, width=1, height=1, verdict="passed", answered_at=now)
        identity = Identity(owner=user, selfie=selfie, name="Sitter", engine="")
        identity.facts = rest.seal_facts(row=identity, owner=user, facts={})
        identity.save()
        shoot = Shoot.objects.create(owner=user, identity=identity)
        version = Style.objects.filter(current__isnull=False).first().current
        answer = {"purchase": str(pack), "shoot": str(shoot.pk), "frames": []}
        for number in range(1, frames + 1):
            portrait = Portrait.objects.create(
                shoot=shoot, number=number, version=version, state="proved", proof=f"{uuid.uuid4()}-1",
                proof_digest="0" * 64,
            )
            answer["frames"].append(str(portrait.pk))
            # Somebody works on it already: the workers let it be when it is approved.
            Job.objects.create(
                kind="full", queue="fulls", subject=portrait.pk, state="running", attempt=1,
                lease_token=uuid.uuid4(), lease_end=now + timedelta(hours=1),
            )
"""
DELIVER = """
    import uuid
    from django.db import transaction
    from django.utils import timezone
    from billing import ledger
    from render.jobs import files
    from render.jobs.models import Job
    from render.models import Portrait
    with transaction.atomic():
        Job.objects.filter(subject__in=frames).delete()
        for portrait in Portrait.objects.filter(pk__in=frames):
            ledger.capture(hold_id=portrait.hold)
            portrait.state, portrait.full = "delivered", f"{uuid.uuid4()}-1"
            portrait.delivered_at = timezone.now()
            portrait.save()
            folder = files.named(portrait.full)
            folder.mkdir(parents=True)
            (folder / "full.jpg").write_bytes(b"a full portrait")
"""


@dataclass(frozen=True)
class Sitter:
    """A customer, the number of their purchase, and the portraits that they have had delivered."""

    caller: Caller
    purchase: str
    portraits: list[str]


def delivered(site: Site, email: str, portraits: int, *, payer: str = "") -> Sitter:
    """Approved over HTTP, a credit each, and delivered by whoever plays the worker."""
    caller = site.customer(email)
    found = site.act(ARRANGE, email=email, credits=CREDITS, frames=portraits, payer=payer)
    form = {"portrait": found["frames"], "sure": "yes"}
    answer = caller.post(f"/shoots/{found['shoot']}/approve/", form)
    assert answer.status_code == 302, f"{answer.status_code} {answer.text[:500]}"
    site.act(DELIVER, frames=found["frames"])
    return Sitter(caller, found["purchase"], found["frames"])
