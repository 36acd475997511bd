"""What a customer asks for: previews, approval, deletion. One call each; everything or nothing."""

import time
import uuid
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import consent, locking
from accounts.models import User
from billing import ledger
from billing.errors import NoCredits
from billing.models import Hold
from render import fulls, previews, prints, verdicts
from render.errors import (
    NoStyles,
    NotEnoughCredits,
    NothingToApprove,
    TakenDown,
    TooManyPreviews,
    TooManyStyles,
)
from render.jobs.models import Job
from render.jobs.queue import enqueue
from render.models import Copy, Portrait, Shoot
from studio import selfies
from studio.catalogue_models import Style
from studio.models import Identity

MOST = 20
HOUR = 3600


def order(*, identity: Identity, styles: Sequence[Style]) -> Shoot:
    """Begin a shoot: a free preview of the identity in each style."""
    versions = [style.current for style in styles if style.current is not None]
    if not versions:
        raise NoStyles
    if len(versions) > MOST:
        raise TooManyStyles
    may_begin(owner=identity.owner, identities=[identity.pk])
    _count(identity.owner_id, len(versions))
    with transaction.atomic(durable=True):
        locking.lock(user_id=identity.owner_id)
        sitter = Identity.objects.select_for_update().get(pk=identity.pk)  # erased meanwhile, it raises
        shoot = Shoot(owner_id=sitter.owner_id, identity=sitter)
        frames = [
            Portrait(shoot=shoot, number=number, version=version)
            for number, version in enumerate(versions, 1)
        ]
        verdicts.refuse(frames)
        shoot.save(force_insert=True)
        for frame in frames:
            _proof(frame)
    return shoot


def may_begin(*, owner: User, identities: Iterable[uuid.UUID]) -> None:
    """Raise NotAgreed or HeldForAge where nothing new may be made of these now."""
    consent.require(owner)
    selfies.refuse_held(identities)


def again(*, portrait: Portrait, aim: str = "") -> Portrait:
    """A free preview once more: aimed at what was wrong, or as it was by the present engine."""
    if portrait.rejected:
        raise TakenDown
    may_begin(owner=portrait.owner, identities=[portrait.shoot.identity_id])
    _count(portrait.owner.pk, 1)
    with transaction.atomic(durable=True):
        locking.lock(user_id=portrait.owner.pk)
        return another(portrait=portrait, aim=aim)


def another(*, portrait: Portrait, aim: str) -> Portrait:
    """The next frame of the same sheet, in the same version of the style, aimed at all that was said so far.

    In a transaction that holds its owner.
    """
    shoot = Shoot.objects.select_for_update().get(pk=portrait.shoot_id)
    last = shoot.portraits.aggregate(last=Max("number"))["last"]
    seed = portrait.seed + 1 if aim else portrait.seed
    frame = Portrait(
        shoot=shoot,
        number=last + 1,
        version=portrait.version,
        seed=seed,
        aims=[*portrait.aims, aim] if aim else portrait.aims,
        mends=portrait,
    )
    verdicts.refuse([frame])
    return _proof(frame)


def approve(*, owner: User, ids: Iterable[uuid.UUID]) -> list[Portrait]:
    """Have portraits made at full size: a credit is held for each, or nothing happens.

    Approved twice, also at once, it is one hold and one job.
    """
    with transaction.atomic(durable=True):
        locking.lock(user_id=owner.pk)
        chosen = list(_locked(owner, ids))
        wanted = [portrait for portrait in chosen if portrait.approvable]
        verdicts.refuse(wanted)
        if wanted:
            may_begin(owner=owner, identities=[portrait.shoot.identity_id for portrait in wanted])
        if not wanted and not any(portrait.hold for portrait in chosen):
            raise NothingToApprove
        _pay(owner, wanted)
        for portrait in wanted:
            enqueue(kind=fulls.KIND, subject=portrait.id, owner=owner.pk)
    return chosen


def erase(*, owner: User, portraits: Iterable[Portrait]) -> int:
    """Forget an owner's portraits with all of their files, and stop whoever works on them. In a transaction.

    The owner is held first: what is being approved or copied at this moment has its hold and its job, or will
    have none. A job without its row is fenced at its next heartbeat. What is held goes back; what is spent
    stays spent.
    """
    locking.lock(user_id=owner.pk)
    found = list(portraits)
    copies = list(Copy.objects.filter(portrait__in=found))
    Job.objects.filter(subject__in=[row.pk for row in (*found, *copies)]).delete()
    prints.erase_on_commit(copy.folder for copy in copies)
    for portrait in found:
        for hold in Hold.objects.filter(subject=portrait.pk, state=Hold.State.OPEN):
            ledger.release(hold_id=hold.pk, reason="The portrait was deleted before it was made.")
        prints.erase_on_commit([portrait.proof, portrait.full])
        portrait.delete()
    return len(found)


def discard(*, portrait: Portrait) -> None:
    """Its owner does not want it any more; the last frame takes its shoot with it."""
    with transaction.atomic(durable=True):
        erase(owner=portrait.owner, portraits=Portrait.objects.filter(pk=portrait.pk))
        Shoot.objects.filter(pk=portrait.shoot_id, portraits=None).delete()


def discard_shoot(*, shoot: Shoot) -> None:
    """The whole sheet."""
    with transaction.atomic(durable=True):
        erase(owner=shoot.owner, portraits=shoot.portraits.all())
        shoot.delete()


def _proof(portrait: Portrait) -> Portrait:
    portrait.save(force_insert=True)
    enqueue(kind=previews.KIND, subject=portrait.id, owner=portrait.shoot.owner_id)
    return portrait


def _pay(owner: User, wanted: Sequence[Portrait]) -> None:
    """Hold a credit for each."""
    account = ledger.account_of(user=owner)
    have = account.available
    try:
        for portrait in wanted:
            hold = ledger.hold(account=account, subject=portrait.id)
            portrait.save_fields(
                state=Portrait.State.APPROVED,
                hold=hold.id,
                approved_at=timezone.now(),
                sentence="",
                untold=False,
            )
    except NoCredits:
        raise NotEnoughCredits.of(need=len(wanted), have=have) from None


def _locked(owner: User, ids: Iterable[uuid.UUID]) -> Iterable[Portrait]:
    """In one order, so that two tabs wait for each other and never in a ring."""
    rows = Portrait.objects.of(owner).filter(pk__in=list(ids))
    return rows.select_for_update(of=("self",)).order_by("pk")


def _count(owner_id: int, previews_wanted: int) -> None:
    """Count previews against the hour's allowance."""
    key = f"previews/{owner_id}/{int(time.time()) // HOUR}"
    cache.add(key, 0, HOUR)
    if cache.incr(key, previews_wanted) > settings.PREVIEWS_PER_HOUR:
        minutes = 60 - int(time.time()) % HOUR // 60
        raise TooManyPreviews(fix=f"Come back in {minutes} minutes.")
