"""Amounts and changes as people write them."""

from django import template
from django.template.defaultfilters import stringfilter

from billing import currencies

register = template.Library()


@register.filter
def money(cents: int, currency: str) -> str:
    return currencies.written(cents, currency)


@register.filter
@stringfilter
def signed(number: str) -> str:
    """A change of credits: +20, 0, −1 (with a true minus)."""
    value = int(number)
    return f"+{value}" if value > 0 else str(value).replace("-", "−")
