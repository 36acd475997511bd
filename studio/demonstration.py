"""Real renders of the demonstration sitter, one of each version of a style that pages or staff want to see.

They are DATA_DIR/demo/<key>-large.webp and -small.webp, and -before.webp: the photograph in the same frame.
The key says what they were made from, so they never change.
"""

import hashlib
import io
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from PIL import Image

from render.jobs.models import Job
from render.jobs.queue import enqueue
from render.pipeline.contract import ENGINE_VERSION
from render.pipeline.stage import Stage
from studio import sitter
from studio.catalogue_models import Demonstration, Style, StyleVersion

if TYPE_CHECKING:
    from render.pipeline.scene import Sitter

KIND = "demonstration"
SIZES = {"large": 1536, "small": 480, "before": 1280}
"""Long edges in px: the engine's proof as it is, what a contact sheet shows, and what it was made of."""
QUALITY = 88
JOBS = uuid.UUID("8d0c5d0a-58a5-4d6f-9a3f-5c1e4f4b8d27")
"""The namespace in which a render's key becomes its job's subject."""

Tell = Callable[[Stage, float], None]


@dataclass(frozen=True)
class Made:
    """What a render was made from."""

    version: StyleVersion
    sitter: str

    @property
    def key(self) -> str:
        parts = f"{self.version.style_id}/{self.version.digest}/{ENGINE_VERSION}/{self.sitter}"
        return hashlib.sha256(parts.encode()).hexdigest()[:24]


def path(key: str, size: str) -> Path:
    return Path(settings.DATA_DIR) / "demo" / f"{key}-{size}.webp"


def of(version: StyleVersion) -> Demonstration | None:
    """How the version looks on the present sitter by the present engine, once that is known."""
    return version.demonstrations.of(engine=ENGINE_VERSION, sitter=sitter.digest()).first()


def missing() -> list[StyleVersion]:
    """Versions on offer without a picture or a refusal of the present sitter by the present engine."""
    known = Demonstration.objects.of(engine=ENGINE_VERSION, sitter=sitter.digest())
    done = {row.version_id for row in known if row.refusal or path(row.key, "before").exists()}
    styles = Style.objects.offered().with_recipes()
    return [style.current for style in styles if style.current is not None and style.current_id not in done]


def order(*, version: StyleVersion) -> Job:
    """Have a worker render it. Ordered twice, it is one job."""
    return enqueue(kind=KIND, subject=_subject(version), payload={"version": version.pk})


def of_all(versions: Sequence[StyleVersion]) -> dict[int, Demonstration]:
    """Every version's outcome that is known, by the version's id."""
    known = Demonstration.objects.of(engine=ENGINE_VERSION, sitter=sitter.digest())
    return {row.version_id: row for row in known.filter(version__in=versions)}


def jobs(versions: Sequence[StyleVersion]) -> dict[int, Job]:
    """The last job that was ordered for each version's present render, by the version's id."""
    subjects = {_subject(version): version.pk for version in versions}
    found = Job.objects.filter(kind=KIND, subject__in=subjects).order_by("created_at")
    return {subjects[job.subject]: job for job in found}


def _subject(version: StyleVersion) -> uuid.UUID:
    return uuid.uuid5(JOBS, Made(version, sitter.digest()).key)


def develop(*, version: StyleVersion, tell: Tell) -> Demonstration:
    """Render the sitter in this version. Keep the picture, or the sentence that says why there is none."""
    from render.pipeline import run
    from render.pipeline.errors import Refused
    from render.pipeline.faces.mediapipe import shared
    from render.pipeline.stages.location import selfie

    made = Made(version, sitter.digest())
    outcome: dict[str, object] = {"key": made.key, "width": 0, "height": 0, "refusal": ""}
    try:
        proof = run.prove(_seated(made.sitter), version.parsed, shared(), tell=tell)
    except Refused as refused:
        outcome["refusal"] = refused.sentence
    else:
        before = selfie(proof.scene.sitter.identity, proof.scene.placement)
        outcome["width"], outcome["height"] = _keep(
            made.key, Image.fromarray(proof.code), Image.fromarray(before)
        )
    row, _ = Demonstration.objects.update_or_create(
        version=version, engine=ENGINE_VERSION, sitter=made.sitter, defaults=outcome
    )
    return row


def forget_others() -> int:
    """Delete the renders of another sitter, whose release may have ended, or by another engine."""
    others = Demonstration.objects.exclude(engine=ENGINE_VERSION, sitter=sitter.digest())
    keys = list(others.values_list("key", flat=True))
    Demonstration.objects.filter(key__in=keys).delete()
    for key in keys:
        for size in SIZES:
            path(key, size).unlink(missing_ok=True)
    return len(keys)


@lru_cache(maxsize=1)
def _seated(digest: str) -> "Sitter":
    """The sitter, analyzed once a process: the argument says whether it is still the same photograph."""
    from render.pipeline import run
    from render.pipeline.faces.mediapipe import shared

    return run.sit(run.identify(sitter.photograph(), shared()))


def _keep(key: str, picture: Image.Image, before: Image.Image) -> tuple[int, int]:
    """Write every size, each under its final name only when it is whole."""
    for size, edge in SIZES.items():
        copy = (before if size == "before" else picture).copy()
        copy.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        written = io.BytesIO()
        copy.save(written, format="WEBP", quality=QUALITY, method=6)
        target = path(key, size)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(f".{uuid.uuid4().hex}.tmp")
        draft.write_bytes(written.getvalue())
        draft.replace(target)
    return picture.size
