"""What the site imports is in the lock that `make run` installs; what only develops is in the other."""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.house.test_lock import RUNTIME

ROOT = Path(__file__).resolve().parents[2]
OURS = {"accounts", "billing", "portraitos_site", "render", "studio"}
DEVELOPMENT = {"render/pipeline/bench/yardsticks.py", "render/pipeline/evaluation/stranger.py"}
"""Compare the engine with libraries, and judge portraits by a network, that the site does not use."""


def imported(source: str) -> Iterator[str]:
    """The top package of every absolute import that runs, wherever it stands."""
    for node in _running(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, without what stands under `if TYPE_CHECKING`."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield from _running(child)


@cache
def _homes() -> Mapping[str, list[str]]:
    """The distributions that carry each top package."""
    return packages_distributions()


def missing(source: str) -> set[str]:
    """What the source imports that is neither ours, Python's nor of the runtime lock."""
    found = set(imported(source)) - OURS - sys.stdlib_module_names
    return {
        name
        for name in found
        if not {canonicalize_name(home) for home in _homes().get(name, [])} & RUNTIME.keys()
    }


@pytest.mark.parametrize("top", sorted(OURS))
def test_the_site_runs_without_development_packages(top: str) -> None:
    paths = (path for path in (ROOT / top).rglob("*.py"))
    found = {str(path.relative_to(ROOT)): missing(path.read_text()) for path in paths}
    assert {path: names for path, names in found.items() if names and path not in DEVELOPMENT} == {}


def test_the_guard_knows_a_development_package() -> None:
    assert missing("def late():\n    import pytest\n") == {"pytest"}
    assert missing("from PIL import Image\nfrom .models import User\nimport os") == set()
    assert missing("if TYPE_CHECKING:\n    import pytest\n") == set()
