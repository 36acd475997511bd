"""The networks' files: in this installation of Python, checked against the register when they are read."""

from __future__ import annotations

import hashlib
import sys
from enum import StrEnum
from pathlib import Path

from .register import Network

INSTALL = "Install it with: make networks"


class State(StrEnum):
    INSTALLED = "installed"
    MISSING = "missing"
    ALTERED = "altered"


class NoWeights(Exception):
    """A network cannot be used: one ``sentence`` that says so, and one ``fix``."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence, self.fix = sentence, INSTALL


def folder() -> Path:
    """Where the files lie: part of the installation, as packages are."""
    return Path(sys.prefix) / "share" / "portraitos" / "networks"


def state(network: Network) -> State:
    """Whether its file is there, and the one that the register names."""
    path = folder() / network.file
    if not path.is_file():
        return State.MISSING
    return State.INSTALLED if digest(path.read_bytes()) == network.sha256 else State.ALTERED


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
        case State.ALTERED:
            raise NoWeights(f"The file of the network {network.name} is not the one that the register names.")
    return folder() / network.file


def digest(data: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()
