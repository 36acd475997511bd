"""Django's judgment of a password, in our words."""

from django.contrib.auth.password_validation import CommonPasswordValidator


class NotCommon(CommonPasswordValidator):
    def get_error_message(self) -> str:
        return "This password is too common. Put three words together that nobody else would."
