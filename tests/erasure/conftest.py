"""Every test of erasure commits, and ends with an audit."""

from collections.abc import Iterator

import pytest
from django.db import connection

from billing import triggers
from billing.audit import audit


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """The triggers would refuse the sweep that follows."""
    triggers.install(connection)
    yield
    assert audit() == []
    triggers.remove(connection)
