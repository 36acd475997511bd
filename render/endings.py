"""How a paid portrait ends when it does not end well, and what its owner reads.

A shoot's approved portraits are told of together, when the last of them has ended: one letter, not twenty.
"""

import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef

from billing import ledger
from render import letters
from render.jobs import failures
from render.jobs.registry import on_sweep
from render.models import Portrait, Shoot

State = Portrait.State
AT_ONCE = 200  # shoots that a sweep looks at


def give_up(*, portrait: Portrait, reason: str, sentence: str, tell: bool) -> None:
    """Release the credit of an approved portrait, in the caller's transaction; it can be approved again."""
    assert portrait.hold is not None  # portrait_paid_has_hold
    ledger.release(hold_id=portrait.hold, reason=reason)
    portrait.save_fields(state=State.PROVED, hold=None, sentence=sentence, untold=tell)


def tell(*, shoot_id: uuid.UUID, delivered: bool = False) -> None:
    """Write to the owner if the last approved portrait of the shoot has ended. In a transaction.

    Portraits of one owner end one after the other, because credits move under the account's lock; the shoot
    is locked for sweeps that come at once. A letter that cannot be written undoes nothing: it is recorded,
    and the sweep tries again.
    """
    rows = Shoot.objects.select_for_update(of=("self",)).select_related("owner")
    shoot = rows.filter(pk=shoot_id).first()  # erased meanwhile, nobody is told
    if shoot is None or shoot.portraits.filter(state=State.APPROVED).exists():
        return
    with failures.recorded("letter about portraits"):
        _write(shoot, delivered=delivered)


@on_sweep
def tell_again() -> None:
    """What nobody could be told when it happened."""
    untold = Portrait.objects.filter(shoot=OuterRef("pk"), untold=True)
    for pk in Shoot.objects.filter(Exists(untold)).values_list("pk", flat=True)[:AT_ONCE]:
        with transaction.atomic():
            tell(shoot_id=pk)


def _write(shoot: Shoot, *, delivered: bool) -> None:
    failed = list(shoot.portraits.filter(untold=True).select_related("version__style").order_by("number"))
    Portrait.objects.filter(pk__in=[portrait.pk for portrait in failed]).update(untold=False)
    if shoot.owner.erased_at is not None or not shoot.owner.is_active:
        return
    if failed:
        letters.portraits_failed(shoot, failed)
    elif delivered:
        letters.portraits_ready(shoot)
