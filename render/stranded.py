"""Portraits and credits that wait for a job which is gone: deleted by hand, lost in a restore, never settled.

Swept each minute. A job that ends changes its portrait in the same transaction, and an approval commits with
its job, so whoever waits without one here waits for ever.
"""

import logging
import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef

from billing import ledger
from billing.models import Hold
from render import endings
from render.jobs import cause, failures
from render.jobs.models import Job
from render.jobs.registry import on_sweep
from render.models import Portrait

log = logging.getLogger(__name__)
State = Portrait.State
WAITING = (State.PROOFING, State.APPROVED)
SENTENCE = "It was lost on the way. Ask for it once more."
REASON = "Nothing was being made for it any more."
AT_ONCE = 200  # rows that a sweep looks at


@on_sweep
def release() -> None:
    """Put right what waits for nothing."""
    jobs = Job.objects.live().filter(subject=OuterRef("pk"))
    lost = Portrait.objects.filter(~Exists(jobs), state__in=WAITING)
    for pk in lost.values_list("pk", flat=True)[:AT_ONCE]:
        if _free(pk):
            _note("a portrait that waited for no job")
    paid = Portrait.objects.filter(hold=OuterRef("pk"))
    for hold in Hold.objects.filter(~Exists(paid), state=Hold.State.OPEN)[:AT_ONCE]:
        log.error("Hold %s paid for nothing and is released.", hold.pk)
        with transaction.atomic():
            ledger.release(hold_id=hold.pk, reason=REASON)
        _note("a hold that paid for nothing")


def _note(what: str) -> None:
    """Nobody sees a row wait, so staff are told that one did."""
    failures.note(cause.named(kind="sweep render.stranded.release", what=what, place=__name__))


def _free(pk: uuid.UUID) -> bool:
    """Asked again under the portrait's lock: what a worker has just ended is none of ours."""
    with transaction.atomic(durable=True):
        rows = Portrait.objects.shown().select_for_update(of=("self",))
        portrait = rows.filter(pk=pk, state__in=WAITING).first()
        if portrait is None or Job.objects.live().filter(subject=pk).exists():
            return False
        log.error("%s waited for no job and is given up.", portrait)
        if portrait.state == State.PROOFING:
            portrait.save_fields(state=State.REFUSED, sentence=SENTENCE)
            return True
        endings.give_up(portrait=portrait, reason=REASON, sentence=SENTENCE, tell=True)
        endings.tell(shoot_id=portrait.shoot_id)
    return True
