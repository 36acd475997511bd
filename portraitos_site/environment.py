"""Typed settings from the environment, read by environs. `seal()` refuses all bad ones by name."""

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError, ValidationError, validate


class Environment(Env):
    """Environs with our words for what is wrong. A bad value counts as unset until `seal()` refuses it."""

    def __init__(self) -> None:
        super().__init__(eager=False)
        self.add_parser("aes_keys", aes_keys)
        self.add_parser("database_options", database_options)

    def _get_value(self, env_key: str, default: Any) -> Any:
        """Return what is set. Spaces around it do not count, and a variable set to nothing is not set."""
        value = super()._get_value(env_key, default)
        return (value.strip() or default) if isinstance(value, str) else value

    def _read(self, parser: Any, name: str, default: Any, **rules: Any) -> Any:
        """Return what environs makes of the variable, or the default where it refuses."""
        found = parser(name, default, **rules)
        return default if found is None else found

    def text(self, name: str, default: str = "") -> str:
        return str(self._read(self.str, name, default))

    def words(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """Return a comma-separated value as a list."""
        return [word for word in self._read(self.list, name, default, subcast=str.strip) if word]

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """Return one of these words. Capitals do not count."""
        wrong = f"{{input!r}} is not known. Set it to {' or '.join(allowed)}."
        known = validate.OneOf([*allowed, *map(str.upper, allowed)], error=wrong)
        return str(self._read(self.str, name, default, validate=known)).lower()

    def flag(self, name: str, *, default: bool) -> bool:
        wrong = {"invalid": "{input!r} is neither on nor off. Set it to 1 or 0."}
        return bool(self._read(self.bool, name, default, error_messages=wrong))

    def number(self, name: str, default: float, *, least: float = 0) -> float:
        return float(self._read(self.float, name, default, **_count("a number", name, default, least, None)))

    def whole(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        rules = _count("a whole number", name, default, least, most)
        return int(self._read(self.int, name, default, **rules))

    def address(self, name: str, default: str) -> str:
        """Return the address of a site, without a slash at its end."""
        wrong = {"invalid": "{input!r} is no address of a site. For example: https://portraits.example"}
        web = {"schemes": {"http", "https"}, "require_tld": False}
        found = self._read(self.url, name, urlsplit(default), **web, error_messages=wrong)
        return str(found.geturl()).rstrip("/")

    def secret(self, name: str, file: Path, *, generate: bool) -> str:
        """Return a secret from the environment, or from a file that the first development run writes."""
        return self.text(name) or (_kept(file) if generate else "")

    def keys(self, name: str, file: Path, *, generate: bool) -> dict[str, bytes]:
        """Return AES-256 keys by name from `new:BASE64,old:BASE64`, or development's own."""
        given: dict[str, bytes] = self.aes_keys(name, "") or {}
        if given or not generate:
            return given
        return {"development": hashlib.sha256(_kept(file).encode()).digest()}

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Return Django's settings for the database at an address."""
        return self.database_options(name, default) or database_options(default)

    def seal(self) -> None:
        """Refuse every bad value that was read, and every further reading."""
        try:
            super().seal()
        except EnvValidationError as error:
            refused = cast("dict[str, list[str]]", error.error_messages)
            lines = {f"{name}: {sentence}": None for name, found in refused.items() for sentence in found}
            raise ImproperlyConfigured("\n".join(lines)) from None


def aes_keys(value: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for word in filter(None, (word.strip() for word in value.split(","))):
        label, _, encoded = word.partition(":")
        if label in found:
            raise ValidationError(f"Two keys are called {label!r}. Give each a name of its own.")
        try:
            found[label] = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            found[label] = b""
        if len(found[label]) != 32 or not label:
            raise ValidationError("A key is not 32 bytes in base64. Write each as name:BASE64.")
    return found


def database_options(url: str) -> dict[str, Any]:
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
    raise ValidationError(
        f"It begins with {parts.scheme!r}. Use sqlite:////path/to/file or postgres://user:password@host/name."
    )


def mail_domain(site_url: str) -> str:
    """Return the domain of the site's letters: the site's host, or localhost where that is a number."""
    host = urlsplit(site_url).hostname or "localhost"
    is_number = ":" in host or host.replace(".", "").isdigit()
    return "localhost" if is_number else host.encode("idna").decode()


def _count(kind: str, name: str, default: float, least: float, most: float | None) -> dict[str, Any]:
    """Return how environs is told that a setting counts something, and what it says where it does not."""
    range_ = f"{least} or more" if most is None else f"{least} to {most}"
    end = f"is not {kind} of {range_}. For example: {name}={default}"
    return {
        "validate": validate.Range(min=least, max=most, error=f"{{input}} {end}"),
        "error_messages": {
            "invalid": f"{{input!r}} {end}",
            "special": f"This {end}",
            "too_large": f"This {end}",
        },
    }


def _kept(file: Path) -> str:
    """Return the secret in the file, which is made at the first call and only its owner can read."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as opened:
        opened.write(secrets.token_urlsafe(50))
    return file.read_text()
