"""How long a portrait still takes: its place in the line, and what the last ones took."""

import statistics
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from django.db.models import F

from render import copies, fulls, previews
from render.jobs.models import Job
from render.pipeline.stage import Stage

FIRST_GUESS = {previews.KIND: 2.0, fulls.KIND: 10.0, copies.KIND: 10.0}
"""Seconds, until a machine has done some itself."""

LATEST = 20
REMEMBERED = 10

WORDS = {
    None: "A worker begins.",
    Stage.SEAT: "Finding the shape of your face.",
    Stage.SET_UP: "Setting the lights.",
    Stage.PROOF: "Exposing.",
    Stage.GATE: "Measuring the likeness.",
    Stage.STORE: "Fixing the preview.",
    Stage.FULL_SIZE: "Printing at full size.",
    Stage.DETAIL: "Measuring the detail.",
    Stage.DEVELOP: "Developing it once more.",
    Stage.ENCODE: "Writing the file.",
}


@dataclass(frozen=True)
class Wait:
    """What a frame says while it develops."""

    words: str
    percent: int
    seconds: int


def of(job: Job | None, ahead: int) -> Wait:
    """``ahead`` jobs stand before this one in its queue."""
    if job is None:
        return Wait("Nobody is working on this.", 0, 0)
    each = typical(job.kind)
    left = max(1, round(each * (ahead / workers(job.queue) + 1 - job.progress)))
    if job.state == Job.State.QUEUED:
        return Wait(f"Waiting, {ahead} before it." if ahead else "Next in line.", 0, left)
    return Wait(WORDS.get(Stage.named(job.stage), WORDS[None]), round(100 * job.progress), left)


def workers(queue: str) -> int:
    """Jobs of a queue that are done at once, on one host."""
    return next(known.workers for known in settings.JOB_QUEUES if known.name == queue)


def typical(kind: str) -> float:
    """Seconds that the last jobs of a kind took, in the middle."""
    key = f"typical/{kind}"
    cache = caches["computed"]
    found: float | None = cache.get(key)
    if found is None:
        rows = Job.objects.filter(kind=kind, state=Job.State.DONE, started_at__isnull=False)
        took = rows.order_by("-ended_at").values_list(F("ended_at") - F("started_at"), flat=True)[:LATEST]
        seconds = [span.total_seconds() for span in took]
        found = statistics.median(seconds) if seconds else FIRST_GUESS[kind]
        cache.set(key, found, REMEMBERED)
    return found
