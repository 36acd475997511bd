"""An account acts once at a time: whoever orders, approves, reports or deletes for it holds its row first.

So nothing is deleted while it is being paid for, and requests that come at once stand in their queue one
after the other. A worker that takes this row takes it before its job's.
"""

from django.db import transaction

from accounts.models import User


def lock(*, user_id: int) -> User:
    """Return the user, locked until the transaction ends: before any other row of theirs.

    A key that others point to does not change, so whoever writes such a row is not kept waiting.
    """
    assert transaction.get_connection().in_atomic_block
    return User.objects.select_for_update(no_key=True).get(pk=user_id)
