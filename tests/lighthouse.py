"""`make lighthouse`: the pages as Lighthouse sees them, on a site in production mode with real portraits.

Prints a table and exits 1 where a page stays under its goal. It times pages, so it is no part of the tests.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from playwright.sync_api import sync_playwright

from tests.furnished import ADDRESS, cookie_of, rendered, seated, selfie, serving

VERSION = "12.8.2"
GOAL = 95
LANDING_KB = 400
"""Of the front page, what it loads lazily included."""

KEPT = Path("out") / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
PRESETS = {"phone": (), "desktop": ("--preset=desktop",)}
RUNS, TRIES = 3, 2
DEBUGGING_PORT = 8393
OK = 200


def main() -> int:
    if shutil.which("npx") is None or shutil.which("chromium") is None:
        sys.exit("Lighthouse needs Node and Chromium. Mend it with: sudo apt-get install -y npm chromium")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "prepare"):
        django.setup()
        pages, cookie = furnish()
        with chromium(Path(folder) / "profile", cookie):
            below = table(pages)
    if below:
        print(f"Not good enough: {', '.join(below)}", file=sys.stderr)
    return bool(below)


def furnish() -> tuple[dict[str, str], str]:
    """A customer with a shoot and a delivered portrait; the pages to look at, and the customer's cookie."""
    from render import orders
    from render.models import Portrait
    from studio.models import Style
    from tests.render.sitting import fund

    client, identity = seated(selfie())
    styles = list(Style.objects.offered().with_recipes())[: orders.MOST]
    shoot = orders.order(identity=identity, styles=styles)
    rendered()
    portrait = shoot.portraits.filter(state=Portrait.State.PROVED).first()
    assert portrait is not None
    fund(identity.owner)
    orders.approve(owner=identity.owner, ids=[portrait.pk])
    rendered()
    pages = {"landing": "/", "styles": "/styles/", "shoot": shoot.get_absolute_url()}
    return pages | {"portrait": portrait.get_absolute_url()}, cookie_of(client)


@contextmanager
def chromium(profile: Path, cookie: str) -> Iterator[None]:
    """A browser in which the customer is logged in. A header given to Lighthouse would reach no picture."""
    name, _, value = cookie.partition("=")
    arguments = ["--no-sandbox", "--headless=new", f"--remote-debugging-port={DEBUGGING_PORT}"]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=shutil.which("chromium"), args=arguments
        )
        context.add_cookies([{"name": name, "value": value, "url": ADDRESS}])
        yield
        context.close()


def table(pages: dict[str, str]) -> list[str]:
    """Print each page's median scores; returns the names of those under the goal."""
    below = []
    print(f"| page | size | {' | '.join(CATEGORIES)} | KB |\n|{'---|' * (3 + len(CATEGORIES))}")
    for name, address in pages.items():
        for size, preset in PRESETS.items():
            runs = [scores(f"{name}-{size}", address, preset) for _ in range(RUNS)]
            median = [round(statistics.median(one)) for one in zip(*runs, strict=True)]
            weight = kilobytes(f"{name}-{size}")
            print(f"| {name} | {size} | {' | '.join(map(str, median))} | {weight:.0f} |", flush=True)
            if min(median) < GOAL or (name == "landing" and weight > LANDING_KB):
                below.append(f"{name} on a {size}")
    return below


def scores(name: str, address: str, preset: tuple[str, ...]) -> list[int]:
    command = [
        "npx", "--yes", f"lighthouse@{VERSION}", ADDRESS + address, *preset,
        f"--only-categories={','.join(CATEGORIES)}", "--output=json", "--quiet", f"--port={DEBUGGING_PORT}",
    ]  # fmt: skip
    for _ in range(TRIES):  # now and then it loses its trace, and says so
        done = subprocess.run(command, capture_output=True, check=False)
        if not done.returncode:
            break
    else:
        sys.exit(done.stderr.decode()[-2000:])
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}.json").write_bytes(done.stdout)
    report = json.loads(done.stdout)
    lost = [one["url"] for one in requests(report) if one.get("statusCode") != OK]
    if lost:
        sys.exit(f"{name} was seen without {', '.join(lost)}.")
    return [round(100 * report["categories"][category]["score"]) for category in CATEGORIES]


def requests(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Every file that the page asked for."""
    return list(report["audits"]["network-requests"]["details"]["items"])


def kilobytes(name: str) -> float:
    """What came over the wire in the last run of a page."""
    report = json.loads((KEPT / f"{name}.json").read_bytes())
    return float(sum(one["transferSize"] for one in requests(report))) / 1000


if __name__ == "__main__":
    sys.exit(main())
