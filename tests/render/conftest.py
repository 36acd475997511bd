"""Every test of an order ends with an audit, and begins with a small engine."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection

from billing import triggers
from billing.audit import audit
from tests.render import small


@pytest.fixture(autouse=True)
def _small_engine() -> Iterator[None]:
    cache.clear()
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
    """For tests that commit: the triggers would refuse the sweep that follows."""
    triggers.install(connection)
    yield
    assert audit() == []
    triggers.remove(connection)
