"""Every test of erasure commits, and ends with an audit."""

from collections.abc import Iterator

import pytest

from billing.audit import audit


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """For tests that commit, as all here do."""
    yield
    assert audit() == []
