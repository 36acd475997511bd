"""Where the site listens: off this machine only behind a proxy, which speaks TLS and names the caller."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from render.jobs import slots

EXPOSED = "HOST is not this machine's own address, and there is no proxy before the site."
MEND = "Set HOST=127.0.0.1, or put a TLS proxy before the site and set BEHIND_PROXY=1."
FEWEST_THREADS = slots.THREADS + 2


@register
def listens_behind_a_proxy(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not is_exposed(settings.HOST):
        return []
    return [Error(EXPOSED, hint=MEND, id="web.E001")]


@register
def has_threads_for_pages(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.WEB_PROCESSES >= 1 and settings.WEB_THREADS >= FEWEST_THREADS:
        return []
    threads = f"WEB_PROCESSES={settings.WEB_PROCESSES} and WEB_THREADS={settings.WEB_THREADS}"
    return [
        Error(
            f"{threads} leave no thread for pages while slow work is done.",
            hint=f"Set WEB_PROCESSES to 1 or more, and WEB_THREADS to {FEWEST_THREADS} or more.",
            id="web.E002",
        )
    ]


def is_exposed(host: str) -> bool:
    """Whether others than this machine's own programs reach the site there, and no proxy is named."""
    return not settings.BEHIND_PROXY and not is_here(host)


def is_here(host: str) -> bool:
    """Whether this name or number means this machine to itself, so that nobody else comes by it."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
