"""How long a code by mail works, as the settings have it."""

from allauth.account import app_settings
from django import template

register = template.Library()


@register.simple_tag
def sign_in_minutes() -> str:
    return str(app_settings.LOGIN_BY_CODE_TIMEOUT // 60)


@register.simple_tag
def address_minutes() -> str:
    return str(app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT // 60)
