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


def test_the_longest_files_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []
