"""allauth's forms in our words: a label that names, a hint where one is needed, no placeholder."""

from typing import Any

from allauth.account import app_settings
from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn

from accounts import guesses

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
    pass


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
    pass


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
