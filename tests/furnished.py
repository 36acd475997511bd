"""A site of its own, to be measured: production mode, real workers, a customer with real portraits."""

import base64
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

    from studio.models import Identity

ROOT = Path(__file__).resolve().parents[1]
PORT = 8391
ADDRESS = f"http://127.0.0.1:{PORT}"
PATIENCE = 600  # seconds
FACE = "sitter-04"


@contextmanager
def serving(folder: Path, *preparations: str) -> Iterator[None]:
    """The house on this folder. Configures this process too: call it before Django is set up."""
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
        "PREVIEWS_PER_HOUR": "1000",
    }
    os.environ.pop("DATABASE_URL", None)
    for preparation in preparations:
        _manage(preparation)
    queues = ("previews", "fulls", "catalogue")
    serve = [sys.executable, "manage.py", "serve", "--port", str(PORT), "--queues", *queues]
    process = subprocess.Popen(serve, cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _manage(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *command.split()], cwd=ROOT, check=False, capture_output=True
    )
    if done.returncode:
        sys.exit(done.stderr.decode())


def selfie() -> bytes:
    """As a phone keeps it, with its notes."""
    from tests import phone

    faces = os.environ.get("PORTRAITOS_TEST_FACES") or sys.exit(
        "Set PORTRAITOS_TEST_FACES to the test faces."
    )
    assert (Path(faces) / f"{FACE}.jpg").is_file(), f"{faces} has no {FACE}."
    return phone.selfie(FACE)


def until(true: Callable[[], object], what: str) -> float:
    """Wait for a condition; returns the seconds that it took."""
    began = time.monotonic()
    limit = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > limit:
            sys.exit(f"Waited {PATIENCE} s in vain until {what}.")
        time.sleep(0.1)
    return time.monotonic() - began


def seated(photograph: bytes) -> tuple["Client", "Identity"]:
    """A customer who is logged in and has an identity."""
    from studio.models import Identity
    from tests.cast import logged_in, person
    from tests.studio.sitting import send

    client = logged_in(person("alice@example.org"))
    send(client, photograph)
    until(Identity.objects.exists, "the identity is made")
    return client, Identity.objects.get()


def rendered() -> None:
    """Wait until the workers have nothing left to render. Nobody sends letters here."""
    from render.jobs.models import Job

    rendering = Job.objects.live().exclude(queue="mail")
    until(lambda: not rendering.exists(), "everything is rendered")


def cookie_of(client: "Client") -> str:
    from django.conf import settings

    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
