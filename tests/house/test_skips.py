"""A test that cannot run is skipped at home and fails in CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = """
import pytest

@pytest.mark.faces
def test_with_photographs():
    pass

def test_that_gives_up():
    pytest.skip("no reason at all")

@pytest.mark.xfail
def test_known_to_fail():
    assert False
"""
HOOKS = "from tests.conftest import *\nfrom tests.conftest import _own_data_dir\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ci", "summary"), [("", "2 skipped, 1 xfailed"), ("true", "1 failed, 1 xfailed, 1 error")]
)
def test_skips_fail_in_ci(tmp_path: Path, ci: str, summary: str) -> None:
    (tmp_path / "conftest.py").write_text(HOOKS)
    (tmp_path / "test_suite.py").write_text(SUITE)
    environment = {**os.environ, "CI": ci}
    environment.pop("PORTRAITOS_TEST_FACES", None)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "pyproject.toml", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert summary in ended.stdout, ended.stdout
