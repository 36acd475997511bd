"""When somebody proves that an address is theirs, what was set up before ends: a stranger may have set it up.

Four things prove it: the code of the sign-up, a sign-in by code, a changed address with its code (allauth
tells us of these), and a link to a new password (accounts/forms.py). docs/decisions/0045 says what stays.
"""

from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_signed_up
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.shortcuts import redirect

from accounts import sessions
from accounts.models import AddressChange, User


def unproven() -> QuerySet[User]:
    """Accounts of customers that nobody has ever been let into, because nobody has proven their address."""
    proven = EmailAddress.objects.filter(verified=True).values("user")
    strangers = User.objects.filter(is_active=True, is_staff=False, is_superuser=False, last_login=None)
    return strangers.exclude(pk__in=proven)


@receiver(user_signed_up)
def _signed_up(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """The password of a sign-up was given in this session, as that of a sign-in is."""
    record_authentication(request, user, method="password", email=user.email)


@receiver(email_confirmed)
def _confirmed(request: HttpRequest, email_address: EmailAddress, **kwargs: Any) -> None:
    user = email_address.user
    kept = user.has_usable_password()
    begin_anew(request, user, address=email_address)
    if kept and not user.has_usable_password():
        get_adapter().add_message(request, messages.INFO, "account/messages/password_ended.txt")


def prove_by_link(request: HttpRequest, user: User) -> None:
    """A link to a new password was opened, and it was sent to the account's address."""
    address, _ = EmailAddress.objects.get_or_create(user=user, email=user.email.lower())
    if not address.verified:
        address.verified = address.primary = True
        address.save(update_fields=["verified", "primary"])
        begin_anew(request, user, address=address)


def begin_anew(request: HttpRequest, user: User, *, address: EmailAddress) -> None:
    """End whatever let somebody in before this proof; the session that proves goes on.

    Where the account had proven another address, its owner was asked who they are before they changed it:
    their password and second steps stay, and the old address can undo the change.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.erased_at is not None:  # swept a moment ago, as an account that nobody has proven
            raise ImmediateHttpResponse(redirect("account_signup"))
        before = EmailAddress.objects.filter(user=locked, verified=True).exclude(pk=address.pk).first()
        if before is None:
            _end_credentials(request, locked)
        else:
            AddressChange.objects.create(user=locked, old=before.email)
        locked.access_ended += 1
        locked.save(update_fields=["password", "access_ended"])
        addresses = {locked.email, address.email, *([before.email] if before else [])}
        sessions.erase(locked, addresses, keep=request.session.session_key)
    user.password, user.access_ended = locked.password, locked.access_ended
    request.just_proven = user  # type: ignore[attr-defined]  # for adapter.login, which may hold another copy
    if request.user == user:
        update_session_auth_hash(request, user)


def _end_credentials(request: HttpRequest, user: User) -> None:
    """All second steps, and the password but for one: whoever gave it in this very session knows it."""
    records = get_authentication_records(request, user)
    if not any(record["method"] == "password" for record in records):
        user.set_unusable_password()
    Authenticator.objects.filter(user=user).delete()


def end_recent_steps(user: User, *, since: datetime) -> None:
    """Take away the second steps that are younger, and the recovery codes, which could be read."""
    Authenticator.objects.filter(user=user, created_at__gte=since).delete()
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
