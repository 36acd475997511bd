"""The part of the privacy acts that is about the account itself."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from auditlog.models import LogEntry
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import sessions
from accounts.models import AddressChange, Letter, User, UserKey

NOBODY = "an erased account"
ERASED = "Erased at its owner's wish."
PERSONAL = {"email", "first_name", "last_name", "date_joined", "block_reason", "unblock_reason"}
NOWHERE: dict[str, Any] = {"remote_addr": None, "remote_port": None}


def export(user: User) -> Iterator[tuple[str, bytes]]:
    """Everything that is stored about the account, as JSON. Secrets (password, second step) stay here."""
    yield "account.json", written(_account(user))
    yield "consents.json", written(list(_consents(user)))
    yield "log.json", written(list(_log(user)))


def written(value: object) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False).encode()


def _account(user: User) -> dict[str, Any]:
    return {
        "e-mail": user.email,
        "first name": user.first_name,
        "last name": user.last_name,
        "since": user.date_joined,
        "last signed in": user.last_login,
        "addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "old addresses that can undo a change": list(user.address_changes.values("old", "changed_at")),
        "second steps": list(
            Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")
        ),
        "sessions": list(sessions.described(user)),
        "groups": list(user.groups.values_list("name", flat=True)),
    }


def _consents(user: User) -> Iterator[dict[str, Any]]:
    for consent in user.consents.all():
        yield {
            "to": consent.get_kind_display(),
            "version": consent.version,
            "sha-256 of the text": consent.digest,
            "language": consent.locale,
            "given": consent.given_at,
            "withdrawn": consent.withdrawn_at,
        }


def _log(user: User) -> Iterator[dict[str, Any]]:
    """What the audit log says about the account: what was done, when, and by which side."""
    for entry in _about(user).select_related("actor").order_by("timestamp"):
        by = "you" if entry.actor_id == user.pk else "staff" if entry.actor_id else "the site"
        yield {
            "when": entry.timestamp,
            "what": entry.get_action_display(),
            "by": by,
            "changes": entry.changes,
        }


def erase_words(rows: QuerySet[Any], *fields: str) -> None:
    """Take the words out of rows that stay, and out of what the logs say about them.

    What said something says that it is erased, and what was empty stays empty: so no constraint that asks for
    words, or for none, is broken by it.
    """
    for field in fields:
        rows.exclude(**{field: ""}).update(**{field: ERASED})
    silence(rows, *fields)


def silence(rows: QuerySet[Any], *fields: str) -> None:
    """Take what the logs say about these fields of these rows out of them; that something was done stays."""
    kind = ContentType.objects.get_for_model(rows.model)
    keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
    for entry in LogEntry.objects.filter(content_type=kind, object_pk__in=keys):
        _empty(entry, fields)
        entry.save(update_fields=["changes"])
    AdminEntry.objects.filter(content_type=kind, object_id__in=keys).update(change_message="")


def erase(user: User) -> dict[str, int]:
    """Erase the account down to a row that stands for nobody. Runs last, inside the one transaction."""
    assert transaction.get_connection().in_atomic_block
    addresses = _addresses(user)
    counts = {
        "consent records": user.consents.count(),
        "e-mail addresses": EmailAddress.objects.filter(user=user).count(),
        "second steps": Authenticator.objects.filter(user=user).count(),
        "sessions": sessions.erase(user, addresses),
        "encryption keys": UserKey.objects.filter(user=user).delete()[0],
        "letters not yet sent": sum(
            Letter.objects.filter(recipient__iexact=address).delete()[0] for address in addresses
        ),
    }
    user.consents.all().delete()
    EmailAddress.objects.filter(user=user).delete()
    AddressChange.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    _silence_logs(user, addresses)
    _leave_nobody(user)
    return counts


def _addresses(user: User) -> set[str]:
    """Every address that the account has, or had by what the log says: letters may be on their way to it."""
    found = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    found.update(user.address_changes.values_list("old", flat=True))
    for entry in _about(user):
        found.update(said for said in (entry.changes or {}).get("email", []) if "@" in said)
    return {address.lower() for address in found}


def _leave_nobody(user: User) -> None:
    user.groups.clear()
    user.user_permissions.clear()
    user.block_reason = ""
    user.email, user.first_name, user.last_name = f"erased-{user.pk}@erased.invalid", "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login, user.erased_at = None, timezone.now()
    user.set_unusable_password()
    user.save()


def _about(user: User) -> Any:
    kind = ContentType.objects.get_for_model(User)
    return LogEntry.objects.filter(content_type=kind, object_id=user.pk)


def _empty(entry: LogEntry, fields: Collection[str]) -> None:
    entry.changes = {name: [] if name in fields else value for name, value in (entry.changes or {}).items()}


def _silence_logs(user: User, addresses: Collection[str]) -> None:
    """Keep that something was done, by whom and when; take out who it was done to and from where."""
    for entry in _about(user):
        entry.object_repr = NOBODY
        _empty(entry, PERSONAL)
        entry.save(update_fields=["object_repr", "changes"])
    # Whoever signs up is nobody yet: the entry has no actor, and the address in it is the user's.
    _about(user).update(**NOWHERE)
    LogEntry.objects.filter(actor=user).update(actor_email=None, **NOWHERE)
    kind = ContentType.objects.get_for_model(User)
    named = AdminEntry.objects.filter(content_type=kind, object_id=str(user.pk))
    named.update(object_repr=NOBODY, change_message="")
    for address in addresses:
        said = LogEntry.objects.filter(object_repr__iexact=address)
        said.update(object_repr=NOBODY, changes={}, **NOWHERE)
        LogEntry.objects.filter(actor_email__iexact=address).update(actor_email=None, **NOWHERE)
        shown = AdminEntry.objects.filter(object_repr__iexact=address)
        shown.update(object_repr=NOBODY, change_message="")
