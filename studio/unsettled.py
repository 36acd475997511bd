"""Photographs that are no identity (yet), and how each of them stands."""

from dataclasses import dataclass

from accounts.models import User
from render.jobs.models import Job
from studio import selfies
from studio.errors import HeldForAge
from studio.models import Selfie

WAITING = "Waiting for a worker to look at it."
LOOKING = "Being looked at."
MEASURING = "Good for portraits, and being measured."
LEFT = "There is no answer: something broke on the way. Open it to have it looked at again."


@dataclass(frozen=True)
class Unsettled:
    """`words` is the state as its owner reads it."""

    selfie: Selfie
    words: str


def of(owner: User) -> list[Unsettled]:
    """The newest first. Two queries, however many there are."""
    found = list(Selfie.objects.filter(owner=owner, identity=None).select_related("owner"))
    jobs = Job.objects.live().filter(kind=selfies.KIND, subject__in=[selfie.pk for selfie in found])
    states = dict(jobs.values_list("subject", "state"))
    return [Unsettled(selfie, _words(selfie, states.get(selfie.pk, ""))) for selfie in found]


def last_refused(owner: User) -> Selfie | None:
    """The photograph that a new one is probably sent instead of."""
    return Selfie.objects.filter(owner=owner, verdict=Selfie.Verdict.REFUSED).first()


def held(owner: User) -> Selfie | None:
    """A photograph that waits for a moderator."""
    return Selfie.objects.filter(owner=owner, age=Selfie.Age.HELD).first()


def _words(selfie: Selfie, state: str) -> str:
    if selfie.verdict == Selfie.Verdict.REFUSED:
        return f"{selfie.sentence} {selfie.fix}"
    if selfie.held:
        return str(HeldForAge())
    if state == Job.State.QUEUED:
        return WAITING
    if state == Job.State.RUNNING:
        return MEASURING if selfie.verdict == Selfie.Verdict.PASSED else LOOKING
    return LEFT
