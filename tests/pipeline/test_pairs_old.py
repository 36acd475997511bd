"""An engine of another revision: unpacked from git, run with its own code, and asked the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from render.pipeline.evaluation import pairs, pairs_old, pairs_pictures

from . import selfies
from .blind_pages import Said, noise, refused, write

ENGINE = {
    "errors": "class Refused(Exception):\n    code, sentence = 'odd', 'This is odd.'\n",
    "run": """
import numpy as np
from .errors import Refused
class Proof:
    def __init__(self, red):
        self.code = np.full((400, 320, 3), (red, 0, 0), np.uint8)
def identify(data, detector):
    if b'odd' in data:
        raise Refused
    return data
def sit(identity):
    return len(identity)
def prove(sitter, recipe, detector):
    if recipe == 'new':
        raise Refused
    return Proof(sitter)
""",
    "recipe": "def find(slug):\n    return slug\n",
    "faces.mediapipe": "def shared():\n    return None\n",
    "stages.encode": """
import io
from PIL import Image
def encode(code, *, format):
    file = io.BytesIO()
    Image.fromarray(code).save(file, format)
    return file.getvalue()
""",
}
"""What ``pairs_proofs`` uses of an engine, as one that paints a selfie's length in red."""


def engine(folder: Path) -> Path:
    for module, source in ENGINE.items():
        path = folder.joinpath("render", "pipeline", *module.split(".")).with_suffix(".py")
        for package in (path.parent, folder / "render", folder / "render" / "pipeline"):
            package.mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()
        path.write_text(source)
    return folder


def test_an_engine_elsewhere_is_run_with_its_own_code(tmp_path: Path) -> None:
    ada, odd = tmp_path / "ada.jpg", tmp_path / "lee.jpg"
    ada.write_bytes(b"a" * 77)
    odd.write_bytes(b"odd")
    (tmp_path / "out").mkdir()
    told = pairs_old.prove(engine(tmp_path / "tree"), [ada, odd], "noir,new", tmp_path / "out")
    assert [(one["selfie"], one["style"], one["code"]) for one in told] == [
        ("ada", "new", "odd"),
        ("lee", "", "odd"),
    ]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["ada-noir.png"]
    with Image.open(tmp_path / "out" / "ada-noir.png") as picture:
        assert picture.getpixel((5, 5)) == (77, 0, 0)


def test_an_engine_that_breaks_is_not_one_that_refuses(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 1"):
        pairs_old.prove(engine(tmp_path / "tree"), [tmp_path / "missing.jpg"], "noir", tmp_path)


def test_a_revision_is_unpacked_and_nothing_else_of_the_repository_moves(tmp_path: Path) -> None:
    def seen() -> str:
        words = ["git", "worktree", "list", "--porcelain"]
        return subprocess.run(
            words, cwd=pairs_pictures.PROJECT, capture_output=True, text=True, check=True
        ).stdout

    before = seen()
    tree = pairs_old.unpack("HEAD", tmp_path / "tree")
    assert seen() == before
    assert {path.name for path in tree.iterdir()} == {"render"}
    words = [sys.executable, "-P", "-c", "import render.pipeline.run as run; print(run.__file__)"]
    found = subprocess.run(words, env={"PYTHONPATH": str(tree)}, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()) == tree / "render" / "pipeline" / "run.py"


def test_a_revision_that_git_does_not_know_is_refused(tmp_path: Path, capsys: Said) -> None:
    selfie = tmp_path / "ada.png"
    write(selfie, noise(1))
    words = ("old", selfie, "--out", tmp_path / "out", "--revision")
    assert "finds no engine in nowhere" in refused(capsys, *words, "nowhere")
    assert "finds no engine in --output" in refused(
        capsys, *words[:-1], f"--revision=--output={tmp_path / 'x'}"
    )
    assert not (tmp_path / "x").exists()
    assert not (tmp_path / "out").exists()
    assert "lies inside the project" in refused(
        capsys, "old", selfie, "--out", pairs_pictures.PROJECT / "render" / "x"
    )


@pytest.mark.wide
def test_this_engine_against_itself_is_the_same(tmp_path: Path) -> None:
    write(tmp_path / "astronaut.png", selfies.picture(selfies.CLOSE))
    words = [
        "old",
        tmp_path / "astronaut.png",
        "--styles",
        "corporate",
        "--revision",
        "HEAD",
        "--out",
        tmp_path / "out",
    ]
    assert pairs.main(list(map(str, words))) == 0
    new, old = (tmp_path / "out" / name / "astronaut-corporate.png" for name in ("new", "old"))
    assert new.read_bytes() == old.read_bytes()
    assert json.loads((tmp_path / "out" / "refused.json").read_text()) == {"new": [], "old": []}
