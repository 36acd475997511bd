"""What a moderator rejected stays rejected, whatever address it comes back under.

A case keeps what its picture was: identity, style, seed, aims, the digest of the proof and a fingerprint of
the photograph. They outlive the portrait and the identity. Bytes are compared, within one account only;
faces are never compared.
"""

import logging
from collections.abc import Iterable, Sequence

from django.db.models import Q

from accounts import locking, vault
from accounts.models import User
from accounts.privacy import ERASED
from render.errors import PhotographTakenDown, TakenDown
from render.models import Case, Portrait
from studio import rest, selfies
from studio.models import Selfie

log = logging.getLogger(__name__)
AGAIN = "It was taken down before."
"""What is said where the words of the first time were erased."""


def refuse(portraits: Sequence[Portrait]) -> None:
    """Raise TakenDown where one of these portraits, of one owner, is a picture that was rejected."""
    cases = _rejected(portraits[0].shoot.owner_id) if portraits else []
    down = {portrait.version.style.name for portrait in portraits if _first(cases, portrait)}
    if down:
        raise TakenDown.of(sorted(down))


def mark(portrait: Portrait) -> None:
    """Take a new preview down that turns out to be a rejected picture. In the transaction that made it."""
    case = _first(_rejected(portrait.shoot.owner_id), portrait)
    if case is not None:
        take_down(portrait, words(case))


def take_down(portrait: Portrait, words: str) -> None:
    """Say so on the portrait; its link dies."""
    portrait.save_fields(verdict=Portrait.Verdict.REJECTED, verdict_words=words, share=None)


def words(case: Case) -> str:
    return AGAIN if case.decision == ERASED else case.decision


@selfies.before_taking
def refuse_photograph(owner: User, photograph: bytes) -> None:
    """Raise PhotographTakenDown where these pixels were rejected. In the transaction that stores them."""
    locking.lock(user_id=owner.pk)  # a rejection at this moment comes before, or finds the photograph
    faces = Case.objects.filter(owner=owner, state=Case.State.REJECTED, scope=Case.Scope.IDENTITY)
    known = set(faces.exclude(photograph="").values_list("photograph", flat=True))
    if known and vault.fingerprint(user=owner, plain=photograph) in known:
        raise PhotographTakenDown


def describe(case: Case, portrait: Portrait) -> None:
    """Write down what the case's picture is; its caller saves it."""
    identity = portrait.shoot.identity
    case.identity, case.style = identity.pk, portrait.version.style_id
    case.seed, case.aims = portrait.seed, portrait.aims
    case.proof_digest = portrait.proof_digest
    case.photograph = case.photograph or fingerprint(identity.selfie)


def portraits(case: Case) -> list[Portrait]:
    """The case's picture wherever it is: its portrait, and every other one that shows the same."""
    alike = Q(version__style=case.style, seed=case.seed)
    if case.proof_digest:
        alike |= Q(proof_digest=case.proof_digest)
    rows = Portrait.objects.of(case.owner).shown().filter(Q(pk=case.subject) | alike)
    return [row for row in rows.order_by("pk") if row.pk == case.subject or _same(case, row)]


def copies_of(selfie: Selfie) -> list[Selfie]:
    """The photograph wherever its owner sent it; all are of one size, so few have to be read."""
    alike = Selfie.objects.filter(owner=selfie.owner, width=selfie.width, height=selfie.height)
    others = list(alike.exclude(pk=selfie.pk).select_related("owner", "identity"))
    mark = fingerprint(selfie) if others else ""
    return [selfie, *(other for other in others if mark and fingerprint(other) == mark)]


def fingerprint(selfie: Selfie) -> str:
    """By which a photograph is known again; empty where it is lost: it can be rejected all the same."""
    try:
        return vault.fingerprint(user=selfie.owner, plain=rest.read_selfie(selfie))
    except (OSError, vault.DoesNotOpen):
        log.exception("%s cannot be read, and would not be known again.", selfie)
        return ""


def _rejected(owner_id: int) -> list[Case]:
    """What was rejected of an owner's pictures; few have any."""
    return list(Case.objects.filter(owner=owner_id, kind=Case.Kind.PORTRAIT, state=Case.State.REJECTED))


def _first(cases: Iterable[Case], portrait: Portrait) -> Case | None:
    return next((case for case in cases if _same(case, portrait)), None)


def _same(case: Case, portrait: Portrait) -> bool:
    """Whether the portrait shows what the case is about."""
    if case.proof_digest and case.proof_digest == portrait.proof_digest:
        return True
    asked = (portrait.version.style_id, portrait.seed, portrait.aims)
    if asked != (case.style, case.seed, case.aims):
        return False
    identity = portrait.shoot.identity
    return identity.pk == case.identity or bool(
        case.photograph and fingerprint(identity.selfie) == case.photograph
    )
