import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_old_tries() -> None:
    """The rate limits of the test before do not count."""
    cache.clear()
