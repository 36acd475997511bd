"""A Redis of a test's own, to be stopped and started as no shared one may be."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.ports import free_port

PATIENCE = 10.0  # seconds


class RedisServer:
    """One server that keeps nothing, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        found = shutil.which("redis-server")
        if found is None:
            pytest.fail(
                "There is no redis-server. Mend it with: sudo apt-get install -y redis-server", pytrace=False
            )
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder))
        self.process = subprocess.Popen([found, *options], stdout=subprocess.DEVNULL)
        limit = time.monotonic() + PATIENCE
        while not self._listens():
            assert time.monotonic() < limit, "Redis does not listen."
            time.sleep(0.05)

    def hang(self) -> None:
        """Take connections and answer nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
