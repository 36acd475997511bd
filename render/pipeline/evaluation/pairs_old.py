"""Portraits by this engine and by the one of an earlier revision, of the same selfies in the same styles.

The earlier revision is unpacked from git into a folder of its own and run by this interpreter, so that its
code, styles and weights are those of then and only the libraries are those of now. Both engines are run by
``pairs_proofs.py``, and what they write is the whole frame that each of them chose.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from render.pipeline.errors import Refused

from .pairs_pictures import PROJECT, outside

REVISION = "3bff6dd"  # the engine that was delivered first
SCRIPT = Path(__file__).with_name("pairs_proofs.py")


def render(options: argparse.Namespace) -> int:
    """DIR/new and DIR/old, and beside them what either refused."""
    out = outside(options.out)
    if out.exists():
        raise Refused(f"{out} exists.", "Name a new folder with --out.")
    selfies = [path.resolve() for path in options.selfies]
    if len({path.stem for path in selfies}) < len(selfies):
        raise Refused("Two selfies have the same name.", "Rename one.")
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        tree = unpack(options.revision, Path(folder))
        told = {}
        for name, engine in (("new", PROJECT), ("old", tree)):
            (out / name).mkdir(parents=True)
            told[name] = prove(engine, selfies, options.styles, out / name)
    (out / "refused.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    new, old = ({path.name for path in (out / name).iterdir()} for name in ("new", "old"))
    print(f"{out}: {len(new & old)} portraits by both engines, {len(new ^ old)} by one alone")
    return 0 if new & old else 1


def unpack(revision: str, folder: Path) -> Path:
    """The engine of ``revision`` in ``folder``; the repository and its worktrees are left as they are.

    Raises
    ------
    Refused
        When git knows no such revision, or it has no engine.
    """
    # Only a commit's own name is given to archive: a word that begins with a hyphen would be an option.
    named = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    commit = named.stdout.decode().strip()
    packed = _git("archive", "--format=tar", commit, "--", "render/__init__.py", "render/pipeline")
    if named.returncode or packed.returncode:
        raise Refused(f"Git finds no engine in {revision}.", "Name another revision with --revision.")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
        for one in filter(tarfile.TarInfo.isfile, tar):  # git's own archive, of relative paths
            place, content = folder / one.name, tar.extractfile(one)
            assert content is not None  # only what is no file has none
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.read())
    return folder


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    command = [shutil.which("git") or "git", *words]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, check=False)


def prove(engine: Path, selfies: list[Path], styles: str, out: Path) -> list[dict[str, str]]:
    """Let the engine in ``engine`` write its proofs to ``out``, and return what it refused.

    Raises
    ------
    RuntimeError
        When it broke.
    """
    words = [sys.executable, "-P", str(SCRIPT), styles, str(out), *map(str, selfies)]
    environment = os.environ | {"PYTHONPATH": str(engine)}
    done = subprocess.run(words, cwd=engine, env=environment, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise RuntimeError(f"the engine in {engine} ended with {done.returncode}")
    return [json.loads(line) for line in done.stdout.decode().splitlines()]
