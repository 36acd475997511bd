"""Every branch of the ledger is taken by the ledger's own tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.house import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.wide]

LEDGER = "billing/ledger.py"
ITS_TESTS = ("tests/billing/test_ledger.py",)


def missed(tmp_path: Path, *tests: str) -> tuple[list[int], list[list[int]]]:
    """Lines and branches of the ledger that these tests do not take."""
    python = [sys.executable, "-m"]
    data = f"--data-file={tmp_path / 'coverage'}"
    environment = {name: value for name, value in os.environ.items() if "XDIST" not in name}
    environment |= {"DATABASE_URL": f"sqlite:///{tmp_path / 'rows.sqlite3'}", "COVERAGE_CORE": "ctrace"}
    run = ["coverage", "run", "--branch", f"--include={LEDGER}", data, "-m", "pytest", "-q", *tests]
    done = subprocess.run(
        [*python, *run, "-p", "no:cacheprovider"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    report = tmp_path / "coverage.json"
    subprocess.run([*python, "coverage", "json", "-q", data, "-o", str(report)], cwd=ROOT, check=True)
    found = json.loads(report.read_text())["files"][LEDGER]
    return found["missing_lines"], found["missing_branches"]


def test_the_ledgers_tests_take_every_branch_of_it(tmp_path: Path) -> None:
    assert missed(tmp_path, *ITS_TESTS) == ([], [])


def test_one_test_alone_does_not(tmp_path: Path) -> None:
    """The negative control."""
    lines, branches = missed(tmp_path, "tests/billing/test_blocking.py::test_who_only_looks_opens_no_account")
    assert lines
    assert branches
