"""Sealed files that no row answers for: what a worker leaves that dies between file and row."""

import re
import time
import uuid
from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from studio import rest
from studio.models import Identity, Selfie

DRAWERS = 256  # folders by the first two digits of the id; each sweep looks into one
OLDEST = timedelta(hours=1)  # no upload and no job takes that long

_NAME = re.compile(r"^([0-9a-f-]{36})(?:-(\d+))?\.sealed$")


def discard(drawer: int | None = None) -> int:
    """Delete the orphans of one drawer, by default the one whose minute it is."""
    digits = f"{int(time.time() // 60) % DRAWERS if drawer is None else drawer:02x}"
    found = _orphans("selfies", digits) + _orphans("identities", digits)
    rest.erase(found)
    return len(found)


def _orphans(kind: str, digits: str) -> list[str]:
    folder = f"{kind}/{digits}"
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    wanted = _wanted(kind, names)
    return [f"{folder}/{name}" for name in names if name not in wanted and _old(f"{folder}/{name}")]


def _wanted(kind: str, names: list[str]) -> set[str]:
    ids = {uuid.UUID(match[1]) for name in names if (match := _NAME.match(name))}
    if kind == "selfies":
        found = Selfie.objects.filter(pk__in=ids).values_list("pk", flat=True)
        return {f"{pk}.sealed" for pk in found}
    rows = Identity.objects.filter(pk__in=ids).values_list("pk", "version")
    return {f"{pk}-{version}.sealed" for pk, version in rows}


def _old(name: str) -> bool:
    return default_storage.get_modified_time(name) < timezone.now() - OLDEST
