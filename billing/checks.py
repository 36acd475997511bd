"""Wrong set-ups of the shop, refused at start-up with the line that mends them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

SECRET = ("sk_", "rk_")
TEST = ("sk_test_", "rk_test_")
SIGNING = "whsec_"


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
    if not settings.STRIPE_SECRET_KEY.startswith(SECRET):
        found.append(
            Error(
                "STRIPE_SECRET_KEY is no secret key of Stripe's.",
                hint=f"It begins with {' or '.join(SECRET)}: copy it from the dashboard (docs/payments.md).",
                id="billing.E002",
            )
        )
    elif settings.STRIPE_SECRET_KEY.startswith(TEST) and not settings.DEBUG:
        found.append(
            Warning(
                "STRIPE_SECRET_KEY is a test key: anybody buys credits with a test card, and no money moves.",
                hint="Set the live key before customers come.",
                id="billing.W003",
            )
        )
    if any(not secret.startswith(SIGNING) for secret in settings.STRIPE_WEBHOOK_SECRETS):
        found.append(
            Error(
                "STRIPE_WEBHOOK_SECRET is no signing secret: no event of Stripe's would be believed.",
                hint=f"It begins with {SIGNING}: copy it from the endpoint /stripe/webhook/.",
                id="billing.E003",
            )
        )
    if wrong := [page for page in settings.STRIPE_PAY_PAGES if not _is_origin(page)]:
        found.append(
            Error(
                f"STRIPE_PAY_PAGES has {wrong[0]!r}, which is no origin with https://.",
                hint="Write each as https://checkout.stripe.com, without a path.",
                id="billing.E004",
            )
        )
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


def _is_origin(page: str) -> bool:
    address = urlsplit(page)
    return address.scheme == "https" and bool(address.hostname) and page == f"https://{address.netloc}"
