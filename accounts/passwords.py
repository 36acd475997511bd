"""Django's judgment of a password, in our words, and the links to a new one."""

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.contrib.auth.tokens import PasswordResetTokenGenerator

from accounts.models import User


class NotCommon(CommonPasswordValidator):
    def get_error_message(self) -> str:
        return "This password is too common. Put three words together that nobody else would."


class ResetToken(PasswordResetTokenGenerator):
    """A link to a new password ends with everything else that lets somebody in (accounts/blocking.py).

    As allauth's own, it ends also when an address of the account changes.
    """

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        addresses = EmailAddress.objects.filter(user=user).order_by("email").values_list("email", flat=True)
        return f"{super()._make_hash_value(user, timestamp)}{'|'.join(addresses)}#{user.access_ended}"
