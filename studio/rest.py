"""Faces at rest: sealed bytes in the storage, under names that say nothing about anybody."""

import json
from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts import vault
from accounts.models import User
from studio.models import Identity, Selfie


def write_selfie(*, selfie: Selfie, owner: User, plain: bytes) -> None:
    _write(selfie.file, vault.seal(user=owner, where=_pixels(selfie), plain=plain))


def read_selfie(selfie: Selfie) -> bytes:
    """The photograph, a JPEG."""
    return vault.open_sealed(user=selfie.owner, where=_pixels(selfie), sealed=_read(selfie.file))


def write_model(*, identity: Identity, owner: User, version: int, plain: bytes) -> None:
    where = _model(identity, version)
    _write(identity.file_of(version), vault.seal(user=owner, where=where, plain=plain))


def read_model(identity: Identity) -> bytes:
    """The model, as `render.pipeline.identity_file.load` takes it."""
    where = _model(identity, identity.version)
    return vault.open_sealed(user=identity.owner, where=where, sealed=_read(identity.file))


def seal_facts(*, row: Selfie | Identity, owner: User, facts: dict[str, Any]) -> bytes:
    return vault.seal(user=owner, where=_facts(row), plain=json.dumps(facts, sort_keys=True).encode())


def open_facts(row: Selfie | Identity) -> dict[str, Any]:
    """What a row's sealed field says; empty where there is none."""
    sealed = row.facts if isinstance(row, Identity) else row.seen
    if sealed is None:
        return {}
    plain = vault.open_sealed(user=row.owner, where=_facts(row), sealed=bytes(sealed))
    facts: dict[str, Any] = json.loads(plain)
    return facts


def erase_on_commit(names: Iterable[str]) -> None:
    """Delete files when the transaction that forgets them has committed."""
    found = tuple(names)
    transaction.on_commit(lambda: erase(found), robust=True)


def erase(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _write(name: str, sealed: bytes) -> None:
    default_storage.delete(name)  # of an attempt that did not end: the storage would choose another name
    default_storage.save(name, ContentFile(sealed))


def _read(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


def _pixels(selfie: Selfie) -> str:
    return vault.place("studio.selfie", selfie.id, "pixels")


def _model(identity: Identity, version: int) -> str:
    return vault.place("studio.identity", identity.id, f"model-{version}")


def _facts(row: Selfie | Identity) -> str:
    label = "studio.identity" if isinstance(row, Identity) else "studio.selfie"
    return vault.place(label, row.id, "facts")
