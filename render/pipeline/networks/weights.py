"""The networks' files: in this installation of Python, checked against the register when they are read."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path

from .register import Network, find

INSTALL = "Install it with: make networks"


class State(StrEnum):
    INSTALLED = "installed"
    MISSING = "missing"
    ALTERED = "altered"
    OFF = "switched off"


class NoWeights(Exception):
    """A network cannot be used: one ``sentence`` that says so, and one ``fix``."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence, self.fix = sentence, INSTALL


def folder() -> Path:
    """Where the files lie: part of the installation, as packages are."""
    return Path(sys.prefix) / "share" / "portraitos" / "networks"


_off: set[str] = set()


def switch_off(names: Iterable[str]) -> None:
    """Do without the networks of these names in this process, and without no others.

    Raises
    ------
    KeyError
        Where the register has none of that name.
    """
    wanted = {find(name).name for name in names}
    _off.clear()
    _off.update(wanted)


def usable(network: Network) -> bool:
    """Whether it is to be used: there, and not switched off.

    Raises
    ------
    NoWeights
        Where its file is another one than the register names: that is not passed over in silence.
    """
    match state(network):
        case State.ALTERED:
            raise _altered(network)
        case found:
            return found is State.INSTALLED


def state(network: Network) -> State:
    """Whether it is switched on, and its file is there, and the one that the register names."""
    if network.name in _off:
        return State.OFF
    path = folder() / network.file
    if not path.is_file():
        return State.MISSING
    return State.INSTALLED if _digest(path, path.stat().st_mtime_ns) == network.sha256 else State.ALTERED


@cache
def _digest(path: Path, changed: int) -> str:
    """Of the file as it was ``changed``: read once, not before every photograph."""
    return digest(path.read_bytes())


def path(network: Network) -> Path:
    """The checked file of a network.

    Raises
    ------
    NoWeights
        Where it is missing, or another file than the register names.
    """
    match state(network):
        case State.MISSING:
            raise NoWeights(f"The network {network.name} is not installed.")
        case State.OFF:
            raise NoWeights(f"The network {network.name} is switched off.")
        case State.ALTERED:
            raise _altered(network)
    return folder() / network.file


def _altered(network: Network) -> NoWeights:
    return NoWeights(f"The file of the network {network.name} is not the one that the register names.")


def digest(data: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()
