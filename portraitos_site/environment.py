"""Read typed settings from the environment; a value that cannot be read is refused by name."""

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated value as a list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def one_of(name: str, allowed: tuple[str, ...], default: str) -> str:
    value = text(name, default).lower()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r} is not known. Set it to {' or '.join(allowed)}.")
    return value


def flag(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in TRUE | FALSE:
        return value in TRUE
    raise ImproperlyConfigured(f"{name}={value!r} is neither on nor off. Set it to 1 or 0.")


def number(name: str, default: float) -> float:
    value = text(name, str(default))
    try:
        return float(value)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name}={value!r} is not a number. For example: {name}={default}"
        ) from None


def whole(name: str, default: int) -> int:
    value = number(name, default)
    if not value.is_integer():
        raise ImproperlyConfigured(f"{name}={value} is not a whole number. For example: {name}={default}")
    return int(value)


def secret(name: str, file: Path, *, generate: bool) -> str:
    """Return a secret from the environment, or from a file that the first development run writes."""
    if given := text(name):
        return given
    if not generate:
        return ""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as opened:
        opened.write(secrets.token_urlsafe(50))
    return file.read_text()


def keys(name: str, file: Path, *, generate: bool) -> dict[str, bytes]:
    """Return AES-256 keys by name from `new:BASE64,old:BASE64`, or one from the development's own file."""
    if not text(name):
        own = secret(f"{name}_FILE_ONLY", file, generate=generate)
        return {"development": hashlib.sha256(own.encode()).digest()} if own else {}
    found = {}
    for word in words(name):
        label, _, encoded = word.partition(":")
        try:
            found[label] = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            found[label] = b""
        if len(found[label]) != 32 or not label:
            raise ImproperlyConfigured(f"{name} holds a key that is not 32 bytes in base64, as name:BASE64.")
    return found


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for `sqlite:///path` or `postgres://user:password@host:port/name?option=value`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path.removeprefix("/")) or ":memory:",
            "OPTIONS": {
                # A transaction takes the write lock when it begins, so it waits for its turn there and cannot
                # fail half-way; readers and the one writer do not stop each other.
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON",
                "timeout": 30,
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(
        f"DATABASE_URL begins with {parts.scheme!r}. Use sqlite:////path/to/file or postgres://user:password@host/name."
    )
