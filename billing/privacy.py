"""The part of the privacy acts that is about money. There is no ledger yet: this is where it will speak."""

from collections.abc import Iterator

from accounts.models import User


def unspent(user: User) -> int:
    """How many credits the user has paid for and not spent: their money is offered back before an erasure."""
    return 0


def export(user: User) -> Iterator[tuple[str, bytes]]:
    yield from ()


def erase(user: User) -> dict[str, int]:
    return {}
