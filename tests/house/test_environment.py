"""Settings from the environment are typed, and a bad one is named."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portraitos_site import environment as env


def test_values_are_read_as_their_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMES", " a, b,,c ")
    monkeypatch.setenv("SWITCH", "Yes")
    monkeypatch.setenv("COUNT", "3")
    assert env.words("NAMES") == ["a", "b", "c"]
    assert env.flag("SWITCH", default=False) is True
    assert env.flag("UNSET_SWITCH", default=False) is False
    assert env.whole("COUNT", 1) == 3
    assert env.number("UNSET_NUMBER", 0.2) == 0.2


@pytest.mark.parametrize(("value", "read"), [("maybe", env.flag), ("often", env.whole), ("2.5", env.whole)])
def test_a_bad_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str, read: object) -> None:
    monkeypatch.setenv("ODD", value)
    with pytest.raises(ImproperlyConfigured, match="ODD="):
        env.flag("ODD", default=True) if read is env.flag else env.whole("ODD", 1)


def test_a_development_secret_is_made_once_and_kept_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    lite = env.database("sqlite:////srv/data/house.sqlite3")
    assert lite["NAME"] == "/srv/data/house.sqlite3"
    assert lite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    post = env.database("postgres://ann:p%40ss@db.example:5433/house?sslmode=require")
    assert [post[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "ann",
        "p@ss",
        "db.example",
        "5433",
        "house",
    ]
    assert post["OPTIONS"] == {"sslmode": "require"}
    with pytest.raises(ImproperlyConfigured, match="begins with 'mysql'"):
        env.database("mysql://localhost/house")
