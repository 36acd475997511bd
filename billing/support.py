"""What support does with credits: each act has a reason, is made once, and stands in the audit log."""

import uuid

from auditlog.models import LogEntry
from django.db import transaction

from accounts.models import User
from billing import ledger
from billing.errors import OwnMoney
from billing.models import Account, Hold, Lot


def give_credits(
    *,
    account: Account,
    credits: int,  # noqa: A002
    by: User,
    reason: str,
    act: uuid.UUID,
) -> None:
    """Goodwill. `act` names this act, so that a page confirmed twice gives once."""
    with transaction.atomic(durable=True):
        _not_own(account, by)
        ledger.grant(
            account=account, credits=credits, kind=Lot.Kind.GOODWILL, key=f"goodwill:{act}",
            actor=f"user {by.pk}", reason=reason[:300],
        )  # fmt: skip
        _log(account, by, f"{credits} credits given: {reason}")


def restore(*, hold: Hold, by: User, reason: str) -> None:
    """The credit of one delivered portrait comes back."""
    with transaction.atomic(durable=True):
        _not_own(hold.account, by)
        ledger.restore(hold_id=hold.id, actor=f"user {by.pk}", reason=reason[:300])
        _log(hold.account, by, f"Hold {hold.id} restored: {reason}")


def _not_own(account: Account, by: User) -> None:
    if account.user_id == by.pk:
        raise OwnMoney


def _log(account: Account, by: User, words: str) -> None:
    LogEntry.objects.log_create(
        account, force_log=True, action=LogEntry.Action.UPDATE, changes={"act": ["", words]}, actor=by
    )
