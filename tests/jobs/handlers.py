"""Jobs that do what a test's payload says, act by act, one act an attempt. Loaded into real workers."""

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from render.jobs import files
from render.jobs.errors import Refused
from render.jobs.lease import Lease
from render.jobs.models import Job
from render.jobs.queue import enqueue
from render.jobs.registry import Result, handler, owner

PORTRAIT = "portrait.txt"


def order(folder: Path, *acts: str, kind: str = "scripted") -> Job:
    """Enqueue a job whose first attempt does the first act, and so on; the last act is repeated."""
    folder.mkdir(parents=True, exist_ok=True)
    return enqueue(kind=kind, subject=uuid.uuid4(), payload={"folder": str(folder), "acts": list(acts)})


def lines(folder: Path, name: str) -> list[str]:
    path = folder / name
    return path.read_text().splitlines() if path.exists() else []


def _write(lease_or_job: Lease | Job, name: str, line: object) -> None:
    with (Path(lease_or_job.payload["folder"]) / name).open("a") as file:
        file.write(f"{line}\n")


@owner
def _claim(folders: Sequence[str]) -> Iterable[str]:
    """Keep what a scripted job delivers."""
    return [folder for folder in folders if (files.named(folder) / PORTRAIT).exists()]


def _on_end(job: Job) -> None:
    _write(job, "ended", job.state)


@handler("scripted", queue="fulls", timeout=60, on_end=_on_end)
def scripted(lease: Lease) -> Result | None:
    _write(lease, "attempts", os.getpid())
    acts = lease.payload["acts"]
    act = acts[min(lease.attempt, len(acts)) - 1]
    lease.report(act, 0.25)
    ACTS[act](lease)
    (lease.draft / PORTRAIT).write_text(f"attempt {lease.attempt}")
    return {"attempt": lease.attempt}


@handler("hasty", queue="fulls", timeout=1, on_end=_on_end)
def hasty(lease: Lease) -> Result | None:
    return scripted(lease)


@handler("brief", queue="mail", timeout=2, on_end=_on_end)
def brief(lease: Lease) -> Result | None:
    return scripted(lease)


def _deliver(lease: Lease) -> None:
    pass


def _break(lease: Lease) -> None:
    (lease.draft / "half.txt").write_text("half")
    raise RuntimeError("broken on purpose")


def _refuse(lease: Lease) -> None:
    raise Refused("no_face", "There is no face in this picture.")


def _hog(lease: Lease) -> None:
    hoard = []
    while True:
        hoard.append(b"x" * (16 << 20))


def _die(lease: Lease) -> None:
    (lease.draft / "half.txt").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)


def _sleep(lease: Lease) -> None:
    """Takes too long, and swallows every Exception on the way."""
    while True:
        try:
            time.sleep(0.05)
        except Exception:  # noqa: BLE001  (the clumsy handler is the point)
            continue


def _stick(lease: Lease) -> None:
    """Like native code that does not come back: the alarm is not heard."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(3600)


def _wait(lease: Lease) -> None:
    """Work, with heartbeats, until the test lets go."""
    while not _let_go(lease):
        lease.report("waiting", 0.5)
        time.sleep(0.1)


def _hang(lease: Lease) -> None:
    """Work without a heartbeat until the test lets go."""
    while not _let_go(lease):
        time.sleep(0.05)


def _let_go(lease: Lease) -> bool:
    return (Path(lease.payload["folder"]) / "go").exists()


ACTS: dict[str, Callable[[Lease], None]] = {
    "deliver": _deliver,
    "break": _break,
    "refuse": _refuse,
    "hog": _hog,
    "die": _die,
    "sleep": _sleep,
    "stick": _stick,
    "wait": _wait,
    "hang": _hang,
}
