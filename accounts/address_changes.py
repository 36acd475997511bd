"""A changed address, undone from the old one: for some days, by a link in the letter that tells of it.

Whoever reads the old address is let back in, and whoever changed it is out. A change that came later is
undone with it, and its own link is dead: so a thief cannot undo the undoing.
"""

from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import proof, sessions
from accounts.models import AddressChange, User

SALT = "accounts.address_changes"


class Taken(Exception):
    """Another account has proven the old address meanwhile. Write to support."""


class Over(Exception):
    """The change is undone already, or its days are over. Sign in, or ask for a new password."""


def link(*, user: User, old: str) -> str:
    """Where the last change away from an address is undone; empty where there is none to undo."""
    change = AddressChange.objects.filter(user=user, old__iexact=old).last()
    if change is None:
        return ""
    return settings.SITE_URL.rstrip("/") + reverse("undo-address", args=[signing.dumps(change.pk, salt=SALT)])


def find(token: str) -> AddressChange | None:
    """The change that a link undoes, while it can."""
    since = timezone.now() - timedelta(days=settings.ADDRESS_UNDO_DAYS)
    try:
        key = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return AddressChange.objects.filter(pk=key, changed_at__gt=since).select_related("user").first()


def undo(*, change: AddressChange) -> User:
    """Give the account its old address back and end whatever lets anybody in; it wants a new password.

    Second steps stay where they are older than the days in which a change can be undone: they are the
    owner's, and the old address alone does not get past them. Returns the account as it is then.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=change.user_id)
        new, old = user.email, change.old
        if not AddressChange.objects.filter(pk=change.pk).exists():
            raise Over
        if EmailAddress.objects.filter(email__iexact=old, verified=True).exclude(user=user).exists():
            raise Taken
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.create(user=user, email=old.lower(), verified=True, primary=True)
        user.email = old.lower()
        user.set_unusable_password()
        user.access_ended += 1
        user.save(update_fields=["email", "password", "access_ended"])
        since = change.changed_at - timedelta(days=settings.ADDRESS_UNDO_DAYS)
        proof.end_recent_steps(user, since=since)
        later = AddressChange.objects.filter(user=user, changed_at__gte=change.changed_at)
        sessions.erase(user, {new, old, *later.values_list("old", flat=True)})
        later.delete()
        get_adapter().send_mail("account/email/address_restored", new, {"support": settings.SUPPORT_EMAIL})
    return user
