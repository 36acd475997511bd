"""Wrong set-ups of the site, refused at start-up with the line that mends them."""

from collections.abc import Iterator, Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.http.request import validate_host

from portraitos_site import computed, data_dir, sentry
from portraitos_site.address_checks import is_here
from render.pipeline.sandbox import seccomp
from studio import sitter

LENGTH, VARIETY = 50, 5
"""Characters of a SECRET_KEY, and different ones among them, as Django's `check --deploy` counts them."""

LIVE = ("sk_live_", "rk_live_")
ENCRYPTED = ("require", "verify-ca", "verify-full")


@register
def development(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """DEBUG shows its settings to whoever causes an error, prints sign-in codes and pays with no money."""
    if not settings.DEBUG:
        return []
    return [
        Error(
            f"DEBUG is on, and {reason}.",
            hint="DEBUG is for one machine and its own browser. Leave it out, or set DEBUG=0.",
            id="site.E008",
        )
        for reason in _reaches_others()
    ]


@register
def production(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    if not _secret_key():
        found.append(
            Error(
                "SECRET_KEY is missing: sessions and doorbells could not be signed.",
                hint="Set SECRET_KEY to 50 random characters, the same on every host; "
                "DEBUG=1 makes one to develop with.",
                id="site.E001",
            )
        )
    elif not _is_strong(_secret_key()):
        found.append(
            Error(
                "SECRET_KEY can be guessed, and whoever guesses it signs sessions of anybody.",
                hint=f"Set SECRET_KEY to {LENGTH} random characters: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'.",
                id="site.E006",
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
    if "*" in settings.ALLOWED_HOSTS:
        found.append(
            Error(
                "ALLOWED_HOSTS=* takes any name: a stranger's Host header would decide where links lead.",
                hint="Set ALLOWED_HOSTS to the names this site is called by, separated by commas.",
                id="site.E007",
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
def addresses(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What letters, browsers and the front server are told."""
    found: list[CheckMessage] = [
        Error(
            f"{name}={value!r} is no e-mail address.",
            hint=f"Set {name} to one, for example studio@portraits.example.",
            id="site.E011",
        )
        for name, value in (
            ("DEFAULT_FROM_EMAIL", settings.DEFAULT_FROM_EMAIL),
            ("SUPPORT_EMAIL", settings.SUPPORT_EMAIL),
        )
        if value and not _is_mailbox(value)
    ]
    if settings.X_ACCEL and not settings.X_ACCEL.startswith("/"):
        found.append(
            Error(
                f"X_ACCEL={settings.X_ACCEL!r} is no path: the front server would find no file.",
                hint="Set it to the front server's internal address of DATA_DIR, for example /internal.",
                id="site.E012",
            )
        )
    return found + ([] if settings.DEBUG else list(_site_url()))


@register
def in_the_clear(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What would leave this machine unencrypted."""
    if settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    if settings.EMAIL_HOST and not settings.EMAIL_USE_TLS and not is_here(settings.EMAIL_HOST):
        found.append(
            Error(
                "Letters, and the codes in them, would cross the network unencrypted: EMAIL_USE_TLS is off.",
                hint="Leave EMAIL_USE_TLS out, or hand letters to a mail server on this machine.",
                id="site.E013",
            )
        )
    database = settings.DATABASES["default"]
    host = database.get("HOST", "")
    away = host and not host.startswith("/") and not is_here(host)
    if away and database["OPTIONS"].get("sslmode") not in ENCRYPTED:
        found.append(
            Warning(
                "Rows may cross the network unencrypted: DATABASE_URL asks for no encryption.",
                hint="End DATABASE_URL with ?sslmode=verify-full, or with ?sslmode=require at least.",
                id="site.W003",
            )
        )
    return found + list(_redis())


@register
def failures_are_heard_of(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    dsn = urlsplit(settings.SENTRY_DSN)
    if settings.SENTRY_DSN and sentry.malformed(settings.SENTRY_DSN):
        found.append(
            Error(
                "SENTRY_DSN is no address of a Sentry project.",
                hint="Copy it from the project's settings, as https://KEY@HOST/NUMBER, or leave it out.",
                id="site.E005",
            )
        )
    elif dsn.scheme == "http" and not is_here(dsn.hostname or ""):
        found.append(
            Error(
                "SENTRY_DSN begins with http://: errors and the key would cross the network unencrypted.",
                hint="Write it with https://.",
                id="site.E014",
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


@register
def readers_are_held(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    reason = seccomp.missing()
    if not reason:
        return []
    return [
        Warning(
            f"Whoever takes over the process that reads photographs could start programs: {reason}.",
            hint="Mend it with: sudo apt-get install -y libseccomp2 (docs/security.md).",
            id="site.W004",
        )
    ]


@register
def data_is_private(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(
            f"{path} is open to other users of this machine, and could not be closed to them.",
            hint=f"Mend it with: sudo chown $(id -un) {path} && chmod {mode:o} {path}",
            id="site.E015",
        )
        for path, mode in data_dir.open_to_others()
    ]
    if settings.DATA_GROUP and data_dir.group() is None:
        found.append(
            Error(
                f"DATA_GROUP={settings.DATA_GROUP!r} is no group of this machine.",
                hint="Set it to the group of the front server, for example www-data, or leave it out.",
                id="site.E016",
            )
        )
    elif settings.DATA_GROUP and not data_dir.is_shared():
        found.append(
            Error(
                f"{settings.DATA_DIR} could not be given to the group {settings.DATA_GROUP}.",
                hint=f"Mend it with: sudo usermod -aG {settings.DATA_GROUP} $(id -un), and sign in again.",
                id="site.E019",
            )
        )
    if settings.X_ACCEL and not settings.DATA_GROUP:
        found.append(
            Warning(
                "X_ACCEL is set and DATA_GROUP is not: a front server of another user could read no file.",
                hint="Set DATA_GROUP to a group of the front server's that this user is in, too.",
                id="site.W005",
            )
        )
    return found


def _reaches_others() -> Iterator[str]:
    """What lets others than this machine's own browser come here, or real money."""
    if not is_here(settings.HOST):
        yield f"the site would listen on HOST={settings.HOST}"
    if names := [name for name in settings.ALLOWED_HOSTS if not is_here(name)]:
        yield f"ALLOWED_HOSTS has {', '.join(names)}"
    if not is_here(urlsplit(settings.SITE_URL).hostname or ""):
        yield f"SITE_URL is {settings.SITE_URL}"
    if settings.STRIPE_SECRET_KEY.startswith(LIVE):
        yield "STRIPE_SECRET_KEY is a live key"


def _site_url() -> Iterator[CheckMessage]:
    address = urlsplit(settings.SITE_URL)
    if settings.SECURE_SSL_REDIRECT and address.scheme != "https":
        yield Error(
            f"SITE_URL={settings.SITE_URL} would send links of letters, and the tokens in them, unencrypted.",
            hint="Set SITE_URL to the address of the site with https://.",
            id="site.E009",
        )
    if settings.ALLOWED_HOSTS and not validate_host(_host(address.netloc), settings.ALLOWED_HOSTS):
        yield Error(
            f"SITE_URL={settings.SITE_URL} is not among ALLOWED_HOSTS: links of letters would be refused.",
            hint="Add the host of SITE_URL to ALLOWED_HOSTS.",
            id="site.E010",
        )
    plain = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if origin.startswith("http://")]
    if settings.SECURE_SSL_REDIRECT and plain:
        yield Error(
            f"CSRF_TRUSTED_ORIGINS has {plain[0]}: whoever changes that page on its way sends our forms.",
            hint="Write each origin with https://.",
            id="site.E018",
        )
    if not settings.SECURE_SSL_REDIRECT and not is_here(address.hostname or ""):
        yield Warning(
            "HTTPS_ONLY is off: pages are answered unencrypted unless the proxy in front refuses that.",
            hint="Leave HTTPS_ONLY out, and set BEHIND_PROXY=1 behind a proxy that speaks TLS.",
            id="site.W006",
        )


def _redis() -> Iterator[CheckMessage]:
    if not settings.REDIS_URL or computed.malformed(settings.REDIS_URL):
        return
    address = urlsplit(settings.REDIS_URL)
    away = address.hostname and not is_here(address.hostname)
    if away and (address.scheme == "redis" or not address.password):
        yield Warning(
            "Whoever reaches the Redis of REDIS_URL runs code here: it asks for no password or no TLS.",
            hint="Write it as rediss://:password@host:port/0, and let nobody else reach that port.",
            id="site.W007",
        )


def _host(netloc: str) -> str:
    """The host as a Host header names it, without its port."""
    host, colon, port = netloc.rpartition(":")
    return host if colon and port.isdigit() else netloc


def _is_mailbox(value: str) -> bool:
    try:
        validate_email(parseaddr(value)[1])
    except ValidationError:
        return parseaddr(value)[1].endswith("@localhost")  # where SITE_URL is this machine: accounts.W001
    return True


def _is_strong(key: str) -> bool:
    return len(key) >= LENGTH and len(set(key)) >= VARIETY and not key.startswith("django-insecure-")


def _secret_key() -> str:
    """Return the key; Django itself raises at the sight of an empty one."""
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return ""
