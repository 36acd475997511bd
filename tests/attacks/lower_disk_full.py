"""The disk of DATA_DIR, a small one mounted for this (which takes root), fills up while customers upload."""

import subprocess
from pathlib import Path
from typing import Any

from tests.attacks.outcome import Outcome
from tests.attacks.row_10_redis_away import EMAIL, PASSWORD, noise
from tests.attacks.site import Site, until
from tests.stated import STATED

SETTINGS = {"DISK_FREE_MB": "16"}
SIZE_MB = 96


def attack(site: Site) -> Outcome:
    data = Path(site.environment["DATA_DIR"])
    site.halt()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "portraitos", data], check=True)
    try:
        site.manage("collectstatic", "--no-input", "--verbosity", "0")
        site.start()
        return _filled(site, data)
    finally:
        site.halt()
        subprocess.run(["umount", "--lazy", data], check=True)


def _filled(site: Site, data: Path) -> Outcome:
    customer = site.customer(EMAIL, password=PASSWORD)
    sent = {"photograph": ("me.jpg", noise(), "image/jpeg")}
    customer.get("/selfies/new/")  # whose form brings the token

    def upload() -> Any:
        return customer.post("/selfies/new/", STATED, files=sent)

    def red() -> bool:
        return "disk" in site.caller().get("/healthz").json()["red"]

    before = (upload().status_code, red())
    filler = data / "filler"
    _fill(filler)
    full = upload()
    page = site.caller().get("/pricing/").status_code
    form = {"login": EMAIL, "password": PASSWORD}
    signed_in = site.caller().post("/accounts/login/", form).status_code
    during = (full.status_code, red())
    noted = site.act(
        """
        from django.apps import apps
        known = apps.all_models["jobs"].get("failure")  # an older revision has none
        of_view = known.objects.filter(kind="view new-selfie") if known else []
        answer = [row.exception for row in of_view]
        """
    )
    filler.unlink()
    until(lambda: upload().status_code != during[0], "there is room again", patience=20)
    after = (upload().status_code, red())
    retry = full.headers.get("Retry-After")
    held = (
        (before, during, after) == ((302, False), (503, True), (302, False))
        and retry is not None
        and (page, signed_in) == (200, 302)
        and len(noted) == 1
    )
    return Outcome(
        held=held,
        seen=f"An upload was answered {before[0]}, on a full disk {during[0]} (Retry-After {retry}), "
        f"then {after[0]}; health {_color(before[1])}, {_color(during[1])}, {_color(after[1])}; a page then "
        f"{page} and a sign-in {signed_in}; staff see {len(noted)} cause.",
    )


def _fill(path: Path) -> None:
    """Write until nothing more goes in."""
    with path.open("wb", buffering=0) as file:
        for piece in (1 << 20, 1 << 12):
            try:
                while file.write(bytes(piece)) == piece:
                    pass
            except OSError:
                continue


def _color(red: bool) -> str:
    return "red" if red else "green"
