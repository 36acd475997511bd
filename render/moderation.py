"""What is reported, and what a moderator decides: it stays, or it goes with a reason that its owner reads.

Rows are locked in one order: the owner, jobs, portraits, credits.
"""

from django.db import transaction
from django.utils import timezone

from accounts import locking
from accounts.models import User
from billing import ledger
from billing.models import Hold
from render import letters, privacy, reports, verdicts
from render.errors import NoReason
from render.jobs.models import Job
from render.models import Case, Copy, Portrait, Report
from studio import selfies
from studio.models import Identity, Selfie

Kind, Scope, State = Case.Kind, Case.Scope, Case.State
AGE = "A network guesses that this face may be under 18. Nothing is made of it until you decide."


def report(*, portrait: Portrait, words: str, reporter: str = "") -> Case:
    """Somebody asks a moderator to look: its owner, unless another reporter is named (`render.reports`).

    A new report opens a decided case again; what the same person has said before does not.
    """
    said = _one_line(words)
    who = reporter or reports.account(portrait.owner)
    with transaction.atomic():
        locking.lock(user_id=portrait.owner.pk)
        found = Portrait.objects.shown().get(pk=portrait.pk)
        case = Case.objects.filter(kind=Kind.PORTRAIT, subject=found.pk).order_by("-created_at").first()
        if case and (case.state == State.REJECTED or reports.known(portrait=found, reporter=who, words=said)):
            return case
        if case is None or case.state != State.OPEN:
            case = _open(Kind.PORTRAIT, found, portrait.owner, said)
            if not found.rejected:
                found.save_fields(verdict=Portrait.Verdict.REPORTED)
        reports.add(case=case, reporter=who, words=said)
        return case


def flag(*, selfie: Selfie, words: str) -> Case:
    """A member of staff wants a selfie looked at."""
    with transaction.atomic():
        locked = Selfie.objects.select_for_update().get(pk=selfie.pk)
        return _asked(Kind.SELFIE, locked, _one_line(words))


def ask_age(*, selfie: Selfie) -> Case | None:
    """A photograph is held until a moderator has looked; None where it is not any more, or is gone."""
    with transaction.atomic():
        locked = Selfie.objects.select_for_update().filter(pk=selfie.pk, age=Selfie.Age.HELD).first()
        return None if locked is None else _asked(Kind.AGE, locked, AGE)


def approve(*, case: Case, by: User) -> Case:
    """It stays; what was held for age goes on. A second moderator finds it decided."""
    with transaction.atomic(durable=True):
        found = _held(case)
        if found.state == State.OPEN:
            stays = Portrait.objects.filter(pk=found.subject).exclude(verdict=Portrait.Verdict.REJECTED)
            stays.update(verdict=Portrait.Verdict.APPROVED)
            cleared = selfies.clear(pk=found.subject) if found.kind == Kind.AGE else None
            if cleared is not None:
                letters.selfie_cleared(found.owner, cleared)
            _decide(found, State.APPROVED, by)
    return found


def reject(*, case: Case, by: User, words: str, scope: Case.Scope = Scope.PICTURE) -> Case:
    """It goes, and costs nothing. A second moderator finds it decided."""
    said = _one_line(words)
    if not said:
        raise NoReason
    with transaction.atomic(durable=True):
        found = _held(case)
        if found.state == State.OPEN:
            found.scope = scope if found.kind == Kind.PORTRAIT else Scope.IDENTITY
            if found.scope == Scope.IDENTITY:
                _reject_face(found, said)
            else:
                _reject_portrait(found, by, said)
            _decide(found, State.REJECTED, by, said)
    return found


def _reject_portrait(case: Case, by: User, words: str) -> None:
    """The picture goes wherever it is. Its jobs go before it does: workers lock in that order."""
    subject = Portrait.objects.shown().filter(pk=case.subject).first()
    if subject is not None:
        verdicts.describe(case, subject)
    pks = [portrait.pk for portrait in verdicts.portraits(case)]
    copies = Copy.objects.filter(portrait__in=pks).values_list("pk", flat=True)
    Job.objects.filter(subject__in=[*pks, *copies]).exclude(state=Job.State.DONE).delete()
    rows = Portrait.objects.shown().select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    found = {portrait.pk: portrait for portrait in rows}
    for portrait in found.values():
        refund(portrait, words)
        if portrait.state == Portrait.State.APPROVED:
            portrait.save_fields(state=Portrait.State.PROVED, hold=None)
        verdicts.take_down(portrait, words)
    if case.subject in found:
        verdicts.describe(case, found[case.subject])  # its proof may have come meanwhile
    if found:
        letters.rejected(found.get(case.subject) or next(iter(found.values())))
    others = Case.objects.filter(kind=Kind.PORTRAIT, subject__in=found, state=State.OPEN)
    for other in others.exclude(pk=case.pk):
        other.scope = case.scope
        verdicts.describe(other, found[other.subject])
        _decide(other, State.REJECTED, by, words)


def _reject_face(case: Case, words: str) -> None:
    """The photograph goes with everything that was made of it, wherever its owner has sent it."""
    selfie = _selfie(case)
    if selfie is None:
        return
    case.photograph = verdicts.fingerprint(selfie)
    case.identity = Identity.objects.filter(selfie=selfie).values_list("pk", flat=True).first()
    for found in verdicts.copies_of(selfie):
        identity = getattr(found, "identity", None)
        if identity is None:
            selfies.erase(selfie=found)
            continue
        made = Portrait.objects.filter(shoot__identity=identity)
        Job.objects.filter(subject__in=made.values("pk")).delete()
        for portrait in made.filter(hold__isnull=False):
            refund(portrait, words)
        privacy.erase_identity(identity=identity)
    letters.selfie_rejected(case.owner, words)


def _selfie(case: Case) -> Selfie | None:
    """The photograph that a case is about, or that its picture was made of."""
    rows = Selfie.objects.select_related("owner", "identity__owner")
    if case.kind != Kind.PORTRAIT:
        return rows.filter(pk=case.subject).first()
    identity = Identity.objects.filter(pk=case.identity) if case.identity else Identity.objects.none()
    return rows.filter(identity__in=identity).first()


def refund(portrait: Portrait, words: str) -> None:
    """What we take down costs nothing: the credit that is held or spent comes back."""
    if portrait.hold is None:
        return
    hold = Hold.objects.get(pk=portrait.hold)
    if hold.state == Hold.State.OPEN:
        ledger.release(hold_id=hold.pk, reason=words)
    elif hold.state == Hold.State.CAPTURED:
        ledger.restore(hold_id=hold.pk, reason=words)


def _one_line(words: str) -> str:
    return " ".join(words.split())[:300]


def _held(case: Case) -> Case:
    """The case, while nobody else decides about its owner's."""
    locking.lock(user_id=case.owner_id)
    return Case.objects.select_related("owner").get(pk=case.pk)


def _asked(kind: Case.Kind, selfie: Selfie, words: str) -> Case:
    """The open case about a photograph."""
    live = Case.objects.filter(kind=kind, subject=selfie.pk, state=State.OPEN).first()
    if live is not None:
        return live
    case = _open(kind, selfie, selfie.owner, words)
    Report.objects.create(case=case, words=words)
    return case


def _open(kind: Case.Kind, subject: Portrait | Selfie, owner: User, words: str) -> Case:
    case = Case(kind=kind, subject=subject.pk, owner=owner, words=words)
    if isinstance(subject, Portrait):
        verdicts.describe(case, subject)
    case.save(force_insert=True)
    return case


def _decide(case: Case, state: Case.State, by: User, words: str = "") -> None:
    case.state, case.decision = state, words
    case.decided_by, case.decided_at = by, timezone.now()
    case.save()
