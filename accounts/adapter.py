"""What allauth asks of us: our words where it would use its own. Pages and e-mails are in templates/."""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import address_changes, blocking
from accounts.models import User

if TYPE_CHECKING:
    from accounts.forms import SignUp


class Adapter(DefaultAccountAdapter):
    """One sentence, one fix."""

    error_messages = {  # noqa: RUF012  (as allauth declares it)
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is closed.",
        "duplicate_email": "This is your address already. Enter another one.",
        "email_password_mismatch": "Address and password do not fit together. Try again, or ask for a code.",
        "email_taken": "This address has an account already. Sign in instead.",
        "enter_current_password": "That is not your password now. Try again.",
        "incorrect_code": "That is not the code. Look at the newest mail and try again.",
        "incorrect_password": "That is not your password. Try again.",
        "invalid_or_expired_key": "This link no longer works. Ask for a new one.",
        "invalid_login": "That did not work. Try again.",
        "invalid_password_reset": "This link no longer works. Ask for a new one.",
        "too_many_login_attempts": "Too many tries. Wait five minutes, or ask for a code.",
        "unknown_email": "No account has this address. Look for a mistake in it.",
        "unverified_primary_email": "Confirm this address first, with the code that we sent to it.",
        "same_as_current": "This is what it is already. Enter another one.",
        "rate_limited": "Too many tries. Wait some minutes.",
    }

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Who has proved to be the owner of a blocked account reads why.

        Where there is a second step, a password alone proves too little: the reason is in the mail.
        """
        said = blocking.context(user)
        if is_mfa_enabled(user):
            said["reason"] = ""
        return render(request, "account/account_inactive.html", said, status=403)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The owner of a blocked account asks for a code or a link: no account would be untrue."""
        if template_prefix == "account/email/unknown_account":
            known = User.objects.filter(email__iexact=email, is_active=False, erased_at=None).first()
            if known is not None:
                template_prefix = "account/email/blocked_account"
                context = {**context, **blocking.context(known)}
        super().send_mail(template_prefix, email, context)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """The letter that tells the old address of a change also undoes it."""
        if template_prefix == "account/email/email_changed" and email:
            undo = {
                "undo_url": address_changes.link(user=user, old=email),
                "undo_days": settings.ADDRESS_UNDO_DAYS,
            }
            context = {**(context or {}), **undo}
        super().send_notification_mail(template_prefix, user, context, email)

    def save_user(self, request: HttpRequest, user: User, form: "SignUp", commit: bool = True) -> User:
        """Write the account of a sign-up; the form has made the fingerprint of its password."""
        user.email, user.password = form.cleaned_data["email"], form.fingerprint
        user.save()
        return user

    def set_password(self, user: User, password: str) -> None:
        """Write the password alone: the rest of this copy may be of before a blocking."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Prove an address and end what was before (accounts/proof.py), or neither."""
        with transaction.atomic():
            proven: bool = super().confirm_email(request, email_address)
        return proven

    def login(self, request: HttpRequest, user: User) -> None:
        """Let in whoever has just proven the address; this copy of the account may be of before."""
        proven = getattr(request, "just_proven", None)
        if proven == user:
            user.password, user.access_ended = proven.password, proven.access_ended
        super().login(request, user)

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Also a code to the address, where no second step says that the address alone is not enough."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if user.is_authenticated and not is_mfa_enabled(user):
            by_mail = reverse("account_reauthenticate_by_code")
            ways.append({"id": "code", "description": "Use a code by mail", "url": by_mail})
        return ways


class MFAAdapter(DefaultMFAAdapter):
    """The same for second steps."""

    error_messages = {  # noqa: RUF012
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": "Take the second step away before you change the address.",
        "cannot_delete_authenticator": "This second step is needed here. Add another one first.",
        "cannot_generate_recovery_codes": "Set up an app or a passkey first; the codes stand in for it.",
        "incorrect_code": "That is not the code that the app shows now. Wait for the next one and try again.",
        "unverified_email": "Confirm your address first, with the code that we sent to it.",
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        """What a new passkey or key is called until its owner says otherwise."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return "My key" if number == 1 else f"My key {number}"
