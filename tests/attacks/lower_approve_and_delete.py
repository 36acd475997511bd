"""Portraits are deleted at the moment of their approval: a credit stays held for nothing."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.attacks import sitter
from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site

SETTINGS = {"JOB_SWEEP_SECONDS": "3600"}
PAIRS = 40
FURNISH = """
    import uuid
    from django.db import transaction
    from django.utils import timezone
    from accounts.models import User
    from billing import ledger
    from billing.models import Lot
    from render.models import Portrait, Shoot
    from studio import rest
    from studio.models import Identity, Selfie, StyleVersion
    user, now = User.objects.get(email=email), timezone.now()
    selfie = Selfie.objects.create(owner=user, width=1, height=1, verdict="passed", answered_at=now)
    identity = Identity(owner=user, selfie=selfie, name="Me", engine="none")
    identity.facts = rest.seal_facts(row=identity, owner=user, facts={})
    identity.save()
    with transaction.atomic():
        account = ledger.account_of(user=user)
        ledger.grant(account=account, credits=count, kind=Lot.Kind.GOODWILL, key="attack")
        answer = []
        for number in range(count):
            shoot = Shoot.objects.create(owner=user, identity=identity)
            portrait = Portrait.objects.create(
                shoot=shoot, number=1, version=StyleVersion.objects.first(), state="proved",
                proof=f"{uuid.uuid4()}-1", proof_digest="0" * 64,
            )
            answer.append([str(shoot.pk), str(portrait.pk)])
"""
LEFT = """
    from billing.models import Hold
    from render.models import Portrait
    answer = Hold.objects.filter(state="open").exclude(subject__in=Portrait.objects.values("pk")).count()
"""


def attack(site: Site) -> Outcome:
    alice = sitter.arrive(site, "alice@example.org")
    wrong = []
    with ThreadPoolExecutor(2) as pool:
        for shoot, portrait in site.act(FURNISH, email="alice@example.org", count=PAIRS):
            barrier = Barrier(2)
            approving = pool.submit(_approve, alice, shoot, portrait, barrier)
            deleting = pool.submit(_delete, alice, portrait, barrier)
            wrong += [status for status in (approving.result(), deleting.result()) if status >= 500]
    left = site.act(LEFT)
    return Outcome(
        not left and not wrong,
        f"{left} of {PAIRS} approvals left a credit held for nothing; {len(wrong)} answers were 5xx.",
    )


def _approve(alice: Caller, shoot: str, portrait: str, barrier: Barrier) -> int:
    barrier.wait()
    return alice.post(f"/shoots/{shoot}/approve/", {"portrait": portrait, "sure": "yes"}).status_code


def _delete(alice: Caller, portrait: str, barrier: Barrier) -> int:
    barrier.wait()
    return alice.post(f"/portraits/{portrait}/delete/", {"sure": "yes"}).status_code
