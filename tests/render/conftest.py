"""Every test of an order ends with an audit, and begins with a small engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from billing.audit import audit
from tests.jobs.house import House, beside_the_site
from tests.render import small


@pytest.fixture(autouse=True)
def _small_engine() -> Iterator[None]:
    small.shrink()
    yield
    small.grow()


@pytest.fixture(autouse=True)
def _clean_audit(db: None) -> Iterator[None]:
    yield
    if not connection.needs_rollback:
        assert audit() == []


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """For tests that commit: they end with an audit."""
    yield
    assert audit() == []


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """What the worker's next full portraits do, a line each; the last one stays."""
    return tmp_path / "acts"


@pytest.fixture
def workers(committed: None, script: Path, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Start the clusters, with what they shall do; they work on the test's own rows, files and keys."""
    houses: list[House] = []

    def start(*acts: str, **environment: str) -> House:
        script.write_text("\n".join(acts))
        house = beside_the_site(
            tmp_path / "house",
            "fulls",
            JOB_HANDLERS="tests.render.small",
            **{small.ACTS: str(script)},
            **environment,
        )
        houses.append(house)
        return house

    yield start
    for house in houses:
        house.stop()
