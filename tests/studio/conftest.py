"""Each test begins with a server of children that is warm."""

import pytest

from render.pipeline import confined


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    """As in a site that has been up for a second."""
    confined.ask(b"")
