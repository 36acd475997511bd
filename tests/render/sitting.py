"""Shoots of the cast, ordered as the site orders them and developed as a worker develops them."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts.models import User
from billing import ledger
from billing.models import Hold, Lot
from render import fulls, orders
from render.jobs.models import Job
from render.jobs.work import work
from render.models import Portrait, Shoot
from render.pipeline.recipe import find
from studio import catalogue
from studio.models import Identity, Style
from tests.studio.sitting import identity_of

SLUGS = ("rembrandt", "corporate")
State = Portrait.State


def stock(*slugs: str) -> list[Style]:
    """These styles, on offer."""
    catalogue.load(recipes=[find(slug) for slug in slugs])
    return list(Style.objects.with_recipes().filter(slug__in=slugs))


def shoot_of(owner: User, *slugs: str, identity: Identity | None = None) -> Shoot:
    """Ordered, and nothing of it made yet."""
    return orders.order(identity=identity or identity_of(owner), styles=stock(*(slugs or SLUGS)))


def develop() -> None:
    """Do what the workers do, until nothing is left to do."""
    while (
        job := Job.objects.filter(state=Job.State.QUEUED).exclude(queue="mail").order_by("created_at").first()
    ):
        work(str(job.id))


def proofs(owner: User, *slugs: str) -> list[Portrait]:
    """A developed sheet."""
    shoot = shoot_of(owner, *slugs)
    develop()
    found = list(Portrait.objects.shown().filter(shoot=shoot).order_by("number"))
    assert {row.state for row in found} == {State.PROVED}, [row.sentence for row in found]
    return found


def fund(owner: User, count: int = 5) -> Lot:
    with transaction.atomic():
        return ledger.grant(
            account=ledger.account_of(user=owner),
            credits=count,
            kind=Lot.Kind.PURCHASE,
            key=f"{uuid.uuid4()}",
            paid_cents=145 * count,
        )


def approve(*portraits: Portrait) -> None:
    orders.approve(owner=portraits[0].owner, ids=[portrait.pk for portrait in portraits])


def delivered(owner: User, slug: str = "rembrandt") -> Portrait:
    """One portrait, paid for."""
    fund(owner)
    (portrait,) = proofs(owner, slug)
    approve(portrait)
    develop()
    portrait.refresh_from_db()
    assert portrait.state == State.DELIVERED, portrait.sentence
    return portrait


def balance(owner: User) -> tuple[int, int]:
    account = ledger.account_of(user=owner)
    return account.available, account.held


def folders() -> set[str]:
    """What lies in the folder of results."""
    results = Path(settings.JOB_DIR) / "results"
    return {path.name for path in results.iterdir()} if results.is_dir() else set()


def assert_settled() -> None:
    """Every open hold has its live job; every folder its row; nothing is spent that was not delivered."""
    named = Portrait.objects.values_list("proof", "full")
    assert folders() == {name for pair in named for name in pair if name}
    waiting = set(Portrait.objects.filter(state=State.APPROVED).values_list("pk", flat=True))
    assert set(Hold.objects.filter(state=Hold.State.OPEN).values_list("subject", flat=True)) == waiting
    live = set(Job.objects.live().filter(kind=fulls.KIND).values_list("subject", flat=True))
    assert live == waiting
    spent = Hold.objects.filter(state=Hold.State.CAPTURED).exclude(entries__kind="restore")
    assert set(Portrait.objects.filter(state=State.DELIVERED).values_list("hold", flat=True)) <= set(
        spent.values_list("pk", flat=True)
    )
    drafts = Path(settings.JOB_DIR) / "drafts"
    assert not drafts.is_dir() or not list(drafts.iterdir()) or live
