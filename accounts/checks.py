"""Wrong set-ups of accounts, refused at start-up with the line that mends them."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register
def master_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
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
