"""Journeys 1, 2, 3 and 5, from a picked style to the downloaded portrait and back, with real workers.

What the browser shows on the way is kept in out/screens.
"""

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from render.models import Portrait
from tests.cast import Cast
from tests.jobs.house import ROOT, House
from tests.render import small
from tests.render.sitting import stock
from tests.shop import Shop, balance
from tests.studio.sitting import identity_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sweepable")]

Judge = Callable[[Page], None]
Enter = Callable[[User], None]
MADE = 60_000  # ms; a cold worker on a busy machine loads its models first
STYLES = ("rembrandt", "corporate", "noir")
State = Portrait.State


@pytest.fixture
def workers(live_server: LiveServer, tmp_path: Path) -> Iterator[House]:
    """Clusters for previews and full portraits, at a quarter of their sizes."""
    keys = (f"{name}:{base64.b64encode(key).decode()}" for name, key in django_settings.MASTER_KEYS.items())
    script = tmp_path / "acts"
    script.write_text("deliver")
    small.shrink()
    house = House(
        tmp_path / "house",
        "--no-web",
        "--queues",
        "previews",
        "fulls",
        DATA_DIR=str(django_settings.DATA_DIR),
        MASTER_KEYS=",".join(keys),
        JOB_HANDLERS="tests.render.small",
        JOB_LEASE_SECONDS="60",
        JOB_SILENCE_SECONDS="60",
        JOB_MEMORY_MB="6144",
        **{small.ACTS: str(script)},
    )
    yield house
    house.stop()
    small.grow()


@pytest.fixture
def look(page: Page, size: str, axe: Judge) -> Callable[[str], None]:
    """Judge the page as it is now, and keep a picture of it."""

    def look(name: str) -> None:
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        screens = ROOT / "out" / "screens"
        screens.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=screens / f"{name}-{size}.png", full_page=True)

    return look


def test_from_a_picked_style_to_the_portrait_and_back(
    page: Page, cast: Cast, enter: Enter, shop: Shop, workers: House, look: Callable[[str], None]
) -> None:
    stock(*STYLES)
    identity_of(cast.alice)
    page.goto("/styles/rembrandt/")
    page.get_by_role("link", name="Sit for this portrait").click()
    expect(page).to_have_url(re.compile("/accounts/signup/"))
    enter(cast.alice)
    page.goto("/shoots/new/?style=rembrandt")
    expect(page.get_by_label("Rembrandt")).to_be_checked()
    pick(page, look)
    develop(page, look)
    buy(page, look)
    approve(page, look)
    download(page, look)
    give_back(page, look)
    assert balance(cast.alice) == (20 - 1, 0)
    assert set(Portrait.objects.values_list("state", flat=True)) >= {State.DELIVERED, State.RETURNED}


def pick(page: Page, look: Callable[[str], None]) -> None:
    for name in ("Corporate", "Noir"):
        page.get_by_label(name).check()
    expect(page.locator("[data-count]")).to_have_text("3")
    look("picker")
    page.get_by_role("button", name="Make the previews, free").click()
    page.wait_for_url("**/shoots/*-*/")
    look("developing")


def develop(page: Page, look: Callable[[str], None]) -> None:
    marks = page.get_by_role("checkbox", name=re.compile("^Approve"))
    expect(marks).to_have_count(3, timeout=MADE)
    expect(page.get_by_text("Mark the frames that look like you.")).to_be_visible(timeout=MADE)
    marks.nth(0).check()
    marks.nth(1).check()
    look("sheet")
    page.get_by_role("button", name="Approve the marked").click()


def buy(page: Page, look: Callable[[str], None]) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("2 portraits for 2 credits")
    look("no-credits")
    page.get_by_role("link", name="Buy a pack").click()
    page.get_by_label("Deliver at once").check()
    page.get_by_role("button", name="Buy 20 portraits for $29.00").click()
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("heading", name="Your 20 credits are here.")).to_be_visible()
    page.get_by_role("link", name="Back to where you were").click()
    page.wait_for_url("**/shoots/*-*/")


def approve(page: Page, look: Callable[[str], None]) -> None:
    marks = page.get_by_role("checkbox", name=re.compile("^Approve"))
    expect(marks.nth(0)).to_be_checked()  # nothing was lost
    expect(marks.nth(1)).to_be_checked()
    page.get_by_role("button", name="Approve the marked").click()
    look("cost")
    page.get_by_role("button", name="Spend 2 credits").click()
    page.wait_for_url("**/shoots/*-*/")
    expect(page.get_by_text("2 delivered.")).to_be_visible(timeout=MADE)
    look("delivered")


def download(page: Page, look: Callable[[str], None]) -> None:
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("Download 8K JPEG of Corporate")).click()
    assert saved.value.suggested_filename.startswith("portraitos-corporate-")
    assert Path(saved.value.path()).read_bytes().startswith(b"\xff\xd8")
    page.get_by_role("link", name=re.compile("^You in the style Corporate")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Corporate")
    look("portrait")
    look_closely(page, look)


def look_closely(page: Page, look: Callable[[str], None]) -> None:
    """Journey 4, and a copy in another format; without a pointer."""
    page.get_by_role("button", name="Loupe, 100 %").press("Enter")
    loupe = page.get_by_role("img", name=re.compile("^The portrait at 100 %"))
    expect(loupe).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(loupe.locator("img:not([hidden])").first).to_have_js_property("naturalWidth", 512)
    look("loupe")
    page.keyboard.press("Escape")
    expect(loupe).to_be_hidden()
    page.get_by_role("button", name="Hold to see the selfie").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_alt_text("Your selfie in the same place")).to_be_visible()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("Make it.*Square")).press("Enter")
    expect(page.get_by_role("link", name=re.compile("Download.*Square"))).to_be_visible(timeout=MADE)
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("Download.*Square")).press("Enter")
    assert saved.value.suggested_filename == "portraitos-corporate-01-square.jpg"
    page.get_by_role("button", name="Make a link for others").press("Enter")
    expect(page.locator("#share a")).to_be_visible()
    look("link")
    page.locator("#share a").press("Enter")
    expect(page.get_by_alt_text("A portrait in the style Corporate")).to_be_visible()
    look("shared")
    page.go_back()


def give_back(page: Page, look: Callable[[str], None]) -> None:
    page.get_by_text("It does not look like me").click()
    page.get_by_label("My eyes look wrong").check()
    look("not-me")
    page.get_by_role("button", name="Give it back").click()
    expect(page.get_by_text("Your credit is back")).to_be_visible()
    expect(page.get_by_text("Given back: my eyes look wrong.")).to_be_visible()
    expect(page.get_by_text("Again: my eyes look wrong.")).to_be_visible(timeout=MADE)
    look("given-back")
