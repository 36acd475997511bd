"""A PostgreSQL of a test's own, to be stopped and started as no shared one may be."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.ports import free_port


class Postgres:
    """One server in one folder, on a port of its own; any name comes in."""

    def __init__(self, folder: Path) -> None:
        self.bin = _binaries()
        self.data = folder / "data"
        self.port = free_port()
        if os.geteuid() == 0:
            _hand_over(folder)
        self._run(self.bin / "initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync")
        self.control("start")

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def control(self, act: str, mode: str = "fast") -> None:
        """`start`, `stop` or `restart`, as pg_ctl knows them."""
        # The machine itself does not stop: what was handed to it is not lost, written to the disk or not.
        options = f"-p {self.port} -k {self.data} -c listen_addresses=127.0.0.1 -c fsync=off"
        mode_of = () if act == "start" else ("-m", mode)
        log = self.data / "log"
        self._run(self.bin / "pg_ctl", "-D", self.data, "-w", "-l", log, "-o", options, *mode_of, act)

    def _run(self, *command: object) -> None:
        words = [str(word) for word in command]
        # PostgreSQL refuses to run as root, so there it runs as its own user.
        user = "postgres" if os.geteuid() == 0 else None
        done = subprocess.run(
            words, check=False, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert done.returncode == 0, done.stderr.decode()


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        pytest.fail(
            "There is no PostgreSQL server. Mend it with: sudo apt-get install -y postgresql", pytrace=False
        )
    return found[-1].parent


def _hand_over(folder: Path) -> None:
    """Let the server's user own its folder, which lies where everybody may pass."""
    import pwd

    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
