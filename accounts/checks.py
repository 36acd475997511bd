"""Wrong set-ups of accounts, refused at start-up with the line that mends them."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

DIFFERENT_BYTES = 16
"""Of the 32 in a key. One of chance alone has fewer than 20 once in a million million."""

TLS_FROM_THE_START = 465


@register
def master_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if weak := [name for name, key in settings.MASTER_KEYS.items() if len(set(key)) < DIFFERENT_BYTES]:
        return [
            Error(
                f"The master key {weak[0]!r} is not random: every face could be opened.",
                hint='Make one with: echo "2026:$(head -c 32 /dev/urandom | base64)".',
                id="accounts.E004",
            )
        ]
    if settings.MASTER_KEYS:
        return []
    return [
        Error(
            "MASTER_KEYS is missing: no face could be sealed or opened.",
            hint="Set MASTER_KEYS to name:BASE64 of 32 random bytes, for example "
            '"2026:$(head -c 32 /dev/urandom | base64)", and keep a copy apart from the backups.',
            id="accounts.E001",
        )
    ]


@register
def mail(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    if not settings.EMAIL_HOST:
        found.append(
            Error(
                "EMAIL_HOST is missing: letters, and the codes in them, would be printed in the log.",
                hint="Set EMAIL_HOST to your mail server (docs/operations.md).",
                id="accounts.E002",
            )
        )
    if bool(settings.EMAIL_HOST_USER) != bool(settings.EMAIL_HOST_PASSWORD):
        found.append(
            Error(
                "One of EMAIL_HOST_USER and EMAIL_HOST_PASSWORD is missing: nobody would sign in there.",
                hint="Set both, or neither.",
                id="accounts.E003",
            )
        )
    if settings.EMAIL_PORT == TLS_FROM_THE_START:
        found.append(
            Error(
                f"EMAIL_PORT={TLS_FROM_THE_START} wants TLS from the first byte: every letter would wait.",
                hint="Set EMAIL_PORT to the one for STARTTLS, mostly 587.",
                id="accounts.E005",
            )
        )
    if settings.EMAIL_DOMAIN == "localhost":
        found.append(
            Warning(
                "SITE_URL is an address of this machine: links in letters lead nowhere, and mail servers "
                "distrust a sender called localhost.",
                hint="Set SITE_URL to the address of the site, for example https://portraits.example.",
                id="accounts.W001",
            )
        )
    return found
