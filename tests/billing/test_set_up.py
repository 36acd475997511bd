"""The development Stripe as a process, what it keeps, and set-ups that are refused."""

import base64
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from pytest_django import Settings

from billing import checks
from billing.stripe_dev.books import Books
from portraitos_site.management.commands import serve
from render.jobs.supervise import Child

ROOT = Path(__file__).resolve().parents[2]


def stripe_dev(folder: Path, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "stripe_dev", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_the_command_serves_on_this_machine(tmp_path: Path) -> None:
    process = stripe_dev(tmp_path)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address) as page:
            assert b"Nobody has bought anything yet." in page.read()
    finally:
        process.kill()
        process.communicate()


KEYS = "one:" + base64.b64encode(bytes(range(32))).decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {"STRIPE_SECRET_KEY": "sk_test_real", "STRIPE_WEBHOOK_SECRET": "whsec_x"},
        {
            "DEBUG": "0",
            "SECRET_KEY": "of this test and of no other, as long as Django wants it to be",
            "ALLOWED_HOSTS": "portraits.example",
            "SITE_URL": "https://portraits.example",
            "DATABASE_URL": "sqlite:///:memory:",
            "MASTER_KEYS": KEYS,
            "EMAIL_HOST": "mail.example",
        },
    ],
    ids=["a real key", "production"],
)
def test_the_command_stays_away(tmp_path: Path, environment: dict[str, str]) -> None:
    _, said = (process := stripe_dev(tmp_path, **environment)).communicate(timeout=60)
    assert process.returncode == 1
    assert "stays away" in said


def test_what_was_sold_survives_a_restart(tmp_path: Path) -> None:
    books = Books(file=tmp_path / "stripe.json")
    made = books.add("pi", "payment_intent", amount=5)
    books.save()
    assert Books(file=tmp_path / "stripe.json").things == {made["id"]: made}


def commands(settings: Settings, monkeypatch: pytest.MonkeyPatch, *, development: bool) -> list[str]:
    """Names of what `make run` starts."""
    started: list[str] = []

    class Recorder:
        def __init__(self, children: list[Child], **rest: object) -> None:
            started.extend(child.name for child in children)

        def run(self) -> None:
            """Nothing is started."""

    settings.STRIPE_IS_DEV = development
    monkeypatch.setattr(serve, "Supervisor", Recorder)
    serve.Command().handle(host="127.0.0.1", port=0, no_web=False, queues=["mail"])
    return started


def test_make_run_starts_it_where_there_is_no_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands(settings, monkeypatch, development=True) == ["web 1", "web 2", "mail", "stripe"]
    assert "no money moves" in capsys.readouterr().out
    assert commands(settings, monkeypatch, development=False) == ["web 1", "web 2", "mail"]


@pytest.mark.parametrize(
    ("key", "secrets", "address", "wanted"),
    [
        ("", [], "", ["billing.W001"]),
        ("sk_live_x", [], "", ["billing.E001", "billing.W002"]),
        ("sk_live_x", ["whsec_x"], "support@example.org", []),
        ("rk_test_x", ["whsec_x"], "support@example.org", ["billing.W003"]),
        ("pk_live_x", ["whsec_x"], "support@example.org", ["billing.E002"]),
        ("sk_live_x", ["whsec_x", "guessed"], "support@example.org", ["billing.E003"]),
    ],
)
def test_wrong_set_ups_are_named(
    settings: Settings, key: str, secrets: list[str], address: str, wanted: list[str]
) -> None:
    settings.STRIPE_IS_DEV = False
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = key, secrets
    settings.SUPPORT_EMAIL, settings.STRIPE_PAY_PAGES = address, ["https://checkout.stripe.com"]
    assert [found.id for found in checks.shop(None)] == wanted


@pytest.mark.parametrize("page", ["*", "http://pay.example", "https://pay.example/checkout", "pay.example"])
def test_the_purchase_may_end_at_an_origin_with_tls_alone(settings: Settings, page: str) -> None:
    settings.STRIPE_IS_DEV = False
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "sk_live_x", ["whsec_x"]
    settings.SUPPORT_EMAIL = "support@example.org"
    settings.STRIPE_PAY_PAGES = ["https://checkout.stripe.com", page]
    assert [found.id for found in checks.shop(None)] == ["billing.E004"]
    settings.STRIPE_PAY_PAGES = ["https://checkout.stripe.com", "https://pay.example"]
    assert checks.shop(None) == []


def test_development_needs_nothing(settings: Settings) -> None:
    settings.STRIPE_IS_DEV = True
    assert checks.shop(None) == []
