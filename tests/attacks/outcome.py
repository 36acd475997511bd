"""What came of an attack."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.attacks.site import Site


@dataclass(frozen=True)
class Outcome:
    """Whether the site held, and what was seen, in one sentence with its numbers."""

    held: bool
    seen: str


Attack = Callable[["Site"], Outcome]
"""Each module `row_*.py` and `lower_*.py` of this folder has one, as `attack`, and so has `crowd.py`; its
docstring is its title."""
