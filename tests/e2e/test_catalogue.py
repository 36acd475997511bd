"""A stranger leafs through the catalogue."""

import io
import re
from collections.abc import Callable
from functools import cache

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from studio import catalogue, demonstration, sitter
from studio.catalogue_models import Style
from tests.catalogue.texts import filed, show

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@cache
def gray() -> bytes:
    """A picture as large as a demonstration; drawing it takes longer than most tests here."""
    file = io.BytesIO()
    Image.new("RGB", (1024, 1280), "#543").save(file, "WEBP")
    return file.getvalue()


@pytest.fixture
def shelf() -> None:
    """Four formats, with pictures but for one that waits and one that was refused."""
    sitter.place()
    catalogue.load(
        recipes=[filed(slug) for slug in ("rembrandt", "noir", "neon", "clamshell", "vermeer", "hollywood")]
    )
    refused = {"hollywood": "The portrait did not pass our own likeness check, so it is not shown."}
    for style in Style.objects.with_recipes().exclude(pk="vermeer"):
        assert style.current is not None
        row = show(style.current, refusal=refused.get(style.slug, ""), files=True)
        if row.refusal:
            continue
        for size in demonstration.SIZES:
            demonstration.path(row.key, size).write_bytes(gray())


@pytest.mark.usefixtures("shelf")
def test_from_the_door_to_one_style(page: Page, axe: Callable[[Page], None]) -> None:
    page.goto("/")
    axe(page)
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Styles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The styles")
    expect(page.get_by_text("In the darkroom.")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Rembrandt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rembrandt")
    plan = page.get_by_role("img", name="The light from above")
    expect(plan).to_be_visible()
    expect(plan).to_contain_text("−3.3 stops")
    expect(page.get_by_role("img", name="Contrast kept by fineness of detail")).to_be_visible()
    expect(page.get_by_role("row", name="Key 48° left, 38° up")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Sit for this portrait").click()
    expect(page).to_have_url(re.compile(r"/accounts/signup/\?next="))


@pytest.mark.usefixtures("shelf")
def test_before_and_after_lie_still_while_the_slider_is_coming(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/compare*.js", hold)
    page.goto("/", wait_until="commit")
    plates, after = page.locator(".compare-plates"), page.locator(".compare .after")
    # An image is "visible" to Playwright before the style sheets have come, and then lies at its own size.
    page.wait_for_function(
        "() => [...document.querySelectorAll('link[rel=stylesheet]')].every(link => link.sheet)"
    )
    expect(after).to_be_visible()
    lain = plates.bounding_box()
    assert lain is not None
    held[0].continue_()
    page.wait_for_load_state()
    page.get_by_role("slider").fill("80")
    assert after.evaluate("image => getComputedStyle(image).clipPath") == "inset(0px 0px 0px 20%)"
    then = plates.bounding_box()
    assert then is not None
    assert (then["width"], then["height"]) == (lain["width"], lain["height"])


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("address", ["/styles/", "/styles/neon/", "/styles/hollywood/", "/"])
def test_nothing_is_wider_than_the_window_and_the_dark_is_as_good(
    page: Page, axe: Callable[[Page], None], address: str
) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(page)


@pytest.mark.usefixtures("shelf")
def test_the_page_is_readable_at_320_px_and_by_keyboard(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for address in ("/styles/", "/styles/rembrandt/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.keyboard.press("Tab")
    expect(page.get_by_text("To the page")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == "Sit for this portrait":
            break
    expect(page.get_by_role("link", name="Sit for this portrait")).to_be_focused()
