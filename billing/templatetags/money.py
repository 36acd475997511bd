"""Amounts as people write them."""

from django import template
from django.template.defaultfilters import stringfilter

register = template.Library()
SIGNS = {"usd": "$", "eur": "€", "gbp": "£"}


@register.filter
def money(cents: int, currency: str = "usd") -> str:
    """2900 of usd: $29.00; whole amounts keep their cents, so that columns line up."""
    sign = SIGNS.get(currency)
    amount = f"{cents / 100:,.2f}"
    return f"{sign}{amount}" if sign else f"{amount} {currency.upper()}"


@register.filter
@stringfilter
def signed(number: str) -> str:
    """A change of credits: +20, 0, −1 (with a true minus)."""
    value = int(number)
    return f"+{value}" if value > 0 else str(value).replace("-", "−")
