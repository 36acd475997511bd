"""Which tests run on both databases, and which begin first (docs/testing.md)."""

import re
from pathlib import Path

import pytest

from tests.conftest import LONGEST
from tests.jobs.house import ROOT

SPEAKS = re.compile(r"raises\(IntegrityError|ThreadPoolExecutor\(|connection\.vendor")


@pytest.mark.parametrize("path", sorted(Path(ROOT / "tests").rglob("test_*.py")), ids=lambda path: path.stem)
def test_what_speaks_a_dialect_is_marked(path: Path) -> None:
    """Races, constraints and what asks for the vendor run on SQLite too, though they touch rows."""
    text = path.read_text()
    if "mark.rows" in text and SPEAKS.search(text):
        assert "mark.dialect" in text


def test_what_the_phase_of_rows_does_not_read_touches_none() -> None:
    left_out = re.findall(r"--ignore (tests/\w+)", (ROOT / "Makefile").read_text())
    assert left_out
    assert marked("rows", *left_out) == []
    assert marked("rows", "tests")  # the control


def test_every_row_of_the_array_is_where_make_delivered_looks() -> None:
    assert marked("delivered", "tests") == marked("delivered", "tests/delivered") != []


def marked(marker: str, *folders: str) -> list[Path]:
    """The files of tests that name this marker."""
    files = sorted(path for folder in folders for path in (ROOT / folder).rglob("test_*.py"))
    return [path for path in files if f"mark.{marker}" in path.read_text()]


def test_the_longest_files_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []
