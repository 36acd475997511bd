"""A queue stops and the clock is set back: it counts as well while its last sign of life lies ahead."""

import os
import signal
from pathlib import Path
from typing import Any

from tests.attacks.outcome import Outcome
from tests.attacks.site import Site, until

QUEUE = "fulls"
BACK = 260  # seconds; the clock of this machine stays, the stored times are moved
AHEAD = """
    from datetime import timedelta
    from django.utils import timezone
    from render.jobs.models import Canary
    then = timezone.now() + timedelta(seconds=back)
    Canary.objects.filter(queue=queue).update(sent_at=then, heard_at=then)
"""


def attack(site: Site) -> Outcome:
    until(lambda: _health(site)["well"], "the queue is heard")
    stopped = _processes(site)
    assert stopped, "The queue has no workers."
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        site.act(AHEAD, queue=QUEUE, back=BACK)
        said = _health(site)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    how = "well" if said["well"] else "red"
    seen = f"{len(stopped)} processes, all of a queue, are stopped, last heard in {BACK} s: it is {how}. "
    return Outcome(not said["well"], seen + said["says"])


def _health(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = site.caller().get("/healthz").json()["parts"][QUEUE]
    return found


def _processes(site: Site) -> list[int]:
    """The queue's cluster with all its workers, known by their environment."""
    marks = (f"DATA_DIR={site.folder / 'data'}".encode(), f"Q_CLUSTER_NAME={QUEUE}".encode())
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                environment = (path / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if all(mark in environment for mark in marks):
                found.append(int(path.name))
    return found
