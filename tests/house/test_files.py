"""Files are named for what they hold, and short enough to read in one sitting."""

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("accounts", "billing", "portraitos_site", "render", "studio", "tests")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
LONGEST = 500


def written() -> Iterator[Path]:
    yield ROOT / "manage.py"
    for top in TOPS:
        yield from (path for path in sorted((ROOT / top).rglob("*.py")) if "migrations" not in path.parts)


def nameless(path: Path) -> bool:
    return bool({part.removesuffix(".py") for part in path.parts} & NAMELESS)


def test_every_file_has_a_name() -> None:
    assert [str(path) for path in written() if nameless(path.relative_to(ROOT))] == []


@pytest.mark.parametrize(
    ("path", "bad"),
    [("render/utils.py", True), ("studio/common/a.py", True), ("render/jobs/lease.py", False)],
)
def test_the_guard_knows_a_nameless_file(path: str, bad: bool) -> None:
    assert nameless(Path(path)) is bad


def test_no_file_is_longer_than_one_sitting() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in written()}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_pyproject_is_the_only_configuration_file() -> None:
    others = {
        "setup.cfg",
        "setup.py",
        "pytest.ini",
        "tox.ini",
        "mypy.ini",
        ".ruff.toml",
        "ruff.toml",
        ".djlintrc",
    }
    assert {path.name for path in ROOT.iterdir()} & others == set()
