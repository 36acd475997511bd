"""``python -m tests.screens FILE.jpg``: the picture of the site in README, with the demonstration sitter."""

import sys
import tempfile
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.furnished import ADDRESS, cookie_of, rendered, seated, serving

STYLES = ("corporate", "rembrandt", "clamshell", "noir", "vermeer", "golden_hour")
DESKTOP, PHONE = (1280, 1000), (390, 1000)
GAP, PAPER = 40, (226, 221, 211)
WIDTH, QUALITY = 1600, 85


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "prepare"):
        django.setup()
        shoot, portrait, cookie = furnish()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            shots = [
                shot(browser, folder, "/", DESKTOP, cookie),
                shot(browser, folder, shoot, PHONE, cookie),
                shot(browser, folder, portrait, PHONE, cookie),
            ]
            browser.close()
    beside(shots).save(sys.argv[1], quality=QUALITY, optimize=True)


def furnish() -> tuple[str, str, str]:
    from render import orders
    from render.models import Portrait
    from studio.models import Style
    from tests.render.sitting import fund
    from tests.studio.sitting import photograph

    client, identity = seated(photograph())
    known = Style.objects.offered().with_recipes().in_bulk(STYLES, field_name="slug")
    shoot = orders.order(identity=identity, styles=[known[slug] for slug in STYLES])
    rendered()
    fund(identity.owner)
    portrait = shoot.portraits.filter(state=Portrait.State.PROVED)[0]
    orders.approve(owner=identity.owner, ids=[portrait.pk])
    rendered()
    return shoot.get_absolute_url(), portrait.get_absolute_url(), cookie_of(client)


def shot(browser: Browser, folder: str, address: str, size: tuple[int, int], cookie: str) -> Image.Image:
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=2)
    name, _, value = cookie.partition("=")
    if address != "/":
        context.add_cookies([{"name": name, "value": value, "url": ADDRESS}])
    page = context.new_page()
    page.goto(ADDRESS + address, wait_until="networkidle")
    file = Path(folder) / f"{len(address)}.png"
    page.screenshot(path=file)
    context.close()
    return Image.open(file).convert("RGB")


def beside(shots: list[Image.Image]) -> Image.Image:
    width = sum(one.width for one in shots) + GAP * (len(shots) + 1)
    sheet = Image.new("RGB", (width, shots[0].height + 2 * GAP), PAPER)
    left = GAP
    for one in shots:
        sheet.paste(one, (left, GAP))
        left += one.width + GAP
    return sheet.resize((WIDTH, round(WIDTH * sheet.height / width)), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
