"""A supervisor with real clusters, started as an operator starts it, against the test's database."""

import base64
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
MARK = "PORTRAITOS_TEST_MARK"
PATIENCE = 90.0  # seconds; only a failure waits that long

INTERVALS = {
    "JOB_LEASE_SECONDS": "6",
    "JOB_SWEEP_SECONDS": "0.5",
    "JOB_RING_AGAIN_SECONDS": "3",
    "JOB_CANARY_SECONDS": "1",
    "JOB_SILENCE_SECONDS": "8",
    "JOB_STOP_SECONDS": "3",
    "JOB_MEMORY_MB": "500",
    "FULLS_TIMEOUT": "90",
    "MAIL_TIMEOUT": "3",
}


def until(true: Callable[[], object], what: str) -> None:
    """Wait for a condition; what is awaited names the failure."""
    limit = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < limit, f"Waited {PATIENCE:.0f} s in vain until {what}."
        time.sleep(0.1)


class House:
    """One `manage.py serve`. Every process under it carries a mark in its environment: none can hide."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.log = folder / "log"
        self.mark = uuid.uuid4().hex
        self.arguments = arguments
        self.environment = {
            **os.environ,
            **INTERVALS,
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url(),
            "SECRET_KEY": settings.SECRET_KEY,
            "JOB_HANDLERS": "tests.jobs.handlers",
            MARK: self.mark,
            **environment,
        }
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        finally:
            for pid in self.processes():
                os.kill(pid, signal.SIGKILL)

    def processes(self) -> set[int]:
        """Every living process of this house, orphans included."""
        wanted = f"{MARK}={self.mark}".encode()
        return {pid for pid in _pids() if _alive(pid) and wanted in _read(pid, "environ").split(b"\0")}

    def cluster(self, queue: str) -> int:
        """The parent process of the queue's cluster, once it runs; 0 before."""
        command = f"manage.py\0work\0{queue}\0".encode()
        found = [pid for pid in self.processes() if _read(pid, "cmdline").endswith(command)]
        return next((pid for pid in found if _parent(pid) == self.process.pid), 0)

    def descendants(self, ancestor: int) -> set[int]:
        parents = {pid: _parent(pid) for pid in self.processes()}
        found = {ancestor}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {ancestor}


def database_url() -> str:
    """The test's own database, for other processes."""
    config = connection.settings_dict
    assert "portraitos_test_" in config["NAME"], "This is not a test's database."
    if connection.vendor == "sqlite":
        return f"sqlite:///{config['NAME']}"
    user = ":".join(quote(str(part)) for part in (config["USER"], config["PASSWORD"]) if part)
    return f"postgres://{user}@{config['HOST']}:{config['PORT'] or 5432}/{config['NAME']}"


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _alive(pid: int) -> bool:
    """Whether it runs: a zombie waits for its parent and has let go of everything."""
    return _fields(pid)[:1] not in ([], ["Z"], ["X"])


def _parent(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[1]) if len(fields) > 1 else 0


def _fields(pid: int) -> list[str]:
    """/proc/<pid>/stat from the state on; the name before it may hold spaces."""
    return _read(pid, "stat").decode(errors="replace").rpartition(")")[2].split()


def beside_the_site(folder: Path, *queues: str, **environment: str) -> House:
    """Workers of the real engine, on the rows, files and keys of the site that the test looks at."""
    return _on_the_tests_rows(folder, "--no-web", "--queues", *queues, **environment)


def with_the_site(folder: Path, port: int, *queues: str, **environment: str) -> House:
    """The same, and the site itself, served on this port as an operator serves it."""
    return _on_the_tests_rows(folder, "--port", str(port), "--queues", *queues, **environment)


def _on_the_tests_rows(folder: Path, *arguments: str, **environment: str) -> House:
    keys = (f"{name}:{base64.b64encode(key).decode()}" for name, key in settings.MASTER_KEYS.items())
    return House(
        folder,
        *arguments,
        DATA_DIR=str(settings.DATA_DIR),
        MASTER_KEYS=",".join(keys),
        JOB_MEMORY_MB="6144",
        **environment,
    )
