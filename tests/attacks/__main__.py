"""`make attacks`: every attack on a site that this starts itself, a table of outcomes, an audit after each.

REVISION attacks the site of an older commit, ONLY the attacks whose names begin so. Nothing leaves loopback.
Ends with an error where an attack came through.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.attacks.outcome import Outcome
from tests.attacks.site import Prepared, Site
from tests.furnished import ROOT

HELD, BROKE, ERROR = "held", "BROKE", "ERROR"


def main() -> None:
    only, revision = os.environ.get("ONLY", ""), os.environ.get("REVISION", "")
    bad = []
    with tempfile.TemporaryDirectory(prefix="portraitos-attacks-", ignore_cleanup_errors=True) as folder:
        tree = _checkout(revision, Path(folder) / "tree") if revision else ROOT
        prepared = Prepared(tree, Path(folder) / "prepared")
        for attack in attacks():
            name = attack.__name__.rpartition(".")[2]
            if not name.startswith(only):
                continue
            began = time.monotonic()
            verdict, seen = play(attack, prepared, Path(folder) / name)
            print(f"{verdict:5}  {name:28} {time.monotonic() - began:5.0f} s  {seen}", flush=True)
            if verdict != HELD:
                bad.append(name)
        prepared.stop()
        if revision:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)
    sys.exit(f"{len(bad)} did not hold: {', '.join(bad)}" if bad else None)


def attacks() -> list[ModuleType]:
    """Every attack, in the order of the table."""
    here = Path(__file__).parent
    names = sorted(
        path.stem for path in here.glob("*.py") if path.stem.startswith(("row_", "lower_", "crowd"))
    )
    return [import_module(f"tests.attacks.{name}") for name in names]


def play(attack: ModuleType, prepared: Prepared, folder: Path) -> tuple[str, str]:
    """One attack on a copy of the site: the verdict and what was seen. Credits that do not add up broke."""
    site = Site(prepared, folder, **getattr(attack, "SETTINGS", {}))
    try:
        outcome: Outcome = attack.attack(site)
        found = site.audit().strip()
    except Exception:  # noqa: BLE001  (the other attacks go on; the table and the exit status tell)
        traceback.print_exc()
        return ERROR, "The attack itself failed, see above: this says nothing of the site."
    finally:
        site.stop()
    if found:
        return BROKE, f"{outcome.seen} The audit found: {found}"
    return (HELD if outcome.held else BROKE), outcome.seen


def _checkout(revision: str, folder: Path) -> Path:
    subprocess.run(
        ["git", "worktree", "add", "--detach", "--quiet", str(folder), revision], cwd=ROOT, check=True
    )
    return folder


if __name__ == "__main__":
    main()
