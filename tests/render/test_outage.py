"""Row 18 of the table of faults: PostgreSQL restarts under load.

Some answers are 503, it is back in 10 s, and nothing is lost or doubled.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from render.models import Portrait
from tests.jobs.house import ROOT, House, until
from tests.ports import free_port
from tests.postgres import Postgres
from tests.render import small

pytestmark = [pytest.mark.slow, pytest.mark.rows]

BACK = 10.0  # seconds
LOAD, CALM = 0.05, 1.0  # seconds between two looks of a visitor
DELIVERED = "delivered"


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    # Not in pytest's folder: the next run of the same user closes its parents to the server's user.
    with tempfile.TemporaryDirectory(prefix="portraitos-postgres-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder))
        yield server
        server.control("stop", "immediate")


class Site:
    """The whole house on its own database, and a customer in it."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self.port = free_port()
        script = folder / "acts"
        folder.mkdir()
        script.write_text("deliver")
        self.environment = {
            "DATABASE_URL": postgres.url,
            "DATA_DIR": str(folder),
            "DEBUG": "0",
            "HTTPS_ONLY": "0",
            "SECRET_KEY": "of this test and of no other, as long as Django wants it to be",
            "MASTER_KEYS": f"a:{base64.b64encode(bytes(range(32))).decode()}",
            "ALLOWED_HOSTS": "127.0.0.1,testserver",
            "EMAIL_HOST": "127.0.0.1",
        }
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        self.customer = self.ask("furnish")
        self.house = House(
            folder,
            *("--port", str(self.port), "--queues", "previews", "fulls"),
            **self.environment,
            **{small.ACTS: str(script)},
            JOB_HANDLERS="tests.render.small",
            JOB_MEMORY_MB="6144",
        )
        until(lambda: self.get("/pricing/") == 200, "the site answers")

    def run(self, *arguments: str) -> str:
        """A Python of the site's own environment."""
        command = [sys.executable, *arguments]
        environment = os.environ | self.environment
        done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, what: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("-m", "tests.render.outage", what).splitlines()[-1])
        return found

    def get(self, address: str) -> int:
        """The page's status as the customer gets it; 0 where nobody answers."""
        return self._send(address, None)

    def approve(self, portrait: str) -> int:
        return self._send(f"{self.customer['shoot']}approve/", {"portrait": portrait, "sure": "yes"})

    def _send(self, address: str, form: dict[str, str] | None) -> int:
        token = self.customer["csrf"]
        request = Request(
            f"http://127.0.0.1:{self.port}{address}",
            data=urlencode(form).encode() if form else None,
            headers={"Cookie": f"{self.customer['session']}; csrftoken={token}", "X-CSRFToken": token},
        )
        try:
            return int(urlopen(request, timeout=30).status)
        except HTTPError as refused:
            return refused.code
        except OSError:
            return 0


@pytest.fixture
def site(django_db_setup: None, postgres: Postgres, tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "site", postgres)
    yield made
    made.house.stop()


class Visitor(threading.Thread):
    """Somebody who looks at the shoot again and again, and remembers what came and when."""

    def __init__(self, site: Site) -> None:
        super().__init__(daemon=True)
        self.site, self.seen, self.leaving = site, list[tuple[float, int]](), threading.Event()
        self.pause = LOAD

    def run(self) -> None:
        while not self.leaving.wait(self.pause):
            began = time.monotonic()
            self.seen.append((began, self.site.get(self.site.customer["shoot"])))

    def well_after(self, moment: float) -> float:
        """Seconds from the moment until every later answer was well."""
        bad = [at for at, status in self.seen if at > moment and status != 200]
        return max(bad, default=moment) - moment


def test_row_18_postgresql_restarts_under_load(site: Site, postgres: Postgres) -> None:
    first, second, third, last = site.customer["portraits"]
    visitors = [Visitor(site) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    for mode, portraits in (("fast", (first, second)), ("immediate", (third, last))):
        for portrait in portraits:
            assert site.approve(portrait) == 200
        postgres.control("restart", mode)
        back = time.monotonic()
        until(lambda: site.get(site.customer["shoot"]) == 200, "the site is back")
        assert time.monotonic() - back < BACK
        time.sleep(2)
        assert max(visitor.well_after(back) for visitor in visitors) < BACK
    for visitor in visitors:
        visitor.pause = CALM  # the restarts are over; the portraits need the cores
    until(lambda: not approved(postgres), "every portrait has ended")
    for visitor in visitors:
        visitor.leaving.set()
        visitor.join()
    found = site.ask("verdict")
    assert found["states"] == [DELIVERED] * 4, found
    assert (found["captures"], found["open"], found["audit"]) == (4, 0, [])
    answers = {status for visitor in visitors for _, status in visitor.seen}
    assert 503 in answers, "The restart was felt by nobody: this shows nothing."
    assert answers <= {200, 503}, answers


def approved(postgres: Postgres) -> int:
    """How many portraits wait for their end. Asked without Django, which takes seconds to start."""
    query = f"SELECT count(*) FROM {Portrait._meta.db_table} WHERE state = %s"
    with psycopg.connect(postgres.url) as connection:
        found = connection.execute(query.encode(), [Portrait.State.APPROVED.value]).fetchone()
    assert found is not None
    return int(found[0])


@override_settings(DEBUG=False)
def test_a_database_that_is_away_is_a_503_and_a_mistake_of_ours_a_500(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client(raise_request_exception=False)
    for error, status, words in (
        (OperationalError("the connection was closed"), 503, "Nothing is lost"),
        (ValueError("a slip"), 500, "We made a mistake"),
    ):
        monkeypatch.setattr("portraitos_site.views.sheet.window", raising(error))
        answer = client.get("/")
        assert (answer.status_code, words in answer.content.decode()) == (status, True)
        assert answer.get("Retry-After") == ("10" if status == 503 else None)


def raising(error: Exception) -> Any:
    def act(*_: object) -> None:
        raise error

    return act
