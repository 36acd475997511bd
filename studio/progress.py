"""How far the coach is with a selfie, as its owner reads it."""

from dataclasses import dataclass
from typing import Any

from render.jobs.models import Job
from render.pipeline.stage import Stage
from studio import rest, selfies
from studio.errors import HeldForAge
from studio.models import Identity, Selfie

WORDS = {
    None: "A worker has your photograph.",
    Stage.DECODE: "Reading the photograph.",
    Stage.LOOK: "Looking for your face.",
    Stage.MODEL: "Measuring your face and cutting it out.",
    Stage.STORE: "Sealing your identity.",
}


@dataclass(frozen=True)
class Progress:
    """`polling` says that something will change; `key` changes when something has."""

    key: str
    polling: bool
    words: str
    percent: int
    ahead: int
    failed: str
    outlines: list[str]
    warnings: list[str]
    identity: Identity | None
    held: HeldForAge | None


def of(selfie: Selfie) -> Progress:
    """Two queries, whatever happens: the job, and its place in the line."""
    job = selfies.latest_job(selfie)
    facts = rest.open_facts(selfie)
    identity = getattr(selfie, "identity", None)
    live = job is not None and not job.ended
    ahead = job.ahead if job is not None and live else 0
    failed = job.error_sentence if job is not None and job.state == Job.State.FAILED else ""
    parts = (
        selfie.verdict,
        selfie.age,
        job.state if job else "",
        job.stage if job else "",
        ahead,
        identity and identity.version,
    )
    return Progress(
        key="-".join(str(part) for part in parts),
        polling=live,
        words=_words(job, ahead),
        percent=round(100 * job.progress) if job is not None else 0,
        ahead=ahead,
        failed=failed,
        outlines=[points(line, selfie) for line in facts.get("outlines", ())],
        warnings=facts.get("warnings", []),
        identity=identity,
        held=HeldForAge() if selfie.held else None,
    )


def points(line: Any, selfie: Selfie) -> str:
    """A line of shares as SVG wants it, in the photograph's pixels."""
    return " ".join(f"{x * selfie.width:.1f},{y * selfie.height:.1f}" for x, y in line)


def dots(places: Any, selfie: Selfie) -> str:
    """Places of shares as an SVG path of lines without length: round dots, where the ends are round."""
    return "".join(f"M{x * selfie.width:.1f} {y * selfie.height:.1f}h0" for x, y in places)


def _words(job: Job | None, ahead: int) -> str:
    if job is None:
        return "Nobody is looking at this photograph."
    if job.state == Job.State.QUEUED:
        return f"Waiting, {ahead} before you." if ahead else "Next in line."
    return WORDS.get(Stage.named(job.stage), WORDS[None])
