"""`make attacks`: every attack on a site that this starts itself, a table of outcomes, an audit after each.

REVISION attacks the site of an older commit, ONLY the attacks whose names begin so. Nothing leaves loopback.
Ends with an error where an attack came through.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.attacks.outcome import Outcome
from tests.attacks.site import Prepared, Site
from tests.furnished import ROOT

HELD, BROKE, ERROR = "held", "BROKE", "ERROR"


def main() -> None:
    only, revision = os.environ.get("ONLY", ""), os.environ.get("REVISION", "")
    chosen = [(name, attack) for name, attack in attacks() if name.startswith(only)]
    if not chosen:
        sys.exit(f"No attack begins with {only}. They are: {', '.join(name for name, _ in attacks())}")
    bad = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # and with it the sites, which go on alone
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="portraitos-attacks-", ignore_cleanup_errors=True)
            )
        )
        tree = stack.enter_context(_checkout(revision, folder / "tree")) if revision else ROOT
        prepared = Prepared(tree, folder / "prepared")
        stack.callback(prepared.stop)
        for name, attack in chosen:
            began = time.monotonic()
            verdict, seen = play(attack, prepared, folder / name)
            print(f"{verdict:5}  {name:28} {time.monotonic() - began:5.0f} s  {seen}", flush=True)
            if verdict != HELD:
                bad.append(name)
    sys.exit(f"{len(bad)} did not hold: {', '.join(bad)}" if bad else None)


def attacks() -> list[tuple[str, ModuleType]]:
    """Every attack by name, in the order of the table."""
    here = Path(__file__).parent
    names = sorted(
        path.stem for path in here.glob("*.py") if path.stem.startswith(("row_", "lower_", "crowd"))
    )
    return [(name, import_module(f"tests.attacks.{name}")) for name in names]


def play(attack: ModuleType, prepared: Prepared, folder: Path) -> tuple[str, str]:
    """One attack on a copy of the site: the verdict and what was seen. Credits that do not add up broke."""
    try:
        site = Site(prepared, folder, **getattr(attack, "SETTINGS", {}))
        try:
            outcome: Outcome = attack.attack(site)
            found = site.audit().strip()
        finally:
            site.stop()
    except Exception:  # noqa: BLE001  (the other attacks go on; the table and the exit status tell)
        traceback.print_exc()
        return ERROR, "The attack itself failed, see above: this says nothing of the site."
    if found:
        return BROKE, f"{outcome.seen} The audit found: {found}"
    return (HELD if outcome.held else BROKE), outcome.seen


@contextmanager
def _checkout(revision: str, folder: Path) -> Iterator[Path]:
    git = ("git", "worktree")
    subprocess.run([*git, "add", "--detach", "--quiet", folder, revision], cwd=ROOT, check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", folder], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
