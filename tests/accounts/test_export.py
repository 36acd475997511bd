"""Everything that is stored about a person, as one ZIP, for that person alone."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts import blocking
from accounts.models import User
from portraitos_site import privacy
from tests.accounts.door import SECRET, confirmed, own_app, signed_in
from tests.cast import Cast

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

EXPORT = "/account/export.zip"


def saved(client: Client) -> zipfile.ZipFile:
    answer: Any = client.get(EXPORT)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith('attachment; filename="portraitos-20')
    assert "no-store" in answer["Cache-Control"]
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_the_questions_of_the_view(cast: Cast) -> None:
    assert Client().get(EXPORT)["Location"] == f"/accounts/login/?next={EXPORT}"
    assert (
        signed_in(cast.alice).get(EXPORT)["Location"]
        == f"/accounts/reauthenticate/?next={EXPORT.replace('/', '%2F')}"
    )
    assert confirmed(cast.alice).post(EXPORT).status_code == 405


def test_it_holds_what_is_known_and_no_secret(cast: Cast) -> None:
    own_app(cast.alice)
    blocking.block(by=cast.dora, user=cast.alice, reason="Stolen cards.")
    blocking.unblock(by=cast.dora, user=cast.alice, reason="Stolen cards.")
    archive = saved(confirmed(cast.alice))
    assert {"account.json", "consents.json", "log.json"} <= set(archive.namelist())
    account = json.loads(archive.read("account.json"))
    assert account["e-mail"] == "alice@example.org"
    assert account["addresses"][0]["verified"] is True
    assert account["sessions"][0]["from"] == "127.0.0.1"
    assert {step["type"] for step in account["second steps"]} == {"totp", "recovery_codes"}
    assert json.loads(archive.read("consents.json"))[0]["version"] == "2026-12"
    log = json.loads(archive.read("log.json"))
    assert {"is_active": ["True", "False"], "block_reason": ["", "Stolen cards."]} in [
        entry["changes"] for entry in log
    ]
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    for secret in (SECRET, cast.alice.password, "dora@example.org", "charlie@example.org"):
        assert secret not in everything


def test_each_app_adds_its_own(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def export(user: User) -> Iterator[tuple[str, bytes]]:
        yield "money/ledger.json", b"[]"

    monkeypatch.setattr("billing.privacy.export", export)
    with zipfile.ZipFile(privacy.export(user=cast.alice)) as archive:
        assert archive.read("money/ledger.json") == b"[]"
        assert archive.testzip() is None
