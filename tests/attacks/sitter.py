"""Customers of the attacked site who send a selfie and order previews, as a browser does it."""

from __future__ import annotations

import io
import re
import time

from PIL import Image

from tests.attacks.caller import Caller
from tests.attacks.site import Site, until
from tests.pipeline import selfies
from tests.stated import STATED

SIDE = 1200
"""Pixels of a selfie's long side: measured in a second."""

MADE = 300.0
"""Seconds until previews are made; the machine may be busy."""

OFFERED = re.compile(r'name="style"[^>]*value="([a-z0-9-]+)"|value="([a-z0-9-]+)"[^>]*name="style"')
PORTRAIT = re.compile(r"/portraits/([0-9a-f-]{36})/")


def arrive(site: Site, email: str, *, ip: str = "198.51.100.1") -> Caller:
    """A customer who has opened a page with a form."""
    caller = site.customer(email, ip=ip)
    caller.get("/selfies/new/")
    assert "csrftoken" in caller.jar
    return caller


def photograph() -> bytes:
    """A face, as small as the coach takes it for good."""
    picture = Image.fromarray(selfies.picture(selfies.CLOSE))
    picture.thumbnail((SIDE, SIDE))
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=92)
    return written.getvalue()


def send(caller: Caller, data: bytes) -> str:
    """Upload a photograph; returns the address that it leads to, or nothing."""
    answer = caller.post("/selfies/new/", STATED, files={"photograph": ("me.jpg", data, "image/jpeg")})
    return answer.headers.get("Location", "")


def seat(caller: Caller) -> str:
    """Upload a selfie and wait until portraits can be made of it; returns the selfie's address."""
    address = send(caller, photograph())
    assert address, "The photograph is not taken."
    until(lambda: caller.get("/begin/").headers["Location"] != "/selfies/new/", "the identity is measured")
    return address


def styles(caller: Caller) -> list[str]:
    """What the catalogue offers."""
    return [one or other for one, other in OFFERED.findall(caller.get("/shoots/new/").text)]


def order(caller: Caller, *slugs: str) -> str:
    """Ask for previews; returns the shoot's address, or nothing where the site takes no such order."""
    return caller.post("/shoots/new/", {"style": list(slugs)}).headers.get("Location", "")


def developed(caller: Caller, shoot: str) -> list[str]:
    """Wait for the last preview of a shoot; returns the portraits."""
    time.sleep(0.5)
    until(lambda: "hx-get" not in caller.get(shoot).text, "the previews are made", MADE)
    return list(dict.fromkeys(PORTRAIT.findall(caller.get(shoot).text)))
