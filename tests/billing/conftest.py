"""Every test of money ends with an audit."""

from collections.abc import Iterator

import pytest
from django.db import connection

from billing import ledger
from billing.audit import audit
from billing.models import Account
from tests.cast import person


@pytest.fixture
def account(db: None) -> Account:
    return ledger.account_of(user=person("alice@example.org", agreed=False))


@pytest.fixture(autouse=True)
def _clean_audit(db: None) -> Iterator[None]:
    yield
    if not connection.needs_rollback:
        assert audit() == []


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """For tests that commit, from several threads: they end with an audit."""
    yield
    assert audit() == []
