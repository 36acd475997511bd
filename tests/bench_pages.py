"""`make bench`, its part of the site: how long its pages take, and how long its customers wait.

Over HTTP against the site as it is served, for a customer with 10,000 portraits, once quiet and once while a
worker renders full portraits on the same cores; then from a click to previews, to a full portrait and to a
job's start. Exits 1 where a goal is missed.
"""

import http.client
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import django

from tests.furnished import PORT, cookie_of, rendered, seated, selfie, serving, until

if TYPE_CHECKING:
    from render.models import Portrait

SHOOTS, FRAMES = 500, 20
REQUESTS = 60
CLICKS = 12
P95_MS = 100.0
FIRST, ALL, FULL, START = "first preview", "20 previews", "full portrait", "click to the job's start, worst"
GOALS = {FIRST: 5.0, ALL: 20.0, FULL: 15.0, START: 0.5}
"""Seconds."""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "prepare"):
        django.setup()
        rendered()  # the demonstration, which no customer waits for
        waits: dict[str, float] = {}
        portrait, cookie = furnish(waits)
        pages = pages_of(portrait)
        quiet = [measure(address, cookie, htmx) for address, htmx in pages.values()]
        with_render = list(while_rendering(portrait, pages, cookie))
        waits[START] = max(clicks(portrait))
    missed = []
    print("| page | median, ms | p95, ms | p95 while a full portrait renders, ms |\n|---|---|---|---|")
    for name, (median, p95), (_, busy) in zip(pages, quiet, with_render, strict=True):
        print(f"| {name} | {median:.0f} | {p95:.0f} | {busy:.0f} |")
        if max(p95, busy) > P95_MS:
            missed.append(name)
    print("\n| wait | goal, s | measured, s |\n|---|---|---|")
    for name, goal in GOALS.items():
        print(f"| {name} | {goal:g} | {waits[name]:.2f} |")
        if waits[name] > goal:
            missed.append(name)
    if missed:
        print(f"Over its goal: {', '.join(missed)}", file=sys.stderr)
    return bool(missed)


def furnish(waits: dict[str, float]) -> tuple["Portrait", str]:
    """A customer with one real portrait and rows for 10,000 that lead to its files; how long it took."""
    from render import orders
    from render.models import Portrait
    from studio.models import Style
    from tests.render.sitting import fund

    client, identity = seated(selfie())
    styles = list(Style.objects.offered().with_recipes())[: orders.MOST]
    shoot = orders.order(identity=identity, styles=styles)
    proofing = shoot.portraits.filter(state=Portrait.State.PROOFING)
    waits[FIRST] = until(lambda: proofing.count() < len(styles), "a preview is made")
    waits[ALL] = waits[FIRST] + until(lambda: not proofing.exists(), "every preview is made")
    fund(identity.owner, len(styles))
    first = shoot.portraits.filter(state=Portrait.State.PROVED)[0]
    orders.approve(owner=identity.owner, ids=[first.pk])
    waits[FULL] = until(Portrait.objects.filter(state=Portrait.State.DELIVERED).exists, "a portrait is made")
    first = Portrait.objects.shown().get(pk=first.pk)
    fill(first)
    return first, cookie_of(client)


def fill(real: "Portrait") -> None:
    from render.models import Portrait, Shoot

    shoots = Shoot.objects.bulk_create(
        Shoot(owner=real.owner, identity=real.shoot.identity, previews_told=True) for _ in range(SHOOTS)
    )
    for start in range(0, SHOOTS, 50):
        Portrait.objects.bulk_create(
            Portrait(
                shoot=shoot, number=number, version=real.version, state=Portrait.State.DELIVERED,
                proof=real.proof, proof_digest=real.proof_digest, full=real.full, hold=uuid.uuid4(),
                measured=real.measured, engine=real.engine, favorite=number == 1,
            )
            for shoot in shoots[start : start + 50]
            for number in range(1, FRAMES + 1)
        )  # fmt: skip


def pages_of(real: "Portrait") -> dict[str, tuple[str, bool]]:
    """Each page's address, and whether htmx asks for it."""
    sheet = next(iter(real.owner.shoots.all())).get_absolute_url()  # one of twenty frames
    return {
        "landing": ("/", False),
        "styles": ("/styles/", False),
        "picker": ("/shoots/new/", False),
        "shoots": ("/shoots/", False),
        "a shoot": (sheet, False),
        "a shoot, asked again": (f"{sheet}?known=none", True),
        "a portrait": (real.get_absolute_url(), False),
        "its small picture": (f"{real.get_absolute_url()}small.jpg", False),
        "a tile for the loupe": (f"{real.get_absolute_url()}tiles/3-4.jpg", False),
        "credits": ("/credits/", False),
    }


def measure(
    address: str, cookie: str, htmx: bool, going: Callable[[], bool] = lambda: True
) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    headers = {"Cookie": cookie} | ({"HX-Request": "true"} if htmx else {})
    taken = []
    for number in range(REQUESTS + 5):
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            sys.exit(f"{address} answered {answer.status}.")
        if not going():
            sys.exit("The renders ended before the pages were measured.")
        if number >= 5:  # the first ones fill caches
            taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


def while_rendering(
    real: "Portrait", pages: dict[str, tuple[str, bool]], cookie: str
) -> Iterator[tuple[float, float]]:
    """The same, with a worker that renders one full portrait after the other."""
    from render import orders
    from render.jobs.models import Job
    from render.models import Portrait
    from render.pipeline.stage import Stage

    proofs = iter(Portrait.objects.filter(shoot=real.shoot, state=Portrait.State.PROVED))
    rendering = Job.objects.live().filter(kind="full")
    for address, htmx in pages.values():
        if rendering.count() < 2:
            orders.approve(owner=real.owner, ids=[next(proofs).pk])
        until(rendering.filter(stage=Stage.FULL_SIZE).exists, "a full portrait is being rendered")
        yield measure(address, cookie, htmx)
    until(lambda: not rendering.exists(), "the renders have ended")


def clicks(real: "Portrait") -> list[float]:
    """Seconds from the order of one preview to its claim by a worker, one after another."""
    from render import orders
    from render.jobs.models import Job

    waits = []
    for _ in range(CLICKS):
        clicked = time.time()
        frame = orders.again(portrait=real)
        job = Job.objects.filter(subject=frame.pk)
        until(job.filter(state=Job.State.DONE).exists, "the preview is made")
        started = job.get().started_at
        assert started is not None
        waits.append(started.timestamp() - clicked)
    return waits


if __name__ == "__main__":
    sys.exit(main())
