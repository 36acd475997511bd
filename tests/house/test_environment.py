"""Settings from the environment are typed, and every bad one is named."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import EnvSealedError, ValidationError

from portraitos_site.environment import Environment, database_options


@pytest.fixture
def env() -> Environment:
    return Environment()


def test_values_are_read_as_their_type(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMES", " a, b,,c ")
    monkeypatch.setenv("SWITCH", " Yes\r")
    monkeypatch.setenv("COUNT", "3")
    monkeypatch.setenv("NOTHING", " ")
    monkeypatch.setenv("SITE", "https://portraits.example/")
    assert env.words("NAMES") == ["a", "b", "c"]
    assert env.words("NO_NAMES", ("d",)) == ["d"]
    assert env.flag("SWITCH", default=False) is True
    assert env.flag("UNSET_SWITCH", default=False) is False
    assert env.whole("COUNT", 1) == 3
    assert env.whole("NOTHING", 7) == 7
    assert env.text("NOTHING", "default") == "default"
    assert env.number("UNSET_NUMBER", 0.2) == 0.2
    assert env.address("SITE", "http://127.0.0.1:8000") == "https://portraits.example"
    assert env.address("NO_SITE", "http://127.0.0.1:8000") == "http://127.0.0.1:8000"
    env.seal()


@pytest.mark.parametrize(
    ("value", "read", "fix"),
    [
        ("maybe", lambda env: env.flag("ODD", default=True), "neither on nor off. Set it to 1 or 0."),
        ("often", lambda env: env.whole("ODD", 1), "'often' is not a whole number .* ODD=1"),
        ("2.5", lambda env: env.whole("ODD", 1), "'2.5' is not a whole number"),
        ("-3", lambda env: env.whole("ODD", 1), "-3 is not a whole number of 0 or more"),
        ("nan", lambda env: env.number("ODD", 0.2), "not a number .* ODD=0.2"),
        ("1e999", lambda env: env.number("ODD", 0.2), "not a number"),
        ("0", lambda env: env.whole("ODD", 20, least=1), "0 is not a whole number of 1 or more"),
        (
            "1441",
            lambda env: env.whole("ODD", 60, least=31, most=1440),
            "1441 is not a whole number of 31 to 1440",
        ),
        ("0", lambda env: env.number("ODD", 0.2, least=0.01), "not a number of 0.01 or more"),
        ("xml", lambda env: env.one_of("ODD", ("line", "json"), "line"), "Set it to line or json."),
        ("portraits.example", lambda env: env.address("ODD", ""), "For example: https://portraits.example"),
        ("a:c2hvcnQ=", lambda env: env.keys("ODD", Path("x"), generate=False), "not 32 bytes in base64"),
        (
            f"a:{base64.b64encode(bytes(32)).decode()},a:{base64.b64encode(bytes(32)).decode()}",
            lambda env: env.keys("ODD", Path("x"), generate=False),
            "Two keys are called 'a'",
        ),
        ("mysql://localhost/site", lambda env: env.database("ODD", "sqlite:///x"), "begins with 'mysql'"),
    ],
)
def test_a_bad_value_is_refused_by_name(
    env: Environment,
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    read: Callable[[Environment], Any],
    fix: str,
) -> None:
    monkeypatch.setenv("ODD", value)
    read(env)
    with pytest.raises(ImproperlyConfigured, match=f"^ODD: .*{fix}"):
        env.seal()


def test_nothing_is_read_unseen_after_the_settings_are_sealed(env: Environment) -> None:
    env.seal()
    with pytest.raises(EnvSealedError):
        env.flag("ODD", default=True)


def test_a_site_with_several_bad_values_names_each_once(tmp_path: Path) -> None:
    bad = {
        "DEBUG": "maybe",
        "PORT": "http",
        "LOG_LEVEL": "loud",
        "DATABASE_URL": "oracle://ann:secret@db/site",
    }
    told = subprocess.run(
        [sys.executable, "-c", "import portraitos_site.settings"],
        check=False,
        cwd=Path(__file__).parents[2],
        env=os.environ | bad | {"DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    ).stderr
    lines = told[told.rindex("ImproperlyConfigured") :].splitlines()
    assert sorted(line.removeprefix("ImproperlyConfigured: ").split(":")[0] for line in lines) == sorted(bad)
    assert "secret" not in told


def test_a_development_secret_is_made_once_and_kept_private(
    env: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    file = tmp_path / "new" / "secret_key"
    first = env.secret("SECRET_KEY", file, generate=True)
    assert len(first) >= 50
    assert env.secret("SECRET_KEY", file, generate=True) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert env.secret("SECRET_KEY", file, generate=False) == ""
    monkeypatch.setenv("SECRET_KEY", "given")
    assert env.secret("SECRET_KEY", file, generate=True) == "given"


def test_database_addresses() -> None:
    lite = database_options("sqlite:////srv/data/house.sqlite3")
    assert lite["NAME"] == "/srv/data/house.sqlite3"
    assert lite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    post = database_options("postgres://ann:p%40ss@db.example:5433/house?sslmode=require")
    assert [post[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "ann",
        "p@ss",
        "db.example",
        "5433",
        "house",
    ]
    assert post["OPTIONS"] == {"sslmode": "require"}
    with pytest.raises(ValidationError, match="begins with 'mysql'"):
        database_options("mysql://localhost/house")
