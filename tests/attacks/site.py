"""The site under attack: production settings, PostgreSQL, Redis, workers, a mail server; of any revision.

An empty one is prepared once; each attack gets a copy of its database and its files.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import requests

from tests.attacks.caller import Caller
from tests.attacks.inside import Inside
from tests.mail_server import MailServer
from tests.ports import free_port
from tests.postgres import Postgres
from tests.redis_server import RedisServer

PATIENCE = 90.0  # seconds until it answers
NOWHERE = "http://127.0.0.1:9"
"""A proxy that refuses: nothing that the site asks of Stripe leaves this machine."""


class Prepared:
    """A revision's site with its catalogue and without customers, to be copied. ``tree`` is its checkout."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self.tree, self.data = tree, folder / "data"
        self.data.mkdir(parents=True)
        self.postgres = Postgres(_open_to_all(folder / "postgres"))
        self.secrets = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "MASTER_KEYS": f"a:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        }
        self.url = self._database("prepared")
        environment = _settings(self, self.url, self.data, port=1, mail=1)
        for words in (["migrate"], ["collectstatic", "--no-input"], ["load_catalogue"]):
            _manage(tree, environment, *words, "--verbosity", "0")

    def copy(self, name: str, data: Path) -> str:
        """Copy everything to a place of its own; returns the address of the database."""
        shutil.copytree(self.data, data)
        return self._database(name, template="prepared")

    def stop(self) -> None:
        self.postgres.control("stop", "immediate")

    def _database(self, name: str, template: str = "template0") -> str:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.postgres.url.removesuffix("postgres") + name


class Site:
    """A copy of what is prepared, served; ``settings`` change its environment."""

    def __init__(self, prepared: Prepared, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True)
        self.tree, self.folder, self.log = prepared.tree, folder, folder / "log"
        self.postgres = prepared.postgres
        url = prepared.copy(folder.name, folder / "data")
        self.mail = MailServer()
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.redis = RedisServer(folder)
        self.environment = {
            **_settings(prepared, url, folder / "data", self.port, self.mail.port),
            "REDIS_URL": self.redis.url,
            **settings,
        }
        self.inside: Inside | None = None
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=self.tree,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(lambda: self.answers("/pricing/"), "the site answers")

    def halt(self) -> None:
        """Stop the site and its workers; database and mail go on, and `start` begins again."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)

    def stop(self) -> None:
        with suppress(ProcessLookupError):  # the attack has stopped it
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._close_inside()
        self.redis.kill()
        self.mail.close()

    # What the attack sees

    def caller(self, ip: str = "198.51.100.1") -> Caller:
        """A stranger."""
        return Caller(self.address, ip=ip)

    def answers(self, path: str) -> bool:
        try:
            return self.caller().get(path, timeout=5).ok
        except requests.RequestException:
            return False

    def letters(self, to: str) -> list[EmailMessage]:
        """What was mailed to an address, the oldest first."""
        said = [one.letter for one in self.mail.conversations if one.ended and one.data]
        return [letter for letter in said if to in str(letter["To"])]

    def code(self, to: str, *, after: int = 0) -> str:
        """The code in the next letter to an address, behind the first ``after`` ones."""
        until(lambda: len(self.letters(to)) > after, f"a letter comes to {to}")
        text = self.letters(to)[after].get_content().replace("\r\n", "\n")
        found = re.search(r"^[A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*$", text, re.MULTILINE)
        assert found, text
        return found[0]

    # What prepares it, within the site's own code

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return _manage(self.tree, self.environment, *arguments, check=check)

    def act(self, code: str, **given: Any) -> Any:
        """Run Python in the site's environment; returns what it assigns to `answer`, through JSON."""
        if self.inside is None or self.inside.environment != self.environment:
            self._close_inside()
            self.inside = Inside(self.tree, self.environment, self.log)
        return self.inside.act(code, given)

    def _close_inside(self) -> None:
        if self.inside is not None:
            self.inside.close()

    def customer(
        self, email: str, *, ip: str = "198.51.100.1", password: str = "a long walk by the sea"
    ) -> Caller:
        """Somebody who has signed up, agreed, and is logged in."""
        cookies = self.act(
            """
            from allauth.account.models import EmailAddress
            from django.conf import settings
            from django.test import Client
            from accounts import consent
            from accounts.models import User
            user = User.objects.create_user(email, password)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            consent.give(user=user, locale="en")
            client = Client()
            client.force_login(user)
            name = settings.SESSION_COOKIE_NAME
            answer = {name: client.cookies[name].value}
            """,
            email=email,
            password=password,
        )
        return Caller(self.address, ip=ip, cookies=cookies)

    def audit(self) -> str:
        """What `audit_ledger` finds; nothing where all is well."""
        return str(
            self.act(
                """
                import io
                from django.core.management import CommandError, call_command
                said = io.StringIO()
                try:
                    call_command("audit_ledger", stdout=said, stderr=said)
                    answer = ""
                except (CommandError, SystemExit) as error:
                    answer = f"{error} {said.getvalue()}"
                """
            )
        )


def _settings(prepared: Prepared, url: str, data: Path, port: int, mail: int) -> dict[str, str]:
    """The environment of a site in production."""
    kept = ("PATH", "HOME", "LANG", "PORTRAITOS_TEST_FACES")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "DATA_DIR": str(data),
        "DATABASE_URL": url,
        "DEBUG": "0",
        "BEHIND_PROXY": "1",
        "SITE_URL": f"https://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "CSRF_TRUSTED_ORIGINS": f"https://127.0.0.1:{port}",
        **prepared.secrets,
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mail),
        "EMAIL_USE_TLS": "0",
        "SUPPORT_EMAIL": "support@example.org",
        "STRIPE_SECRET_KEY": "sk_test_of_an_attack",
        "STRIPE_WEBHOOK_SECRET": "whsec_of_an_attack",
        "HTTPS_PROXY": NOWHERE,
        "JOB_SWEEP_SECONDS": "2",
    }


def _manage(
    tree: Path, environment: dict[str, str], *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=tree,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 or not check, done.stdout + done.stderr
    return done


def until(true: Callable[[], object], what: str, patience: float = PATIENCE) -> float:
    """Wait for a condition; returns the seconds that it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < patience, f"Waited {patience:.0f} s in vain until {what}."
        time.sleep(0.1)
    return time.monotonic() - began


def _open_to_all(folder: Path) -> Path:
    """A folder into which PostgreSQL's own user can go."""
    folder.mkdir()
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    return folder
