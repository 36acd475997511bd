"""The command line: files, stages, the table, and refusals that leave nothing behind."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from render.pipeline import __main__ as command
from render.pipeline import pool, run
from render.pipeline.contract import CANVASES
from render.pipeline.errors import (
    FileTooLarge,
    NoFace,
    NotYourLikeness,
    Refused,
    SeveralFaces,
    UnknownStyle,
    UnreadableFile,
)
from render.pipeline.limits import MAX_BYTES
from render.pipeline.recipe import Recipe, find, load_catalogue

from . import selfies
from .files import save
from .selfies import CLOSE, ENLARGED

ONE_SENTENCE = re.compile(r"[^.]+\. [^.]+\.(?=\n|$)")
FEW = ("corporate", "noir")


def write(folder: Path, code: Any, name: str = "me.png") -> Path:
    path = folder / name
    path.write_bytes(code if isinstance(code, bytes) else save(code, "PNG"))
    return path


def by_subprocess(*arguments: object, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "render.pipeline", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Canvases of half the size, enlarged twice, and two styles: the same steps in less time."""
    for aspect, canvas in list(CANVASES.items()):
        small = replace(canvas, width=canvas.width // 2, height=canvas.height // 2, enlargement=2)
        monkeypatch.setitem(CANVASES, aspect, small)
    few: tuple[Recipe, ...] = tuple(find(slug) for slug in FEW)
    monkeypatch.setattr(command, "load_catalogue", lambda: few)


# A portrait


@pytest.mark.usefixtures("_small")
def test_four_files_and_every_stage_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    selfie, out = write(tmp_path, selfies.picture(CLOSE)), tmp_path / "new" / "portraits"
    assert (
        command.main([str(selfie), "--style", "corporate", "--out", str(out), "--formats", "jpeg,png"]) == 0
    )
    printed, told = capsys.readouterr()
    assert {path.name for path in out.iterdir()} == {
        "preview.jpg",
        "proof.png",
        "report.json",
        "full.jpg",
        "full.png",
    }
    stages = [line for line in told.splitlines() if line and not line.startswith("Note")]
    assert stages == [
        "decode",
        "look",
        "model",
        "shape and light",
        "place, relight, backdrop",
        "proof",
        "gate",
        "full size",
        "encode jpeg",
        "encode png",
    ]
    assert "Note: There are only 86 pixels between the eyes" in told
    for line in ("registration", "landmark error", "asymmetry, by the skin", "by a detector"):
        assert line in printed.lower()
    check_pictures(out)
    check_report(out / "report.json", selfie)


def check_pictures(out: Path) -> None:
    """Sizes, and that the full portrait averages back to its proof."""
    canvas = CANVASES["4:5"]
    with Image.open(out / "proof.png") as proof, Image.open(out / "full.jpg") as full:
        assert proof.size == (canvas.width, canvas.height)
        assert full.size == (canvas.width * canvas.enlargement, canvas.height * canvas.enlargement)
        assert full.info["icc_profile"]
        averaged = np.asarray(full.reduce(canvas.enlargement), np.float32)
        gap = np.abs(averaged - np.asarray(proof, np.float32))
    assert gap.mean() <= 0.7  # of 255; the JPEG's own loss is in it
    with Image.open(out / "preview.jpg") as preview:
        assert max(preview.size) <= 800


def check_report(path: Path, selfie: Path) -> None:
    """Valid JSON, complete, and the same on another day in another folder."""
    text = path.read_text("utf-8")
    report = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    sections = "engine style selfie frame lens retouch registration asymmetry likeness detail"
    assert set(report) >= set(sections.split())
    assert set(report["detail"]) == {"photograph_ends_at_cycles_per_px", "db_over_a_photograph", "patches"}
    assert report["engine"]["name"] == "relight"
    assert "No feature was moved" in report["engine"]["did"]
    assert report["style"]["digest"] == find(report["style"]["slug"]).digest
    assert report["registration"]["p95"] <= report["registration"]["limit_p95"]
    assert report["asymmetry"]["gain"] == pytest.approx(1, abs=0.02)
    for key in ("gain", "direction", "error_mean", "noise_portrait", "verdict"):
        assert key in report["likeness"]
    assert str(selfie.parent) not in text
    assert selfie.name not in text
    assert not re.search(r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|/tmp|/home", text)
    assert not re.search(r'"(time|date|created|path|file|host|user|seconds)[a-z_]*":', text)


@pytest.mark.slow
@pytest.mark.usefixtures("_small")
def test_the_same_command_writes_the_same_bytes(tmp_path: Path) -> None:
    """From another file name into another folder, too."""
    folders = tmp_path / "one", tmp_path / "other"
    for number, out in enumerate(folders):
        selfie = write(tmp_path, selfies.picture(CLOSE), f"me-{number}.png")
        assert command.main([str(selfie), "--preview", "--seed", "7", "--out", str(out)]) == 0
    for name in ("preview.jpg", "proof.png", "report.json"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    assert not (folders[0] / "full.jpg").exists()
    assert "detail" not in json.loads((folders[0] / "report.json").read_text("utf-8"))


@pytest.mark.usefixtures("_small")
def test_a_contact_sheet_of_every_style(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sheet and nothing else; a style that fails its gate is named and left out."""
    selfie, out = write(tmp_path, selfies.picture(CLOSE)), tmp_path / "out"
    prove = run.prove

    def strict(sitter: Any, recipe: Recipe, *rest: Any, **more: Any) -> Any:
        if recipe.slug == "noir":
            raise NotYourLikeness
        return prove(sitter, recipe, *rest, **more)

    monkeypatch.setattr(pool, "cores", lambda: 1)  # a process of its own would not know of these
    monkeypatch.setattr(run, "prove", strict)
    assert command.main([str(selfie), "--all", "--preview", "--out", str(out)]) == 0
    told = capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["contact-sheet.jpg"]
    assert f"{find('noir').name}: {NotYourLikeness.sentence}" in told
    with Image.open(out / "contact-sheet.jpg") as sheet:
        assert sheet.width > 800


def test_the_list_of_styles(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [recipe.slug for recipe in load_catalogue()]
    assert all(recipe.summary in line for recipe, line in zip(load_catalogue(), lines, strict=True))


# Refusals


def refused(reason: type[Refused], told: str, out: Path) -> None:
    """One sentence and one fix on the last line, and no files."""
    last = told.strip().splitlines()[-1]
    assert ONE_SENTENCE.fullmatch(last), last
    if reason is not UnreadableFile and reason is not UnknownStyle:
        assert last == f"{reason.sentence} {reason.fix}"
    assert "Traceback" not in told
    assert not out.exists()


@pytest.mark.parametrize("reason", [NoFace, SeveralFaces, UnreadableFile])
def test_a_refused_selfie(reason: type[Refused], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = selfies.picture(ENLARGED)
    sent: dict[type[Refused], Any] = {
        NoFace: selfies.nobody(),
        SeveralFaces: selfies.beside(people, people),
        UnreadableFile: b"no photograph",
    }
    selfie, out = write(tmp_path, sent[reason]), tmp_path / "out"
    assert command.main([str(selfie), "--out", str(out)]) == 2
    printed, told = capsys.readouterr()
    refused(reason, told, out)
    assert printed == ""


def test_a_refused_selfie_by_subprocess(tmp_path: Path) -> None:
    """The exit code as a shell sees it, and no library's chatter around the sentence."""
    selfie, out = write(tmp_path, selfies.nobody(600)), tmp_path / "out"
    done = by_subprocess(selfie, "--out", out)
    assert done.returncode == 2
    assert done.stdout == ""
    refused(NoFace, done.stderr, out)
    assert done.stderr.splitlines()[:2] == ["decode", "look"]
    assert len(done.stderr.splitlines()) == 3


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "too large"])
def test_a_path_that_is_no_photograph(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "me.jpg", tmp_path / "out"
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.touch()
    if kind == "too large":
        with path.open("r+b") as file:
            file.truncate(MAX_BYTES + 1)
    assert command.main([str(path), "--out", str(out)]) == 2
    told = capsys.readouterr().err.replace(str(path), "The file")
    refused(FileTooLarge if kind == "too large" else UnreadableFile, told, out)


def test_an_unknown_style_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert command.main([str(tmp_path / "none.jpg"), "--style", "nonesuch", "--out", str(out)]) == 2
    told = capsys.readouterr().err
    refused(UnknownStyle, told, out)
    assert "nonesuch" in told


@pytest.mark.parametrize("formats", ["gif", "jpeg,bmp", ""])
def test_an_unknown_format_is_refused_before_anything_is_read(
    formats: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main([str(tmp_path / "none.jpg"), "--formats", formats])
    assert caught.value.code == 2
    assert "unknown format" in capsys.readouterr().err


@pytest.mark.usefixtures("_small")
def test_a_portrait_that_fails_its_gate_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise NotYourLikeness

    monkeypatch.setattr(run, "prove", fail)
    selfie, out = write(tmp_path, selfies.picture(CLOSE)), tmp_path / "out"
    assert command.main([str(selfie), "--out", str(out)]) == 2
    refused(NotYourLikeness, capsys.readouterr().err, out)


# The real thing


@pytest.mark.slow
@pytest.mark.wide
def test_one_portrait_by_subprocess_at_full_size(tmp_path: Path) -> None:
    selfie, out = write(tmp_path, selfies.picture(ENLARGED)), tmp_path / "out"
    done = by_subprocess(selfie, "--style", "rembrandt", "--out", out)
    assert done.returncode == 0, done.stderr
    names = ["full.jpg", "preview.jpg", "proof.png", "report.json"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert [Path(line).name for line in done.stdout.splitlines()[:4]] == [
        "preview.jpg",
        "proof.png",
        "report.json",
        "full.jpg",
    ]
    Image.MAX_IMAGE_PIXELS = None
    check_pictures(out)
    check_report(out / "report.json", selfie)
    detail = json.loads((out / "report.json").read_text("utf-8"))["detail"]
    for kind in ("skin", "hair", "cloth"):
        assert list(detail["db_over_a_photograph"][kind])[-1] == "1/8-1/4"
        assert detail["patches"][kind] >= 4
    with Image.open(io.BytesIO((out / "full.jpg").read_bytes())) as full:
        assert full.size == (6144, 7680)
