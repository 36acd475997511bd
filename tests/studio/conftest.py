"""Each test begins with an empty cache, and with a server of children that is warm."""

import pytest
from django.core.cache import cache

from render.pipeline import confined


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    """As in a site that has been up for a second."""
    confined.ask(b"")
