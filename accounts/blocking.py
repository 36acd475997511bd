"""A blocked account: nobody gets in, and nothing of it is lost. portraitos_site/blocking.py lets its credits
rest, too."""

from django.db import transaction

from accounts.models import User


class NotYours(Exception):
    """Staff accounts are blocked by a superuser, and nobody blocks themselves."""


class Erased(Exception):
    """An erased account stays closed."""


def block(*, by: User, user: User) -> None:
    """End every session of the account at its next request, and let none begin."""
    _set(by=by, user=user, active=False)


def unblock(*, by: User, user: User) -> None:
    _set(by=by, user=user, active=True)


def _set(*, by: User, user: User, active: bool) -> None:
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked == by or ((locked.is_staff or locked.is_superuser) and not by.is_superuser):
            raise NotYours
        if locked.erased_at is not None:
            raise Erased
        locked.is_active = active
        locked.save(update_fields=["is_active"])  # saved, not updated: so that the audit log sees it
