"""Faces at rest: AES-256-GCM under a key per user, which is wrapped by a master key outside the database.

What is sealed is bound to its owner and its place: moved to another row or another user, it does not open.
Without the user's key nothing of theirs opens again; erasing it shreds every copy outside the database.
"""

import hmac
import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction

from accounts.models import User, UserKey

FORMAT = b"\x01"
NONCE = 12


class DoesNotOpen(Exception):
    """The bytes were changed, moved, or sealed for somebody else."""


def place(label: str, id: uuid.UUID, field: str) -> str:  # noqa: A002
    """Where something sealed belongs: `studio.selfie`, its row, and which of its parts."""
    return f"{label}/{id}/{field}"


def seal(*, user: User, where: str, plain: bytes) -> bytes:
    """Encrypt for one place of one user."""
    nonce = os.urandom(NONCE)
    return FORMAT + nonce + AESGCM(_key(user)).encrypt(nonce, plain, _bound(user, where))


def open_sealed(*, user: User, where: str, sealed: bytes) -> bytes:
    """Decrypt what was sealed for that place of that user, or raise DoesNotOpen."""
    if sealed[:1] != FORMAT:
        raise DoesNotOpen
    nonce, rest = sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
    try:
        return AESGCM(_key(user)).decrypt(nonce, rest, _bound(user, where))
    except InvalidTag:
        raise DoesNotOpen from None


def fingerprint(*, user: User, plain: bytes) -> str:
    """By which the same bytes are known again: of this user only, and never once the user's key is erased."""
    own = hmac.digest(_key(user), b"fingerprint", "sha256")
    return hmac.new(own, plain, "sha256").hexdigest()


def rotate() -> int:
    """Wrap every user's key by the current master key; returns how many were wrapped by another.

    The site goes on meanwhile: a key opens under whichever master key its row names.
    """
    current = next(iter(settings.MASTER_KEYS))
    count = 0
    for pk in UserKey.objects.exclude(master=current).values_list("pk", flat=True):
        with transaction.atomic():
            row = UserKey.objects.select_for_update().filter(pk=pk).exclude(master=current).first()
            if row is not None:
                row.master, row.wrapped = _wrap(row.user_id, _unwrap(row))
                row.save(update_fields=["master", "wrapped"])
                count += 1
    return count


def _key(user: User) -> bytes:
    row = UserKey.objects.filter(user=user).first()
    if row is None:
        if User.objects.filter(pk=user.pk, erased_at__isnull=False).exists():
            raise DoesNotOpen("The account was erased; nothing is sealed for it any more.")
        master, wrapped = _wrap(user.pk, AESGCM.generate_key(256))
        row, _ = UserKey.objects.get_or_create(user=user, defaults={"master": master, "wrapped": wrapped})
    return _unwrap(row)


def _wrap(user_id: int, key: bytes) -> tuple[str, bytes]:
    name, master = next(iter(settings.MASTER_KEYS.items()))
    nonce = os.urandom(NONCE)
    return name, nonce + AESGCM(master).encrypt(nonce, key, f"user-key/{user_id}".encode())


def _unwrap(row: UserKey) -> bytes:
    master = settings.MASTER_KEYS.get(row.master)
    if master is None:
        raise DoesNotOpen(f"The master key {row.master!r} is not in MASTER_KEYS.")
    wrapped = bytes(row.wrapped)
    try:
        return AESGCM(master).decrypt(wrapped[:NONCE], wrapped[NONCE:], f"user-key/{row.user_id}".encode())
    except InvalidTag:
        raise DoesNotOpen from None


def _bound(user: User, where: str) -> bytes:
    return f"{user.pk}/{where}".encode()
