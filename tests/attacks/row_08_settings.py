"""Start the site with settings that give it away: it must say so and not start."""

import os
import signal
import subprocess
import sys
import time

import requests

from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site
from tests.ports import free_port

PATIENCE = 30.0  # seconds until it has answered or ended

FORGOTTEN = (
    "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "MASTER_KEYS", "EMAIL_HOST", "SITE_URL",
    "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "BEHIND_PROXY", "CSRF_TRUSTED_ORIGINS",
)  # fmt: skip

WRONG: dict[str, dict[str, str]] = {
    "no EMAIL_HOST": {"EMAIL_HOST": ""},
    "SECRET_KEY=short": {"SECRET_KEY": "short"},
    "ALLOWED_HOSTS=*": {"ALLOWED_HOSTS": "*"},
    "a master key of zeros": {"MASTER_KEYS": f"a:{'A' * 43}="},
    "SITE_URL=http://": {"SITE_URL": "http://127.0.0.1"},
    "DEBUG for a public name": {"DEBUG": "1", "ALLOWED_HOSTS": "127.0.0.1,portraits.example"},
    "DEBUG with a live key": {"DEBUG": "1", "STRIPE_SECRET_KEY": "sk_live_of_an_attack"},
    "nothing but its database": dict.fromkeys(FORGOTTEN, ""),
}


def attack(site: Site) -> Outcome:
    starts = [name for name, changes in WRONG.items() if _starts(site, changes)]
    control = _starts(site, {})
    seen = f"{len(starts)} of {len(WRONG)} wrong settings start"
    seen += f" ({', '.join(starts)})." if starts else "; each ends with its reason."
    if not control:
        seen += " But the right ones do not start either."
    return Outcome(control and not starts, seen)


def _starts(site: Site, changes: dict[str, str]) -> bool:
    """Whether a second site on the same rows answers anything at all."""
    port = free_port()
    changed = site.environment | {"STRIPE_DEV_PORT": str(free_port())} | changes
    with site.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port), "--queues"],
            cwd=site.tree,
            env={name: value for name, value in changed.items() if value},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        return _answers(process, port)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _answers(process: "subprocess.Popen[bytes]", port: int) -> bool:
    limit = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < limit:
        try:
            Caller(f"http://127.0.0.1:{port}").get("/pricing/", timeout=5)
        except requests.RequestException:
            time.sleep(0.2)
        else:
            return True
    return False
