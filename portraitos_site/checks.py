"""Wrong set-ups of the site, refused at start-up with the line that mends them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from portraitos_site import computed, sentry
from studio import sitter


@register
def production(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    if not _secret_key():
        found.append(
            Error(
                "SECRET_KEY is missing: sessions and doorbells could not be signed.",
                hint="Set SECRET_KEY to 50 random characters, the same on every host.",
                id="site.E001",
            )
        )
    if not settings.ALLOWED_HOSTS:
        found.append(
            Error(
                "ALLOWED_HOSTS is empty: every request would be refused.",
                hint="Set ALLOWED_HOSTS to the names this site is called by, separated by commas.",
                id="site.E002",
            )
        )
    if sitter.is_default():
        found.append(
            Warning(
                "The demonstration sitter is still NASA's astronaut.",
                hint="Set DEMO_SITTER to a photograph with a release (docs/operations.md).",
                id="site.W001",
            )
        )
    return found


@register
def own_sitter(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if sitter.is_default() or Path(settings.DEMO_SITTER).is_file():
        return []
    return [
        Error(
            f"DEMO_SITTER={settings.DEMO_SITTER!r} is no file.",
            hint="Set it to the path of a JPEG, PNG or WebP, or leave it out.",
            id="site.E003",
        )
    ]


@register
def placed_database(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    name = str(settings.DATABASES["default"]["NAME"])
    engine = settings.DATABASES["default"]["ENGINE"]
    if not engine.endswith("sqlite3") or name == ":memory:" or Path(name).parent.is_dir() or settings.DEBUG:
        return []
    return [
        Error(
            f"The folder of the database {name} does not exist.",
            hint="Make it, or set DATA_DIR or DATABASE_URL.",
            id="site.E004",
        )
    ]


@register
def failures_are_heard_of(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.SENTRY_DSN and sentry.malformed(settings.SENTRY_DSN):
        found.append(
            Error(
                "SENTRY_DSN is no address of a Sentry project.",
                hint="Copy it from the project's settings, as https://KEY@HOST/NUMBER, or leave it out.",
                id="site.E005",
            )
        )
    if not settings.DEBUG and not settings.SUPPORT_EMAIL:
        found.append(
            Warning(
                "SUPPORT_EMAIL is not set: nobody is told when something fails.",
                hint="Set SUPPORT_EMAIL to the address of whoever looks after the site.",
                id="site.W002",
            )
        )
    return found


@register
def readable_redis(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not settings.REDIS_URL or not computed.malformed(settings.REDIS_URL):
        return []
    return [
        Error(
            "REDIS_URL is no address of a Redis.",
            hint="Write it as redis://HOST:PORT/NUMBER, or leave it out.",
            id="site.E050",
        )
    ]


def _secret_key() -> str:
    """Return the key; Django itself raises at the sight of an empty one."""
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return ""
