"""What the development Stripe remembers, and its switches."""

import json
import secrets
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Thing = dict[str, Any]


@dataclass
class Switches:
    """What goes wrong in the world."""

    copies: int = 1  # deliveries of each event
    shuffle: bool = False  # events of one act arrive in any order
    delay: float = 0.0  # seconds before an event is sent
    drop: bool = False  # events are lost
    hold: bool = False  # events wait in the outbox for whoever fetches them
    late: int = 0  # so many writes are done, and answered too late
    late_seconds: float = 15.0
    busy: int = 0  # so many requests are answered with 429
    broken: int = 0  # so many requests are answered with 500
    deaf: bool = False  # nothing is answered but 503
    refund_status: str = "succeeded"  # of new refunds
    tamper: dict[str, Any] = field(default_factory=dict)  # put over a session when it is paid


class Books:
    """All objects by id, in the order they were made. Every act holds the lock."""

    def __init__(self, *, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.file = file
        self.things: dict[str, Thing] = {}
        self.answers: dict[str, Thing] = {}  # by idempotency key
        self.switches = Switches()
        self.skew = 0.0
        self.outbox: list[Thing] = []
        self._read()

    def now(self) -> int:
        return int(time.time() + self.skew)

    def add(self, prefix: str, kind: str, **values: Any) -> Thing:
        id = f"{prefix}_{secrets.token_hex(12)}"  # noqa: A001
        made = {"id": id, "object": kind, "created": self.now(), "livemode": False, **values}
        self.things[id] = made
        return made

    def all(self, kind: str) -> list[Thing]:
        """The newest first."""
        return [thing for thing in reversed(self.things.values()) if thing["object"] == kind]

    def reset(self) -> None:
        with self.lock:
            self.things.clear()
            self.answers.clear()
            self.outbox.clear()
            self.switches = Switches()
            self.skew = 0.0

    def save(self) -> None:
        if self.file is None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        partial = self.file.with_suffix(".partial")
        partial.write_text(json.dumps({"things": self.things, "answers": self.answers}))
        partial.replace(self.file)

    def _read(self) -> None:
        if self.file is not None and self.file.is_file():
            stored = json.loads(self.file.read_text())
            self.things, self.answers = stored["things"], stored["answers"]

    def turn(self, values: dict[str, Any]) -> None:
        """Set switches by name."""
        self.switches = Switches(**{**asdict(self.switches), **values})
