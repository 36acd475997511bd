"""Accounts whose address nobody has proven are erased after some days, as their owners would erase them."""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts import proof
from portraitos_site import privacy
from render.jobs.registry import on_sweep

AT_ONCE = 50  # accounts a sweep erases, so that a flood is dealt with over some hours


@on_sweep
def erase_old() -> None:
    before = timezone.now() - timedelta(days=settings.UNCONFIRMED_ACCOUNT_DAYS)
    for user in proof.unproven().filter(date_joined__lt=before).order_by("date_joined")[:AT_ONCE]:
        # Proven, or erased by another sweep, a moment ago: there is nothing to do.
        with suppress(privacy.NotUnconfirmed, privacy.AlreadyErased):
            privacy.erase_unconfirmed(user=user)


def make_way(*, address: str) -> None:
    """Erase an account that holds an address without having proven it, for whoever has."""
    for user in proof.unproven().filter(email__iexact=address):
        with suppress(privacy.NotUnconfirmed, privacy.AlreadyErased):
            privacy.erase_unconfirmed(user=user)
