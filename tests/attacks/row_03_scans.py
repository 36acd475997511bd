"""A JPEG of 3,000 scans, sixteen times at once."""

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import requests

from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.pace import measured
from tests.attacks.site import Site
from tests.pipeline.bombs import scans
from tests.stated import STATED

ACCOUNTS, EACH = 4, 4


def attack(site: Site) -> Outcome:
    bomb = scans(3000)
    senders = [site.customer(f"sender{number}@example.org") for number in range(ACCOUNTS)]
    for sender in senders:
        sender.get("/selfies/new/")
    with measured(site) as pace, ThreadPoolExecutor(ACCOUNTS * EACH) as threads:
        statuses = sorted(threads.map(send, senders * EACH, repeat(bomb)))
    told = set(statuses) <= {422, 429, 503}
    counts = {status: statuses.count(status) for status in set(statuses)}
    return Outcome(pace.held and told, f"{len(bomb) // 1000} KB, uploads answered {counts}; {pace}.")


def send(sender: Caller, bomb: bytes) -> int:
    """The status; 0 where no answer came."""
    try:
        return sender.post(
            "/selfies/new/", STATED, files={"photograph": ("me.jpg", bomb, "image/jpeg")}
        ).status_code
    except requests.RequestException:
        return 0
