"""The site's Redis hangs, goes away and comes back, while customers sign in, order and upload."""

import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import requests
from PIL import Image

from tests.attacks.caller import Caller
from tests.attacks.outcome import Outcome
from tests.attacks.site import Site, until
from tests.stated import STATED

EMAIL, PASSWORD = "ann@example.org", "a long walk by the sea"
PATIENCE = 10.0  # seconds for an answer
AT_MOST = 4.0  # seconds that a hanging Redis may make of one, on a machine that does other things too


def attack(site: Site) -> Outcome:
    acts = _acts(site)
    until(lambda: "cache" not in _red(site), "health is well")
    seen, held = _round(site, acts, "with Redis", red=False)
    site.redis.hang()
    said, ok = _round(site, acts, "hanging", red=True)
    seen, held = f"{seen}; {said}", held and ok
    site.redis.kill()
    said, ok = _round(site, acts, "away", red=True)
    seen, held = f"{seen}; {said}", held and ok
    site.redis.start()
    until(lambda: "cache" not in _red(site), "health is well again")
    said, ok = _round(site, acts, "back", red=False)
    return Outcome(held=held and ok, seen=f"{seen}; {said}.")


def _acts(site: Site) -> dict[str, Callable[[], requests.Response]]:
    customer = site.customer(EMAIL, password=PASSWORD)
    identity, style = site.act(
        """
        from django.utils import timezone
        from accounts.models import User
        from studio import rest
        from studio.models import Identity, Selfie, Style
        owner = User.objects.get(email=email)
        selfie = Selfie.objects.create(
            owner=owner, width=600, height=600, verdict="passed", answered_at=timezone.now()
        )
        identity = Identity(owner=owner, selfie=selfie, name="Me", engine="of an attack")
        identity.facts = rest.seal_facts(row=identity, owner=owner, facts={})
        identity.save(force_insert=True)
        answer = [str(identity.pk), Style.objects.offered().first().slug]
        """,
        email=EMAIL,
    )
    sent = {"photograph": ("me.jpg", noise(), "image/jpeg")}
    customer.get("/selfies/new/")  # whose form brings the token

    def sign_in() -> requests.Response:
        form = {"login": EMAIL, "password": PASSWORD}
        return Caller(site.address).post("/accounts/login/", form, timeout=PATIENCE)

    def order() -> requests.Response:
        form = {"style": style, "identity": identity}
        return customer.post("/shoots/new/", form, timeout=PATIENCE)

    def upload() -> requests.Response:
        return customer.post("/selfies/new/", STATED, files=sent, timeout=PATIENCE)

    return {
        "sign-in": sign_in,
        "preview": order,
        "upload": upload,
        "shoots": lambda: customer.get("/shoots/", timeout=PATIENCE),
    }


def _round(
    site: Site, acts: dict[str, Callable[[], requests.Response]], words: str, *, red: bool
) -> tuple[str, bool]:
    """Every act once, and health; what was seen, and whether it was well."""
    began, told = time.monotonic(), []
    held = True
    for name, act in acts.items():
        started = time.monotonic()
        status = answer_of(act)
        took = time.monotonic() - started
        told.append(f"{name} {status or 'no answer'}")
        held = held and status in (200, 302) and took < AT_MOST
    found = "cache" in _red(site)
    told.append(f"health {'red' if found else 'green'}")
    return f"{words}: {', '.join(told)} ({time.monotonic() - began:.1f} s)", held and found == red


def answer_of(act: Callable[[], requests.Response]) -> int:
    """The status; 0 where no answer came in time."""
    try:
        return act().status_code
    except requests.RequestException:
        return 0


def _red(site: Site) -> list[str]:
    try:
        found: Any = site.caller().get("/healthz", timeout=PATIENCE).json()
    except requests.RequestException:
        return []
    names: list[str] = found["red"]
    return names


def noise() -> bytes:
    """A JPEG of which the site makes some hundred kilobytes."""
    pixels = np.random.default_rng(9).integers(0, 255, (600, 600, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()
