"""A site that is set up wrongly says so and does not start: each wrong setting, and the same put right."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from portraitos_site import checks
from render.pipeline.sandbox import seccomp

ROOT = Path(__file__).resolve().parents[2]
KEY = "of this test and of no other, as long as Django wants it to be"
AWAY = {"ENGINE": "django.db.backends.postgresql", "NAME": "site", "HOST": "db.example"}

Check = Callable[[None], list[CheckMessage]]


@pytest.fixture(autouse=True)
def _good(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site in production that nothing is wrong with."""
    settings.DATA_DIR.chmod(0o700)
    monkeypatch.setitem(settings.DATABASES, "default", AWAY | {"OPTIONS": {"sslmode": "verify-full"}})
    settings.DEBUG, settings.SECRET_KEY = False, KEY
    settings.HOST, settings.ALLOWED_HOSTS = "0.0.0.0", ["portraits.example"]
    settings.SITE_URL, settings.SECURE_SSL_REDIRECT = "https://portraits.example", True
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "mail.example", True
    settings.DEFAULT_FROM_EMAIL, settings.SUPPORT_EMAIL = "Us <studio@portraits.example>", "us@example.org"
    settings.STRIPE_SECRET_KEY, settings.SENTRY_DSN = "sk_live_x", "https://key@sentry.example/42"
    settings.REDIS_URL, settings.X_ACCEL, settings.DATA_GROUP = "rediss://:word@redis.example/0", "", ""


WRONG: list[tuple[str, Check, dict[str, Any]]] = [
    ("site.E001", checks.production, {"SECRET_KEY": ""}),
    ("site.E006", checks.production, {"SECRET_KEY": "short"}),
    ("site.E006", checks.production, {"SECRET_KEY": "ab" * 40}),
    ("site.E006", checks.production, {"SECRET_KEY": f"django-insecure-{KEY}"}),
    ("site.E002", checks.production, {"ALLOWED_HOSTS": []}),
    ("site.E007", checks.production, {"ALLOWED_HOSTS": ["*"]}),
    ("site.E009", checks.addresses, {"SITE_URL": "http://portraits.example"}),
    ("site.E010", checks.addresses, {"SITE_URL": "https://elsewhere.example"}),
    ("site.E018", checks.addresses, {"CSRF_TRUSTED_ORIGINS": ["https://a.example", "http://b.example"]}),
    ("site.W006", checks.addresses, {"SECURE_SSL_REDIRECT": False}),
    ("site.E011", checks.addresses, {"DEFAULT_FROM_EMAIL": "PortraitOS"}),
    ("site.E011", checks.addresses, {"SUPPORT_EMAIL": "support"}),
    ("site.E012", checks.addresses, {"X_ACCEL": "internal"}),
    ("site.E013", checks.in_the_clear, {"EMAIL_USE_TLS": False}),
    ("site.W007", checks.in_the_clear, {"REDIS_URL": "redis://:word@redis.example/0"}),
    ("site.W007", checks.in_the_clear, {"REDIS_URL": "rediss://redis.example/0"}),
    ("site.E016", checks.data_is_private, {"DATA_GROUP": "no-such-group"}),
    ("site.W005", checks.data_is_private, {"X_ACCEL": "/internal"}),
]


@pytest.mark.parametrize(("code", "check", "wrong"), WRONG)
def test_a_wrong_setting_is_named(settings: Settings, code: str, check: Check, wrong: dict[str, Any]) -> None:
    assert _named(check) == []
    for name, value in wrong.items():
        setattr(settings, name, value)
    (found,) = [message for message in check(None) if message.id == code]
    assert found.hint
    assert found.is_serious() == (code[5] == "E")


@pytest.mark.parametrize("check", [checks.production, checks.in_the_clear])
def test_development_needs_none_of_it(settings: Settings, check: Check) -> None:
    settings.ALLOWED_HOSTS, settings.SECRET_KEY, settings.EMAIL_USE_TLS = [], "short", False
    assert _named(check) != []
    settings.DEBUG = True
    assert _named(check) == []


def _named(check: Check) -> list[str | None]:
    """Less the sitter, which every test has."""
    return [message.id for message in check(None) if message.id != "site.W001"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"HOST": "0.0.0.0"}, "HOST=0.0.0.0"),
        ({"HOST": "::"}, "HOST=::"),
        ({"HOST": ""}, "HOST="),
        ({"HOST": "192.168.1.4"}, "HOST=192.168.1.4"),
        ({"ALLOWED_HOSTS": ["localhost", "portraits.example"]}, "ALLOWED_HOSTS has portraits.example"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS has *"),
        ({"SITE_URL": "https://portraits.example"}, "SITE_URL is https://portraits.example"),
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, "a live key"),
        ({"STRIPE_SECRET_KEY": "rk_live_x"}, "a live key"),
    ],
)
def test_debug_stays_on_this_machine(settings: Settings, wrong: dict[str, Any], reason: str) -> None:
    at_home = {
        "DEBUG": True,
        "HOST": "127.0.0.1",
        "ALLOWED_HOSTS": ["localhost", "studio.localhost", "127.0.0.1", "[::1]"],
        "SITE_URL": "http://127.0.0.1:8000",
        "STRIPE_SECRET_KEY": "sk_test_x",
    }
    for name, value in at_home.items():
        setattr(settings, name, value)
    assert checks.development(None) == []
    for name, value in wrong.items():
        setattr(settings, name, value)
    (found,) = checks.development(None)
    assert (found.id, reason in found.msg) == ("site.E008", True)
    settings.DEBUG = False
    assert checks.development(None) == []


def test_rows_that_cross_the_network_are_asked_to_be_encrypted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"": ["site.W003"], "disable": ["site.W003"], "require": [], "verify-full": []}
    for mode, codes in wanted.items():
        options = {"OPTIONS": {"sslmode": mode} if mode else {}}
        monkeypatch.setitem(settings.DATABASES, "default", AWAY | options)
        assert _named(checks.in_the_clear) == codes
    for here in ("", "127.0.0.1", "/run/postgresql"):
        monkeypatch.setitem(settings.DATABASES, "default", AWAY | {"HOST": here, "OPTIONS": {}})
        assert _named(checks.in_the_clear) == []


def test_a_reader_without_its_filter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _named(checks.readers_are_held) == (["site.W004"] if seccomp.missing() else [])
    monkeypatch.setattr(seccomp, "missing", lambda: "the kernel has no seccomp")
    (found,) = checks.readers_are_held(None)
    assert (found.id, "the kernel has no seccomp" in found.msg) == ("site.W004", True)


def started(folder: Path, *command: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    """What this says whose settings are all right but for the changes."""
    good = {
        "SECRET_KEY": KEY,
        "MASTER_KEYS": "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS_ONLY": "0",
        "EMAIL_HOST": "127.0.0.1",
        "DATA_DIR": str(folder),
        "PATH": os.environ["PATH"],
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={name: value for name, value in (good | changes).items() if value},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "changes", "code"),
    [
        (("serve",), {"EMAIL_HOST": ""}, "accounts.E002"),
        (("serve", "--host", "0.0.0.0"), {"DEBUG": "1"}, "site.E008"),
        (("web", "--host", "0.0.0.0"), {"DEBUG": "1"}, "site.E008"),
        (("work", "mail"), {"SECRET_KEY": "short"}, "site.E006"),
    ],
)
def test_it_does_not_start(
    tmp_path: Path, command: tuple[str, ...], changes: dict[str, str], code: str
) -> None:
    done = started(tmp_path, "manage.py", *command, **changes)
    assert (done.returncode, code in done.stderr) == (1, True), done.stderr
    assert "HINT: " in done.stderr


@pytest.mark.slow
def test_other_servers_do_not_start_it_either(tmp_path: Path) -> None:
    load = ("-c", "import portraitos_site.wsgi")
    assert started(tmp_path, *load).returncode == 0
    done = started(tmp_path, *load, ALLOWED_HOSTS="*")
    assert (done.returncode, "site.E007" in done.stderr) == (1, True), done.stderr


@pytest.mark.slow
def test_debug_is_off_unless_somebody_sets_it(tmp_path: Path) -> None:
    asked = ("-c", "from portraitos_site import settings; print(settings.DEBUG)")
    assert started(tmp_path, *asked).stdout == "False\n"
    assert started(tmp_path, *asked, DEBUG="1").stdout == "True\n"
    makefile = (ROOT / "Makefile").read_text()
    assert "DEBUG    ?= 1\n" in makefile
