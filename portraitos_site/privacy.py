"""Export, withdrawal and deletion: each app does its own part, and is asked from the top down.

The parts are imported, not found by name: an app whose part is missing stops the site at its start.
"""

import tempfile
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import IO, Protocol

from auditlog.context import disable_auditlog
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

import accounts.privacy
import billing.privacy
import render.privacy
import studio.privacy
from accounts import consent, proof, wal
from accounts.models import Receipt, User

IN_MEMORY = 8 * 1024 * 1024  # bytes of an export before it goes to disk


class AlreadyErased(Exception):
    """The account was erased by another request of the same person."""


class NotUnconfirmed(Exception):
    """Somebody has proven the account's address meanwhile."""


class Part(Protocol):
    """What an app's privacy.py offers."""

    def export(self, user: User) -> Iterator[tuple[str, bytes]]:
        """Yield paths inside the ZIP and what they hold."""

    def erase(self, user: User) -> dict[str, int]:
        """Erase everything of the user's, and count it in words."""


FACES: tuple[Part, ...] = (render.privacy, studio.privacy)
ALL: tuple[Part, ...] = (*FACES, billing.privacy, accounts.privacy)


def export(*, user: User) -> IO[bytes]:
    """Everything that is stored about the user as a ZIP, open at its beginning."""
    archive = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  (the answer closes it)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for part in ALL:
            for path, content in part.export(user):
                opened.writestr(path, content)
    archive.seek(0)
    return archive


def erase_account(*, user: User, address: str) -> Receipt:
    """Erase the account and everything made in it.

    `address` takes a receipt's id to where it can be seen; where it is empty, no mail is sent.
    """
    return _erase(user=user, parts=ALL, kind=Receipt.Kind.ACCOUNT, address=address)


def erase_unconfirmed(*, user: User) -> Receipt:
    """Erase an account whose address nobody has proven. It may be a stranger's, so no mail is sent."""
    return _erase(user=user, parts=ALL, kind=Receipt.Kind.ACCOUNT, address="", unconfirmed=True)


def withdraw_consent(*, user: User, address: str) -> Receipt:
    """Record that the user no longer agrees, and erase everything that was made of the face."""
    return _erase(user=user, parts=FACES, kind=Receipt.Kind.FACES, address=address)


def _erase(
    *, user: User, parts: tuple[Part, ...], kind: Receipt.Kind, address: str, unconfirmed: bool = False
) -> Receipt:
    with transaction.atomic(durable=True), disable_auditlog():
        # Not its key: whoever has locked what we want next, and writes a row that points to it, goes on.
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if locked.erased_at is not None:
            raise AlreadyErased
        if unconfirmed and not proof.unproven().filter(pk=locked.pk).exists():
            raise NotUnconfirmed
        email = locked.email
        if kind == Receipt.Kind.FACES:
            consent.withdraw(user=locked)
        counts: dict[str, int] = {}
        for part in parts:
            for words, count in part.erase(locked).items():
                counts[words] = counts.get(words, 0) + count
        told = {words: count for words, count in counts.items() if count}
        receipt = Receipt.objects.create(kind=kind, counts=told)
        # After the files that the parts have put in line; one that fails does not stop the next.
        if address:
            transaction.on_commit(partial(_send, receipt, email, address), robust=True)
        transaction.on_commit(wal.truncate, robust=True)
    return receipt


def _send(receipt: Receipt, email: str, address: str) -> None:
    text = render_to_string(
        "receipts/mail.txt", {"receipt": receipt, "address": address.format(id=receipt.id)}
    )
    subject = f"What PortraitOS erased: your {receipt.get_kind_display()}"
    send_mail(subject, text, None, [email])
