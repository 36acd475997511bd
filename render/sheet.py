"""A shoot as its owner reads it: every frame with its state, in four queries however many there are."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from render import answers, fulls, previews, waiting
from render.jobs.models import Job
from render.models import Portrait, Shoot
from render.waiting import Wait

State = Portrait.State


@dataclass(frozen=True)
class Frame:
    """One portrait on its sheet."""

    portrait: Portrait
    wait: Wait | None

    @property
    def key(self) -> str:
        """Changes when what is shown changes."""
        row = self.portrait
        parts = [row.state, row.verdict, str(int(row.favorite)), row.sentence[:1]]
        if self.wait:
            parts += [self.wait.words, str(self.wait.percent), str(self.wait.seconds)]
        return hash_of("/".join(parts))

    @property
    def format(self) -> str:
        return "f" + self.portrait.canvas.aspect.replace(":", "x")

    @property
    def answer(self) -> str:
        """What it does about what was said of the frames before it."""
        return answers.words(self.portrait.aims)

    @property
    def likeness(self) -> str:
        """The measure of the lock, in words for a caption."""
        found = self.portrait.measured.get("registration_p95")
        return "" if found is None else f"landmarks within {100 * found:.2f} % of your pupils' distance"


@dataclass(frozen=True)
class Sheet:
    """All frames of a shoot, and what they add up to."""

    shoot: Shoot
    frames: tuple[Frame, ...]

    @property
    def key(self) -> str:
        return ".".join(frame.key for frame in self.frames)

    @property
    def polling(self) -> bool:
        return any(frame.wait for frame in self.frames)

    def count(self, *states: State) -> int:
        """How many frames are in one of these states, without those that a moderator took down."""
        return sum(frame.portrait.state in states and not frame.portrait.rejected for frame in self.frames)

    @property
    def taken_down(self) -> int:
        return sum(frame.portrait.rejected for frame in self.frames)

    @property
    def approvable(self) -> int:
        return sum(frame.portrait.approvable for frame in self.frames)

    @property
    def seconds(self) -> int:
        """Until the last frame that is waited for."""
        return max((frame.wait.seconds for frame in self.frames if frame.wait), default=0)

    @property
    def words(self) -> str:
        """The state of the whole, as one sentence."""
        coming = self.count(State.PROOFING)
        if coming:
            all_of_them = len(self.frames)
            return f"{all_of_them - coming} of {all_of_them} developed; the last in about {self.seconds} s."
        printing = self.count(State.APPROVED)
        if printing:
            return f"{printing} being made at full size; the last in about {self.seconds} s."
        done = self.count(State.DELIVERED)
        words = [f"{done} delivered."] if done else []
        if self.taken_down:
            words.append(f"{self.taken_down} taken down by a moderator.")
        if self.approvable:
            words.append(f"Mark the {'others' if done else 'frames'} that look like you.")
        return " ".join(words) or "Nothing is left to choose."

    def changed(self, known: str) -> list[Frame]:
        """The frames that differ from what the browser shows."""
        shown = known.split(".")
        if len(shown) != len(self.frames):
            return list(self.frames)
        return [frame for frame, key in zip(self.frames, shown, strict=True) if frame.key != key]


def of(shoot: Shoot) -> Sheet:
    return Sheet(shoot, tuple(frames(Portrait.objects.shown().filter(shoot=shoot).order_by("number"))))


def frames(portraits: Iterable[Portrait]) -> list[Frame]:
    found = list(portraits)
    jobs = _jobs(found)
    lines = _lines(jobs.values())
    return [Frame(row, _wait(row, jobs, lines)) for row in found]


def hash_of(text: str) -> str:
    """Six characters that stand for a text in an address."""
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _jobs(portraits: list[Portrait]) -> dict[object, Job]:
    """The live job of each portrait that waits for one."""
    waiting_for = {State.PROOFING: previews.KIND, State.APPROVED: fulls.KIND}
    ids = [row.pk for row in portraits if row.state in waiting_for]
    return {job.subject: job for job in Job.objects.live().filter(subject__in=ids)} if ids else {}


def _lines(jobs: Iterable[Job]) -> dict[object, int]:
    """How many live jobs stand before each that is queued."""
    queued = [job for job in jobs if job.state == Job.State.QUEUED]
    ahead: dict[object, int] = {}
    for queue in {job.queue for job in queued}:
        line = Job.objects.line(queue).values_list("pk", flat=True)
        ahead |= {pk: place for place, pk in enumerate(line)}
    return ahead


def _wait(row: Portrait, jobs: dict[object, Job], lines: dict[object, int]) -> Wait | None:
    if row.rejected or row.state not in (State.PROOFING, State.APPROVED):
        return None
    job = jobs.get(row.pk)
    return waiting.of(job, lines.get(job.pk, 0) if job else 0)
