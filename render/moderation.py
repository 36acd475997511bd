"""What is reported, and what a moderator decides: it stays, or it goes with a reason that its owner reads."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import ledger
from billing.models import Hold
from render import letters, privacy
from render.errors import NoReason
from render.jobs.models import Job
from render.models import Case, Portrait
from studio import selfies
from studio.models import Selfie

State = Case.State


def report(*, portrait: Portrait, words: str) -> Case:
    """Somebody asks a moderator to look. What was approved once is not opened again."""
    with transaction.atomic():
        found = Portrait.objects.select_for_update(of=("self",)).get(pk=portrait.pk)
        known = Case.objects.filter(kind=Case.Kind.PORTRAIT, subject=found.pk).order_by("-created_at").first()
        if known is not None:
            return known
        found.save_fields(verdict=Portrait.Verdict.REPORTED)
        return _open(Case.Kind.PORTRAIT, found, portrait.owner, words)


def flag(*, selfie: Selfie, words: str) -> Case:
    """A member of staff wants a selfie looked at."""
    with transaction.atomic():
        locked = Selfie.objects.select_for_update().get(pk=selfie.pk)
        live = Case.objects.filter(kind=Case.Kind.SELFIE, subject=locked.pk, state=State.OPEN).first()
        return live or _open(Case.Kind.SELFIE, locked, locked.owner, words)


def approve(*, case: Case, by: User) -> Case:
    """It stays. A second moderator finds it decided."""
    with transaction.atomic(durable=True):
        found = Case.objects.select_for_update().get(pk=case.pk)
        if found.state == State.OPEN:
            Portrait.objects.filter(pk=found.subject).update(verdict=Portrait.Verdict.APPROVED)
            _decide(found, State.APPROVED, by)
    return found


def reject(*, case: Case, by: User, words: str) -> Case:
    """It goes, and costs nothing. A second moderator finds it decided."""
    said = " ".join(words.split())[:300]
    if not said:
        raise NoReason
    with transaction.atomic(durable=True):
        found = Case.objects.select_for_update().get(pk=case.pk)
        if found.state == State.OPEN:
            if found.kind == Case.Kind.PORTRAIT:
                _reject_portrait(found, said)
            else:
                _reject_selfie(found, said)
            _decide(found, State.REJECTED, by, said)
    return found


def _reject_portrait(case: Case, words: str) -> None:
    """Its job goes before it does: workers lock in that order."""
    Job.objects.filter(subject=case.subject).exclude(state=Job.State.DONE).delete()
    portrait = Portrait.objects.shown().select_for_update(of=("self",)).filter(pk=case.subject).first()
    if portrait is None:
        return
    refund(portrait, words)
    if portrait.state == Portrait.State.APPROVED:
        portrait.save_fields(state=Portrait.State.PROVED, hold=None)
    portrait.save_fields(verdict=Portrait.Verdict.REJECTED, verdict_words=words, share=None)
    letters.rejected(portrait)


def _reject_selfie(case: Case, words: str) -> None:
    """The photograph goes with everything that was made of it."""
    selfie = Selfie.objects.select_related("owner", "identity").filter(pk=case.subject).first()
    if selfie is None:
        return
    owner = selfie.owner
    identity = getattr(selfie, "identity", None)
    if identity is None:
        selfies.erase(selfie=selfie)
    else:
        for portrait in Portrait.objects.filter(shoot__identity=identity, hold__isnull=False):
            refund(portrait, words)
        privacy.erase_identity(identity=identity)
    letters.selfie_rejected(owner, words)


def refund(portrait: Portrait, words: str) -> None:
    """What we take down costs nothing: the credit that is held or spent comes back."""
    if portrait.hold is None:
        return
    hold = Hold.objects.get(pk=portrait.hold)
    if hold.state == Hold.State.OPEN:
        ledger.release(hold_id=hold.pk, reason=words)
    elif hold.state == Hold.State.CAPTURED:
        ledger.restore(hold_id=hold.pk, reason=words)


def _open(kind: Case.Kind, subject: Portrait | Selfie, owner: User, words: str) -> Case:
    return Case.objects.create(kind=kind, subject=subject.pk, owner=owner, words=words[:300])


def _decide(case: Case, state: Case.State, by: User, words: str = "") -> None:
    case.state, case.decision = state, words
    case.decided_by, case.decided_at = by, timezone.now()
    case.save(update_fields=["state", "decision", "decided_by", "decided_at"])
