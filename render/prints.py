"""Where a portrait's files lie: in the folders that the jobs of its preview and its full size delivered."""

import json
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction

from accounts import vault
from accounts.models import User
from render.errors import FileLost
from render.jobs import files
from render.models import Copy, Portrait

PREVIEW, PROOF, FULL = "preview.jpg", "proof.png", "full.jpg"
SCREEN, PHONE, SMALL = "screen.jpg", "phone.jpg", "small.jpg"
REPORT, SELFIE = "report.sealed", "selfie.sealed"


def preview(portrait: Portrait) -> Path:
    return files.named(portrait.proof) / PREVIEW


def proof(portrait: Portrait) -> Path:
    return files.named(portrait.proof) / PROOF


def full(portrait: Portrait) -> Path:
    return files.named(portrait.full) / FULL


def screen(portrait: Portrait) -> Path:
    """The full portrait as large as a screen."""
    return files.named(portrait.full) / SCREEN


def phone(portrait: Portrait) -> Path:
    """The full portrait for a small screen."""
    return files.named(portrait.full) / PHONE


def small(portrait: Portrait) -> Path:
    """What a sheet shows: of the full portrait once it is paid for, with the watermark before."""
    paid = portrait.state == Portrait.State.DELIVERED
    return files.named(portrait.full if paid else portrait.proof) / SMALL


def copy(found: Copy) -> Path:
    """The one file of a copy's folder."""
    folder = files.named(found.folder)
    path = next(folder.glob("*"), None)
    if path is None:
        raise FileLost.of(folder, "The folder of a copy is empty or missing.")
    return path


def saved_name(portrait: Portrait) -> str:
    """What its files are called where somebody saves them, without a suffix."""
    return f"portraitos-{portrait.version.style_id}-{portrait.number:02}"


def opened(path: Path, size: int | None = None) -> BinaryIO:
    """A delivered file, open to be read. FileLost where it is missing, or has another size than `size`."""
    try:
        file = path.open("rb")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise FileLost.of(path, f"{error.strerror}.") from error
    found = os.fstat(file.fileno()).st_size
    if size is not None and found != size:
        file.close()
        raise FileLost.of(path, f"It has {found} bytes and was delivered with {size}.")
    return file


def read(path: Path) -> bytes:
    """All of a delivered file."""
    with opened(path) as file:
        return file.read()


def selfie(portrait: Portrait) -> bytes:
    """The selfie in the portrait's own frame, a JPEG: what a flicker compares."""
    sealed = read(files.named(portrait.proof) / SELFIE)
    return vault.open_sealed(user=portrait.owner, where=_place(portrait.id, "selfie"), sealed=sealed)


def write_selfie(*, folder: Path, portrait: Portrait, owner: User, plain: bytes) -> None:
    sealed = vault.seal(user=owner, where=_place(portrait.id, "selfie"), plain=plain)
    (folder / SELFIE).write_bytes(sealed)


def report(portrait: Portrait) -> dict[str, Any]:
    """What the engine measured of it, of its full size where that is made."""
    sealed = read(files.named(portrait.full or portrait.proof) / REPORT)
    plain = vault.open_sealed(user=portrait.owner, where=_place(portrait.id, "report"), sealed=sealed)
    found: dict[str, Any] = json.loads(plain)
    return found


def write_report(*, folder: Path, portrait: Portrait, owner: User, report: dict[str, Any]) -> None:
    """Seal a report: it holds what was measured of a face."""
    plain = json.dumps(report, sort_keys=True).encode()
    sealed = vault.seal(user=owner, where=_place(portrait.id, "report"), plain=plain)
    (folder / REPORT).write_bytes(sealed)


def erase_on_commit(folders: Iterable[str]) -> None:
    """Delete folders when the transaction that forgets them has committed."""
    found = tuple(name for name in folders if name)
    transaction.on_commit(lambda: files.erase(found), robust=True)


def _place(id: uuid.UUID, part: str) -> str:  # noqa: A002
    return vault.place("render.portrait", id, part)
