"""Blocking an account: nobody gets in, and its credits rest. Both or neither."""

from django.db import transaction

import accounts.blocking
import billing.blocking
from accounts.models import User
from billing import reconcile


def block(*, by: User, user: User, reason: str) -> None:
    """End every session of the account, freeze its credits, and close the pages on which it could pay."""
    with transaction.atomic(durable=True):
        accounts.blocking.block(by=by, user=user, reason=reason)
        billing.blocking.rest(user=user)
        reconcile.look_at_open(user=user)


def unblock(*, by: User, user: User, reason: str) -> None:
    """Let it in again, with the credits that no dispute holds."""
    with transaction.atomic(durable=True):
        accounts.blocking.unblock(by=by, user=user, reason=reason)
        billing.blocking.wake(user=user)
