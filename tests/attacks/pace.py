"""How long somebody else waits for pages while an attack runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from tests.attacks.site import Site

PAGES = ("/pricing/", "/healthz")
SOON = 2.0  # seconds; on two cores that others use as well


class Pace:
    """The slowest answer of each page, in seconds, and the statuses that are none of a site that stands."""

    def __init__(self, pages: Sequence[str]) -> None:
        self.slowest = dict.fromkeys(pages, 0.0)
        self.broken: list[str] = []

    @property
    def held(self) -> bool:
        return not self.broken and max(self.slowest.values()) <= SOON

    def __str__(self) -> str:
        waits = ", ".join(f"{page} {seconds:.1f} s" for page, seconds in self.slowest.items())
        return f"slowest answers: {waits}" + (
            f"; broken: {', '.join(self.broken[:3])}" if self.broken else ""
        )

    def note(self, page: str, began: float, answer: requests.Response | None) -> None:
        self.slowest[page] = max(self.slowest[page], time.monotonic() - began)
        if answer is None or (answer.status_code >= 500 and page != "/healthz"):
            self.broken.append(f"{page} {answer.status_code if answer is not None else 'no answer'}")


@contextmanager
def measured(site: Site, pages: Sequence[str] = PAGES, patience: float = 60.0) -> Iterator[Pace]:
    """Ask for each page again and again, until the attack within ends."""
    pace, over = Pace(pages), threading.Event()

    def ask(page: str) -> None:
        while not over.is_set():
            began, answer = time.monotonic(), None
            with suppress(requests.RequestException):
                answer = site.caller("198.51.100.77").get(page, timeout=patience)
            pace.note(page, began, answer)
            over.wait(0.2)

    threads = [threading.Thread(target=ask, args=(page,)) for page in pages]
    for thread in threads:
        thread.start()
    try:
        yield pace
    finally:
        over.set()
        for thread in threads:
            thread.join()
