"""Wrong set-ups of the shop, refused at start-up with the line that mends them."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register
def shop(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.STRIPE_IS_DEV:
        return []
    if not settings.STRIPE_SECRET_KEY:
        return [
            Warning(
                "STRIPE_SECRET_KEY is missing: the shop is closed.",
                hint="Set it to a restricted key of your Stripe account (docs/payments.md).",
                id="billing.W001",
            )
        ]
    found: list[CheckMessage] = []
    if not settings.STRIPE_WEBHOOK_SECRETS:
        found.append(
            Error(
                "STRIPE_WEBHOOK_SECRET is missing: no event of Stripe's would be believed.",
                hint="Set it to the signing secret of the endpoint /stripe/webhook/.",
                id="billing.E001",
            )
        )
    if not settings.SUPPORT_EMAIL:
        found.append(
            Warning(
                "SUPPORT_EMAIL is missing: nobody is told when something about money needs a person.",
                hint="Set it to an address that support reads.",
                id="billing.W002",
            )
        )
    return found
