"""A photograph from its upload to the coach's answer."""

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from accounts import consent, locking
from accounts.models import User
from render.jobs import queue
from render.jobs.models import Job
from render.jobs.slots import DECODERS, Full
from render.pipeline import confined
from render.pipeline.errors import Outline, Refused
from studio import age, rest
from studio.errors import HeldForAge, NotStated, TooManyLooks, TooManySelfies
from studio.models import Identity, Selfie

KIND = "coach"
HOUR = 3600
LOOKS_A_SELFIE = 2
"""Looks of the coach within an hour, for each photograph that an account may send in it."""
DECODER_SECONDS = 5.0
"""Longest that a photograph waits for a child of its own."""

Check = Callable[[User, bytes], None]
_checks: list[Check] = []


def before_taking(check: Check) -> Check:
    """Register what another app says of a photograph in the transaction that stores it: it may refuse."""
    _checks.append(check)
    return check


def take(*, owner: User, data: bytes, statement: str) -> Selfie:
    """Store a photograph, drawn anew and sealed, and ask the coach.

    ``statement`` is the version of the line that was ticked: who has read another one is asked again. Raises
    NotStated, the refusals of `render.pipeline.confined.copy`, TooManySelfies, StillRunning where another one
    of theirs is being read, Full, and NotAgreed. Then nothing is stored.
    """
    if statement != age.VERSION:
        raise NotStated
    with DECODERS.taken(owner=owner.pk, wait=DECODER_SECONDS):
        _count(owner)
        try:
            copy = confined.copy(data)
        except confined.LateError:
            raise Full from None
    selfie = Selfie(
        owner=owner,
        width=copy.width,
        height=copy.height,
        rear_camera=copy.rear_camera,
        statement=statement,
        stated_at=timezone.now(),
    )
    try:
        with transaction.atomic(durable=True):
            locking.lock(
                user_id=owner.pk
            )  # consent that is being withdrawn takes this photograph, or forbids it
            consent.require(owner)
            for check in _checks:
                check(owner, copy.data)
            selfie.save(force_insert=True)
            rest.write_selfie(selfie=selfie, owner=owner, plain=copy.data)
            look_again(selfie=selfie)
    except BaseException:
        rest.erase([selfie.file])
        raise
    return selfie


def look_again(*, selfie: Selfie) -> Job:
    """Ask the coach once more, about a photograph that it had no answer for or whose model is too old."""
    return queue.enqueue(kind=KIND, subject=selfie.id, owner=selfie.owner_id)


def ask_again(*, selfie: Selfie) -> Job:
    """The same at its owner's wish, or NotAgreed, HeldForAge or TooManyLooks."""
    consent.require(selfie.owner)
    if selfie.held:
        raise HeldForAge
    _allow_look(selfie)
    return look_again(selfie=selfie)


def answer_text(*, selfie: Selfie, text: Selfie.Text) -> None:
    """Keep what the owner says about the text on their shirt; measure again where that turns the face.

    Raises NotAgreed and TooManyLooks; then nothing is kept. Two transactions: a worker that ends its job
    waits for this row, and the new job for that one's end.
    """
    turned = (text == Selfie.Text.BACKWARD) != selfie.mirrored
    measured = turned and selfie.verdict != Selfie.Verdict.REFUSED
    if measured:
        consent.require(selfie.owner)
        _allow_look(selfie)
    selfie.text = text
    selfie.save(update_fields=["text"])
    if measured:
        look_again(selfie=selfie)


def keep_up(*, job: Job) -> None:
    """Look again at what was turned or cleared meanwhile. Within the transaction that ends the job."""
    selfie = Selfie.objects.select_for_update().filter(pk=job.subject).first()
    if selfie and "held" in job.result:
        if not selfie.held:
            look_again(selfie=selfie)
        return
    identity = Identity.objects.filter(selfie=selfie).first() if selfie else None
    kept = job.state == Job.State.DONE and "refused" not in job.result  # or it would be asked for ever
    if selfie and identity and kept and identity.mirrored != selfie.mirrored:
        look_again(selfie=selfie)


def refuse(*, selfie: Selfie, refused: Refused) -> None:
    """Record the coach's sentence. Within the worker's transaction."""
    _answer(
        selfie,
        verdict=Selfie.Verdict.REFUSED,
        code=refused.code,
        sentence=refused.sentence,
        fix=refused.fix,
        seen=_sealed(selfie, refused.outlines, ()),
    )


def passed(*, selfie: Selfie, outline: Outline, warnings: Sequence[str], age_hint: float | None) -> bool:
    """Record that portraits can be made; returns whether at once, or when a moderator has looked.

    Within the worker's transaction. Who was cleared once is not held again.
    """
    seen = _sealed(selfie, (outline,), warnings)
    _answer(selfie, verdict=Selfie.Verdict.PASSED, code="", sentence="", fix="", seen=seen)
    row = Selfie.objects.filter(pk=selfie.pk)
    if age.asks_a_person(age_hint):
        row.filter(age=Selfie.Age.NONE).update(age=Selfie.Age.HELD)
    return not row.filter(age=Selfie.Age.HELD).exists()


def clear(*, pk: uuid.UUID) -> Selfie | None:
    """Let a held photograph go on: a moderator has looked. Returns it; None where it is not held, or gone.

    In a transaction. The coach is asked after it, because a worker that ends a look waits for this row.
    """
    selfie = Selfie.objects.select_for_update().filter(pk=pk, age=Selfie.Age.HELD).first()
    if selfie is not None:
        selfie.age = Selfie.Age.CLEARED
        selfie.save(update_fields=["age"])
        transaction.on_commit(partial(look_again, selfie=selfie), robust=True)
    return selfie


def refuse_held(identities: Iterable[uuid.UUID]) -> None:
    """Raise HeldForAge where a moderator has still to look at the photograph of one of these identities."""
    if Selfie.objects.filter(identity__in=identities, age=Selfie.Age.HELD).exists():
        raise HeldForAge


def told(selfie: Selfie) -> dict[str, Any]:
    """What its row says of a photograph, for its owner's export."""
    return {
        "sent_at": selfie.created_at.isoformat(),
        "text_readable": selfie.text or None,
        "statement": age.STATEMENTS.get(selfie.statement),
        "statement_version": selfie.statement or None,
        "stated_at": selfie.stated_at.isoformat() if selfie.stated_at else None,
        "age": Selfie.Age(selfie.age).label,
    }


def latest_job(selfie: Selfie) -> Job | None:
    return Job.objects.filter(kind=KIND, subject=selfie.id).order_by("-created_at").first()


def erase(*, selfie: Selfie) -> None:
    """Forget a photograph that has no identity, and stop whoever works on it. In a transaction."""
    stop(selfie=selfie)
    rest.erase_on_commit([selfie.file])
    selfie.delete()


def stop(*, selfie: Selfie) -> None:
    """Forget what was and is being done with a photograph: a job without its row ends at its next heartbeat.

    Before anything else of the photograph is touched, because workers lock in that order.
    """
    Job.objects.filter(subject=selfie.id).delete()


def discard(*, selfie: Selfie) -> None:
    """Its owner does not want it any more."""
    with transaction.atomic(durable=True):
        locking.lock(user_id=selfie.owner_id)
        erase(selfie=selfie)


def discard_refused() -> int:
    """Forget photographs that no portrait can be made of, a while after their owner was told."""
    before = timezone.now() - timedelta(hours=settings.REFUSED_SELFIE_HOURS)
    stale = Selfie.objects.filter(verdict=Selfie.Verdict.REFUSED, answered_at__lt=before)
    found = list(stale[:100])
    for selfie in found:
        discard(selfie=selfie)
    return len(found)


def _answer(selfie: Selfie, **values: Any) -> None:
    Selfie.objects.filter(pk=selfie.pk).update(answered_at=timezone.now(), **values)


def _sealed(selfie: Selfie, outlines: Sequence[Outline], warnings: Sequence[str]) -> bytes:
    facts = {"outlines": list(outlines), "warnings": list(warnings)}
    return rest.seal_facts(row=selfie, owner=selfie.owner, facts=facts)


def _allow_look(selfie: Selfie) -> None:
    """Raise TooManyLooks where the coach has looked often enough for this account within the hour."""
    since = timezone.now() - timedelta(seconds=HOUR)
    looks = Job.objects.filter(owner=selfie.owner_id, kind=KIND, created_at__gt=since)
    if looks.count() >= LOOKS_A_SELFIE * settings.SELFIES_PER_HOUR:
        raise TooManyLooks


def _count(owner: User) -> None:
    """Count this upload against the hour's allowance."""
    key = f"selfies/{owner.pk}/{int(time.time()) // HOUR}"
    cache.add(key, 0, HOUR)
    if cache.incr(key) > settings.SELFIES_PER_HOUR:
        minutes = 60 - int(time.time()) % HOUR // 60
        raise TooManySelfies(fix=f"Come back in {minutes} minutes.")
