"""What allauth asks of us: our words where it would use its own. Pages and e-mails are in templates/."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import blocking
from accounts.models import User


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
