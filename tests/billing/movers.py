"""Moves credits until somebody kills it: `python -m tests.billing.movers ACCOUNT SEED HOW`."""

import os
import random
import sys
import uuid


def main(account_id: int, seed: int, how: str) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portraitos_site.settings")
    django.setup()
    from billing.models import Account

    account = Account.objects.get(pk=account_id)
    dice = random.Random(seed)
    move = careful if how == "careful" else careless
    print("moving", flush=True)
    while True:
        move(account, dice)


def careful(account: "Account", dice: random.Random) -> None:  # type: ignore[name-defined]  # noqa: F821
    """What approvals, deliveries, failures and returns do, each in a transaction."""
    from django.db import transaction

    from billing import ledger
    from billing.errors import LedgerError
    from billing.models import Hold

    try:
        with transaction.atomic():
            act = dice.choice(("hold", "hold", "capture", "release", "restore"))
            if act == "hold":
                ledger.hold(account=account, subject=uuid.uuid4())
                return
            state = Hold.State.CAPTURED if act == "restore" else Hold.State.OPEN
            ids = list(Hold.objects.filter(account=account, state=state).values_list("pk", flat=True)[:20])
            if ids:
                getattr(ledger, act)(hold_id=dice.choice(ids))
    except LedgerError:
        return


def careless(account: "Account", dice: random.Random) -> None:  # type: ignore[name-defined]  # noqa: F821
    """The negative control: the balance and the entry in two transactions."""
    from billing.models import Account, Entry, Lot

    lot = Lot.objects.get(account=account)
    Account.objects.filter(pk=account.pk).update(available=Account.objects.get(pk=account.pk).available + 1)
    Entry.objects.create(
        account=account, lot=lot, kind=Entry.Kind.ADJUST, key=str(uuid.uuid4()), actor="careless",
        d_available=1, d_outside=-1, d_remaining=1,
    )  # fmt: skip
    Lot.objects.filter(pk=lot.pk).update(remaining=Lot.objects.get(pk=lot.pk).remaining + 1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
