"""Blocking an account: nobody gets in, and its credits rest. Both or neither."""

from django.db import transaction

import accounts.blocking
import billing.blocking
from accounts.models import User


def block(*, by: User, user: User) -> None:
    """End every session of the account at its next request, and freeze its credits."""
    with transaction.atomic(durable=True):
        accounts.blocking.block(by=by, user=user)
        billing.blocking.rest(user=user)


def unblock(*, by: User, user: User) -> None:
    """Let it in again, with the credits that no dispute holds."""
    with transaction.atomic(durable=True):
        accounts.blocking.unblock(by=by, user=user)
        billing.blocking.wake(user=user)
