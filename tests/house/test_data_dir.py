"""Other users of the machine read nothing that the site keeps; a front server reads what it sends."""

import grp
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings

from portraitos_site import checks, data_dir
from tests.house.test_checks import ROOT, started

OTHERS = 0o007


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o7777 for path in [folder, *folder.rglob("*")]}


@pytest.mark.slow
def test_what_is_new_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    own = {"DEBUG": "1", "SECRET_KEY": "", "MASTER_KEYS": ""}
    connect = "from django.db import connection; connection.cursor()"
    done = started(folder, "manage.py", "shell", "-c", connect, **own)
    assert done.returncode == 0, done.stderr
    found = modes(folder)
    assert {"new", "portraitos.sqlite3", "secret_key", "master_key"} <= set(found)
    assert {name for name, mode in found.items() if mode & 0o077} == set()


@pytest.mark.slow
def test_what_was_open_is_closed_at_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    folder.chmod(0o755)
    database = folder / "portraitos.sqlite3"
    database.touch()
    database.chmod(0o644)
    assert started(folder, "manage.py", "check").returncode == 0
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.glob("portraitos.sqlite3*")} == {0o600}


@pytest.fixture
def folder(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    name = str(settings.DATA_DIR / "portraitos.sqlite3")
    lite = {"ENGINE": "django.db.backends.sqlite3", "NAME": name}
    monkeypatch.setitem(settings.DATABASES, "default", lite)
    before = os.umask(0o077)
    yield settings.DATA_DIR
    os.umask(before)


def test_what_cannot_be_closed_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir.settle()
    assert checks.data_is_private(None) == []
    folder.chmod(0o755)
    (found,) = checks.data_is_private(None)
    assert (found.id, "chmod 700" in str(found.hint)) == ("site.E015", True)

    def refuse(path: Path, mode: int) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "chmod", refuse)
        data_dir.settle()
        assert [message.id for message in checks.data_is_private(None)] == ["site.E015"]
    data_dir.settle()
    assert checks.data_is_private(None) == []


def test_a_group_reads_files_and_no_secret(folder: Path, settings: Settings) -> None:
    """The front server's, where one is named: files and folders of later, and those from before."""
    ours = grp.getgrgid(os.getgid()).gr_name
    old = folder / "jobs" / "results"
    old.mkdir(parents=True)
    old.parent.chmod(0o700)
    settings.DATA_GROUP = ours
    data_dir.settle()
    assert checks.data_is_private(None) == []
    new = old / "a-1"
    new.mkdir()
    (new / "full.jpg").write_bytes(b"a portrait")
    assert [path.stat().st_mode & 0o777 for path in (folder, old.parent, old, new)] == [
        0o710,
        0o750,
        0o750,
        0o750,
    ]
    assert new.stat().st_mode & 0o2000, "what is made in it later is of the same group"
    assert (new / "full.jpg").stat().st_mode & 0o777 == 0o640
    assert (folder / "portraitos.sqlite3").stat().st_mode & 0o777 == 0o600
    assert not any(mode & OTHERS for mode in modes(folder).values())


def test_a_group_that_cannot_be_given_is_named(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, user: int, group: int) -> None:
        raise PermissionError

    settings.DATA_GROUP = next(
        known.gr_name for known in grp.getgrall() if known.gr_gid != folder.stat().st_gid
    )
    monkeypatch.setattr(os, "chown", refuse)
    data_dir.settle()
    found = checks.data_is_private(None)
    assert [message.id for message in found if message.id != "site.E015"] == ["site.E019"]


def test_sealed_faces_are_their_owners_alone(folder: Path, settings: Settings) -> None:
    name = default_storage.save("selfies/ab/one.sealed", ContentFile(b"sealed"))
    assert (
        Path(default_storage.path(name)).stat().st_mode & 0o777 == settings.FILE_UPLOAD_PERMISSIONS == 0o600
    )


@pytest.mark.slow
def test_with_a_group_sealed_faces_are_for_it_too(tmp_path: Path) -> None:
    asked = "from portraitos_site import settings; print(oct(settings.FILE_UPLOAD_PERMISSIONS))"
    said = [
        subprocess.run(
            [sys.executable, "-c", asked],
            cwd=ROOT,
            env={"DATA_DIR": str(tmp_path), "DATA_GROUP": group},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for group in ("", "www-data")
    ]
    assert said == ["0o600", "0o640"]
