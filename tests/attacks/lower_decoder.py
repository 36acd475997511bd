"""Take over the process that reads a stranger's photograph: what does it hold, and what may it do?"""

import io
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from PIL import Image
from requests import Response

from tests.attacks.outcome import Outcome
from tests.attacks.site import Site
from tests.stated import STATED

SECRETS = ("SECRET_KEY", "MASTER_KEYS", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "DATABASE_URL")
HEAVY = (5000, 4000)
"""Pixels of a photograph that takes a few tenths of a second to read."""

TAKEN = 302


@dataclass(frozen=True)
class Reader:
    """What the kernel says of the process."""

    secrets: int
    descriptors: int
    root: bool
    confined: bool


def attack(site: Site) -> Outcome:
    customer = site.customer("reader@example.org")
    web = {pid for pid in _processes(site.process.pid) if b"\0web\0" in _command(pid)}
    before = _below(web)
    customer.get("/selfies/new/")  # starts whatever reads photographs
    photograph = {"photograph": ("me.jpg", _heavy(), "image/jpeg")}
    with ThreadPoolExecutor(1) as threads:
        sent = threads.submit(lambda: customer.post("/selfies/new/", STATED, files=photograph))
        reader = _watched(web, before, sent)
        status = sent.result().status_code
    if reader is None:
        return Outcome(
            False, f"The photograph was answered with {status}, and no process was seen that read it."
        )
    seen = (
        f"The reader has {reader.secrets} of {len(SECRETS)} secrets and {reader.descriptors} descriptors, "
        f"{'is root' if reader.root else 'is not root'}, and may "
        f"{'do nothing but what reading needs' if reader.confined else 'open, call and start what it likes'}."
    )
    held = reader.secrets == 0 and reader.descriptors == 1 and not reader.root and reader.confined
    if status != TAKEN:
        seen += f" The photograph was not taken: {status}."
    return Outcome(held and status == TAKEN, seen)


def _heavy() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((950, 925), 40).convert("RGB").resize(HEAVY).save(file, "JPEG", quality=60)
    return file.getvalue()


def _watched(web: set[int], before: set[int], sent: "Future[Response]") -> Reader | None:
    """The new grandchild of a web process while it works, as it was last seen."""
    last = None
    while not sent.done():
        new = _below(web) - before
        for pid in new:
            if _parent(pid) in new:
                last = _reader(pid) or last
        sleep(0.02)
    return last


def _reader(pid: int) -> Reader | None:
    folder = Path(f"/proc/{pid}")
    try:
        environment = (folder / "environ").read_bytes()
        lines = (folder / "status").read_text().splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        if status["State"].startswith("Z"):
            return None  # it has ended
        return Reader(
            secrets=sum(f"{name}=".encode() in environment for name in SECRETS),
            descriptors=len([*(folder / "fd").iterdir()]),
            root=status["Uid"].split()[1] == "0",
            confined=status["Seccomp"] == "2" and status["NoNewPrivs"] == "1",
        )
    except (OSError, KeyError):
        return None  # it is gone


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _below(web: set[int]) -> set[int]:
    return set[int]().union(*map(_processes, web))


def _processes(ancestor: int) -> set[int]:
    """Every living process below this one."""
    parents = {
        int(path.name): _parent(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()
    }
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {ancestor}


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
