"""The commands that judge the engine name their pictures alike, and look at each in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from render.pipeline.evaluation import coach, command_line, invariance, judge, mattes


def stem_and_process(path: Path) -> tuple[str, int]:
    return path.stem, os.getpid()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for name in ("b.jpg", "a.jpg", "c.png"):
        (tmp_path / name).touch()
    return tmp_path


def test_pictures_are_the_jpegs_of_all_folders_that_are_named(pictures: Path) -> None:
    parser = command_line.parser("coach", None, "its findings")
    both = ["--pictures", str(pictures), str(pictures), "--out", "there"]
    assert [path.name for path in command_line.wanted(parser.parse_args(both))] == ["a.jpg", "b.jpg"] * 2
    options = parser.parse_args([*both, "--only", "b,c"])
    assert [path.name for path in command_line.wanted(options)] == ["b.jpg", "b.jpg"]


@pytest.mark.parametrize("command", [coach, invariance, judge, mattes])
def test_every_command_says_that_there_is_no_such_picture(
    command: object, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--pictures", str(pictures), "--only", "nobody", "--out", str(pictures / "out")]
    assert command.main(arguments) == 2  # type: ignore[attr-defined]
    assert "no such picture" in capsys.readouterr().err


def test_each_picture_is_looked_at_elsewhere_and_told(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = sorted(pictures.glob("*.jpg"))
    done = dict(command_line.each(stem_and_process, paths, 1))
    assert sorted(done) == ["a", "b"]
    assert os.getpid() not in done.values()
    assert sorted(capsys.readouterr().err.split("\n")) == ["", "a done", "b done"]
