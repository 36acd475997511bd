"""Portraits whose files are bytes that code wrote, delivered as a worker delivers: no engine, no photograph.

Where a test is about rows, files and pages, and not about pictures.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.models import User
from render import copies, fulls, orders, previews, prints
from render.jobs import lease
from render.jobs.lease import Lease
from render.jobs.models import Job
from render.models import Copy, Portrait
from render.pipeline.contract import ENGINE_VERSION
from studio import rest
from studio.models import Identity, Selfie
from tests.render.sitting import approve, fund, stock

REPORT: dict[str, Any] = {
    "registration": {"p95": 0.001, "limit_p95": 0.0015},
    "likeness": {"gain": 1.0, "direction": 1.0},
    "overlay": {"outlines": [], "places": [], "limit": 1.0},
    "selfie": {"warnings": []},
    "engine": {"did": "Nothing."},
    "frame": {"seen_from_m": 1.0, "taken_from_m": 0.5},
    "face": {},
}
"""What a portrait's page reads of a report."""


def identity_of(owner: User) -> Identity:
    """An identity that was never measured."""
    passed = {"verdict": Selfie.Verdict.PASSED, "answered_at": timezone.now()}
    selfie = Selfie.objects.create(owner=owner, width=1, height=1, **passed)
    rest.write_selfie(selfie=selfie, owner=owner, plain=b"selfie")
    name = f"Sitter {Identity.objects.count() + 1}"
    identity = Identity(owner=owner, selfie=selfie, name=name, engine="none")
    identity.facts = rest.seal_facts(row=identity, owner=owner, facts={})
    identity.save()
    return identity


def proved(owner: User, *slugs: str, identity: Identity | None = None) -> list[Portrait]:
    """A sheet of previews."""
    shoot = orders.order(identity=identity or identity_of(owner), styles=stock(*slugs))
    work()
    return list(Portrait.objects.shown().filter(shoot=shoot).order_by("number"))


def delivered(owner: User, *slugs: str) -> list[Portrait]:
    """A sheet that is paid for."""
    found = proved(owner, *slugs)
    fund(owner, len(found))
    approve(*found)
    work()
    return list(Portrait.objects.shown().filter(shoot=found[0].shoot_id).order_by("number"))


def copied(portrait: Portrait, name: str = "png") -> Copy:
    copies.order(portrait=portrait, name=name)
    work()
    return Copy.objects.get(portrait=portrait, name=name)


def work() -> None:
    """End every queued job as a worker ends it, with files of a few bytes."""
    queued = Job.objects.filter(state=Job.State.QUEUED, kind__in=WRITERS).order_by("created_at")
    for pk in list(queued.values_list("pk", flat=True)):
        taken = lease.claim(job_id=pk)
        if taken is not None:
            lease.finish(lease=taken, result=WRITERS[taken.kind](taken))


def content(portrait: Portrait, name: str) -> bytes:
    """Different bytes for each name and portrait."""
    return f"{name} of {portrait.pk}\n".encode() * 50


def damaged(path: Path) -> bytes:
    """Flip one bit of a file; returns what was there before."""
    before = path.read_bytes()
    path.write_bytes(before[:10] + bytes([before[10] ^ 1]) + before[11:])
    return before


def _preview(taken: Lease) -> dict[str, Any]:
    portrait = _write(taken, prints.PREVIEW, prints.PROOF, prints.SMALL)
    prints.write_selfie(folder=taken.draft, portrait=portrait, owner=portrait.owner, plain=b"selfie")
    digest = hashlib.sha256(portrait.pk.bytes).hexdigest()
    return {"digest": digest, "engine": ENGINE_VERSION, "measured": {"registration_p95": 0.001}}


def _full(taken: Lease) -> dict[str, Any]:
    _write(taken, prints.FULL, prints.SCREEN, prints.PHONE, prints.SMALL)
    return {}


def _write(taken: Lease, *names: str) -> Portrait:
    portrait = Portrait.objects.shown().get(pk=taken.subject)
    for name in names:
        (taken.draft / name).write_bytes(content(portrait, name))
    prints.write_report(folder=taken.draft, portrait=portrait, owner=portrait.owner, report=REPORT)
    return portrait


def _copy(taken: Lease) -> dict[str, Any]:
    found = Copy.objects.select_related("portrait").get(pk=taken.subject)
    kind = copies.KINDS[found.name]
    name = f"{kind.name}.{kind.ending}"
    (taken.draft / name).write_bytes(content(found.portrait, name))
    return {}


WRITERS = {previews.KIND: _preview, fulls.KIND: _full, copies.KIND: _copy}


def paths(portrait: Portrait) -> Iterator[Path]:
    """Every file of a delivered portrait."""
    for row in portrait.files.order_by("pk"):
        yield prints.preview(portrait).parent.with_name(row.folder) / row.name
