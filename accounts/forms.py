"""allauth's forms in our words: a label that names, a hint where one is needed, no placeholder."""

import uuid
from typing import Any

from allauth.account import app_settings
from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.utils import setup_user_email
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts import guesses, proof
from accounts.models import User

LABELS = {
    "login": "E-mail address",
    "email": "E-mail address",
    "password": "Password",
    "password1": "Password",
    "password2": "The same once more",
    "oldpassword": "Your password now",
    "remember": "Keep me signed in on this device",
    "code": "Code",
    "name": "What you call it",
    "passwordless": "Sign in with it alone, without a password (a passkey)",
}
READS = 4
"""Queries on the way of a new account to its letter, which a known address does not need; a test counts."""

HINTS = {
    "password1": "At least eight characters, and none that everybody uses.",
    "code": "",
    "name": "For example: my phone.",
    "passwordless": "",
}


class InOurWords:
    """Mixed into a form, gives its fields our labels and hints."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.help_text = HINTS.get(name, field.help_text)
            field.widget.attrs.pop("placeholder", None)
            if name == "code":
                field.widget.attrs.update(inputmode="text", autocapitalize="characters", spellcheck="false")


class Login(InOurWords, account.LoginForm):
    pass


class SignUp(InOurWords, account.SignupForm):
    """Works as long for a known address as for a new one, so that time does not tell which it is."""

    fingerprint = ""
    account_already_exists: bool

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.errors:
            # The slow part: for both, and before anything is written.
            self.fingerprint = make_password(cleaned["password1"])
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        try:
            if not self.account_already_exists:
                try:
                    with transaction.atomic():
                        return self._written(request)
                except IntegrityError:  # somebody signed up with this address a moment ago
                    self.account_already_exists = True
            else:
                self._write_nothing(request)
            return self._written(request)
        except ImmediateHttpResponse as early:
            return None, early.response

    def _written(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        found: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return found

    def _write_nothing(self, request: HttpRequest) -> None:
        """Write an account as for a new address, under one that nobody has, and take it back."""
        email = self.cleaned_data["email"]
        self.cleaned_data["email"] = f"{uuid.uuid4().hex}@nobody.invalid"
        adapter = get_adapter()
        with transaction.atomic():
            user = adapter.save_user(request, adapter.new_user(request), self)
            setup_user_email(request, user, [EmailAddress(email=user.email)])
            for _ in range(READS):
                EmailAddress.objects.filter(user=user).first()
            transaction.set_rollback(True)
        self.cleaned_data["email"] = email


class ChangeEmail(InOurWords, account.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "New e-mail address"


class OtherEmail(InOurWords, account.ChangeEmailForm):
    pass


class ChangePassword(InOurWords, account.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = "New password"


class SetPassword(InOurWords, account.SetPasswordForm):
    pass


class ResetPassword(InOurWords, account.ResetPasswordForm):
    pass


class ResetPasswordKey(InOurWords, account.ResetPasswordKeyForm):
    def save(self) -> None:
        """Whoever opened the link reads the address: that proves it, and what was before ends."""
        with transaction.atomic():
            proof.prove_by_link(context.request, self.user)
            super().save()


class Reauthenticate(InOurWords, account.ReauthenticateForm):
    pass


class RequestLoginCode(InOurWords, account.RequestLoginCodeForm):
    """Also takes what was typed into the sign-in form, whose button leads here; an empty one only asks."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if data and "email" not in data and "login" in data:
            typed = data["login"].strip()
            data = {"email": typed} if typed else None
            kwargs["files"] = None  # which alone would make Django judge the empty form
        super().__init__(data, *args, **kwargs)


class ConfirmLoginCode(InOurWords, account.ConfirmLoginCodeForm):
    def clean_code(self) -> str:
        guesses.count(self.expected_code, most=app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS)
        return str(super().clean_code())


class ConfirmEmail(InOurWords, account.ConfirmEmailVerificationCodeForm):
    def clean_code(self) -> str:
        guesses.count(self.expected_code, most=app_settings.EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS)
        return str(super().clean_code())


class SecondStep(InOurWords, mfa.AuthenticateForm):
    pass


class SecondStepAgain(InOurWords, mfa.ReauthenticateForm):
    pass


class ActivateTOTP(InOurWords, totp.ActivateTOTPForm):
    pass


class AddKey(InOurWords, webauthn.AddWebAuthnForm):
    pass


class EditKey(InOurWords, webauthn.EditWebAuthnForm):
    pass
