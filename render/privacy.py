"""Render's part in leaving: shoots and portraits, exported and erased."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts import wal
from accounts.models import Receipt, User
from accounts.privacy import erase_words
from render import lost_files, orders, prints
from render.errors import FileLost
from render.jobs.models import Job
from render.models import Case, Portrait, Report, Shoot
from studio import identities
from studio.models import Identity


def export(user: User) -> Iterator[tuple[str, bytes]]:
    """Paths inside the ZIP and their contents: of what is not paid for, or was taken down, the preview."""
    for portrait in Portrait.objects.of(user).shown().order_by("shoot__created_at", "number"):
        folder = f"portraits/{portrait.shoot_id}/{portrait.number:02}-{portrait.version.style_id}"
        yield f"{folder}/portrait.json", _facts(portrait)
        if portrait.state == Portrait.State.DELIVERED and not portrait.rejected:
            yield _picture(f"{folder}/full.jpg", prints.full(portrait))
        elif portrait.proof:
            yield _picture(f"{folder}/preview.jpg", prints.preview(portrait))


def erase(user: User) -> dict[str, int]:
    """Erase it all, in the caller's transaction; what was erased, counted."""
    cases = Case.objects.filter(owner=user)
    # Cases before jobs before portraits: moderators and workers lock in that order.
    list(cases.select_for_update().order_by("pk").values_list("pk"))
    Job.objects.filter(owner=user.pk).delete()
    count = orders.erase(owner=user, portraits=Portrait.objects.of(user))
    shoots, _ = Shoot.objects.filter(owner=user).delete()
    Report.objects.filter(case__owner=user).delete()
    erase_words(cases, "words", "decision")
    cases.filter(state=Case.State.OPEN).delete()  # after its words: the log keeps them apart from the row
    return {"portraits": count, "shoots": shoots}


def erase_identity(*, identity: Identity) -> int:
    """Erase what was made of one identity, then the identity. In a transaction; the portraits, counted."""
    count = orders.erase(owner=identity.owner, portraits=Portrait.objects.filter(shoot__identity=identity))
    Shoot.objects.filter(identity=identity).delete()
    identities.erase(identity=identity)
    return count


def discard_identity(*, identity: Identity) -> Receipt:
    """Its owner wants it gone, with all that was made of it, and gets it in writing."""
    with transaction.atomic(durable=True):
        portraits = erase_identity(identity=identity)
        counts = {"identities": 1, "selfies": 1, "portraits": portraits}
        told = {words: count for words, count in counts.items() if count}
        receipt = Receipt.objects.create(kind=Receipt.Kind.IDENTITY, counts=told)
        transaction.on_commit(wal.truncate, robust=True)
    return receipt


def _picture(name: str, path: Path) -> tuple[str, bytes]:
    """A file under its name; where it is lost, a line that says so, and the rest is exported."""
    try:
        return name, prints.read(path)
    except FileLost as lost:
        lost_files.tell(lost)
        return f"{name}.missing.txt", str(lost).encode()


def _measured(portrait: Portrait) -> dict[str, Any] | str | None:
    if not portrait.proof:
        return None
    try:
        return prints.report(portrait)
    except FileLost as lost:
        lost_files.tell(lost)
        return str(lost)


def _facts(portrait: Portrait) -> bytes:
    told = {
        "id": str(portrait.id),
        "style": portrait.version.style_id,
        "style_version": portrait.version.number,
        "recipe": portrait.version.recipe,
        "seed": portrait.seed,
        "engine": portrait.engine,
        "state": portrait.state,
        "made_at": portrait.created_at.isoformat(),
        "measured": _measured(portrait),
    }
    return json.dumps(told, indent=1, ensure_ascii=False).encode()
