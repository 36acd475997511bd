"""`make lighthouse`: the pages as Lighthouse sees them, on a site in production mode with real portraits.

Prints a table and exits 1 where a page stays under its goal. It times pages, so it is no part of the tests.
"""

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PORT = 8391
SITE = f"http://127.0.0.1:{PORT}"
VERSION = "12.8.2"
GOAL = 95
CATEGORIES = ("performance", "accessibility", "best-practices")
PRESETS = {"phone": (), "desktop": ("--preset=desktop",)}
RUNS = 3
PATIENCE = 600  # seconds
FACE = "sitter-04.jpg"


def main() -> None:
    if shutil.which("npx") is None or shutil.which("chromium") is None:
        sys.exit("Lighthouse needs Node and Chromium. Mend it with: sudo apt-get install -y npm chromium")
    with tempfile.TemporaryDirectory() as folder:
        _configure(Path(folder))
        with _serving():
            pages, cookie = _furnish()
            below = [line for line in _table(pages, cookie) if line]
    sys.exit(f"Under {GOAL}: {', '.join(below)}" if below else 0)


def _configure(folder: Path) -> None:
    """Production, on this machine alone, without TLS; for this process and all that it starts."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portraitos_site.settings",
        "DATA_DIR": str(folder),
        "DEBUG": "0",
        "HTTPS_ONLY": "0",
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "MASTER_KEYS": f"a:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "EMAIL_HOST": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
    }
    os.environ.pop("DATABASE_URL", None)


@contextmanager
def _serving() -> Iterator[None]:
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, check=True)
    serve = [sys.executable, "manage.py", "serve", "--port", str(PORT), "--queues", "previews", "fulls"]
    process = subprocess.Popen(serve, cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _furnish() -> tuple[dict[str, str], str]:
    """A customer with a shoot and a delivered portrait; the pages to look at, and the customer's cookie."""
    import django

    django.setup()
    from django.conf import settings

    from render import orders
    from render.models import Portrait
    from studio.models import Demonstration, Identity, Style
    from tests.cast import logged_in, person
    from tests.render.sitting import fund
    from tests.studio.sitting import send

    faces = os.environ.get("PORTRAITOS_TEST_FACES") or sys.exit("Set PORTRAITOS_TEST_FACES.")
    alice = person("alice@example.org")
    client = logged_in(alice)
    send(client, (Path(faces) / FACE).read_bytes())
    _until(Identity.objects.exists, "the identity is made")
    styles = list(Style.objects.offered().with_recipes())[: orders.MOST]
    shoot = orders.order(identity=Identity.objects.get(), styles=styles)
    _until(lambda: not shoot.portraits.filter(state=Portrait.State.PROOFING).exists(), "previews are made")
    portrait = shoot.portraits.filter(state=Portrait.State.PROVED).first()
    assert portrait is not None
    fund(alice)
    orders.approve(owner=alice, ids=[portrait.pk])
    _until(lambda: Portrait.objects.filter(state=Portrait.State.DELIVERED).exists(), "the portrait is made")
    _until(lambda: Demonstration.objects.count() >= len(styles), "the demonstration is rendered")
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    pages = {"landing": "/", "styles": "/styles/", "shoot": shoot.get_absolute_url()}
    return pages | {"portrait": portrait.get_absolute_url()}, cookie


def _until(true: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > limit:
            sys.exit(f"Waited {PATIENCE} s in vain until {what}.")
        time.sleep(1)


def _table(pages: dict[str, str], cookie: str) -> Iterator[str]:
    """Print each page's median scores; yields the names of those under the goal."""
    print(f"| page | size | {' | '.join(CATEGORIES)} |\n|{'---|' * (2 + len(CATEGORIES))}")
    for name, address in pages.items():
        for size, preset in PRESETS.items():
            runs = [_scores(address, cookie, preset) for _ in range(RUNS)]
            median = [sorted(run[i] for run in runs)[RUNS // 2] for i in range(len(CATEGORIES))]
            print(f"| {name} | {size} | {' | '.join(str(score) for score in median)} |", flush=True)
            yield f"{name} ({size})" if min(median) < GOAL else ""


def _scores(address: str, cookie: str, preset: tuple[str, ...]) -> list[int]:
    command = [
        "npx", "--yes", f"lighthouse@{VERSION}", SITE + address, *preset,
        f"--only-categories={','.join(CATEGORIES)}", "--output=json", "--quiet",
        "--chrome-flags=--headless=new --no-sandbox", f"--extra-headers={json.dumps({'Cookie': cookie})}",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": shutil.which("chromium") or ""}
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    report = json.loads(done.stdout)
    if kept := os.environ.get("OUT"):
        name = f"{address.strip('/').replace('/', '-') or 'landing'}-{'desktop' if preset else 'phone'}.json"
        (Path(kept) / name).write_bytes(done.stdout)
    return [round(100 * report["categories"][category]["score"]) for category in CATEGORIES]


if __name__ == "__main__":
    main()
