"""What a person must look at: raised once, told to staff by e-mail, settled in the admin."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import letters
from billing.payment_models import Flag, Purchase


def put_up(*, key: str, sentence: str, purchase: Purchase | None = None) -> None:
    """Inside the caller's transaction. The same key again changes nothing."""
    flag, is_new = Flag.objects.get_or_create(
        key=key[:200], defaults={"sentence": sentence[:400], "purchase": purchase}
    )
    if is_new:
        letters.post(name="flag", about=str(flag.pk))


def settle(*, flag: Flag, by: User) -> None:
    with transaction.atomic():
        found = Flag.objects.select_for_update().get(pk=flag.pk)
        if found.settled_at is None:
            found.settled_at, found.settled_by = timezone.now(), by
            found.save(update_fields=["settled_at", "settled_by"])
