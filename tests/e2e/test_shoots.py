"""Journeys 1, 2, 3 and 5, from a picked style to the downloaded portrait and back, with real workers.

What the browser shows on the way is kept in out/screens.
"""

import re
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from render.models import Portrait
from tests.cast import Cast
from tests.e2e.conftest import ON_A_PHONE
from tests.jobs.house import House
from tests.phone import selfie
from tests.render.sitting import delivered, stock
from tests.shop import Shop, balance
from tests.studio.sitting import identity_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sweepable")]

Enter = Callable[[User], None]
MADE = 60_000  # ms; a cold worker on a busy machine loads its models first
STYLES = ("rembrandt", "corporate", "noir")
State = Portrait.State


@ON_A_PHONE
def test_from_a_picked_style_to_the_portrait_and_back(
    page: Page, cast: Cast, enter: Enter, shop: Shop, workers: House, look: Callable[[str], None]
) -> None:
    stock(*STYLES)
    identity_of(cast.alice, selfie())
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
    narrow(page)
    page.get_by_role("button", name="Make the previews, free").click()
    page.wait_for_url("**/shoots/*-*/")
    look("developing")


def narrow(page: Page) -> None:
    """Filters hide frames, and what was chosen stays chosen."""
    shown = page.locator(".pick:visible")
    page.get_by_label("Print").select_option("Black and white")
    expect(shown).to_have_count(1)
    page.get_by_label("Shelf").select_option("Business")
    expect(page.get_by_text("No style is like that.")).to_be_visible()
    page.get_by_label("Print").select_option("All")
    expect(shown).to_have_count(1)
    page.get_by_label("Shelf").select_option("All")
    page.get_by_label("Only what I chose").check()
    expect(shown).to_have_count(3)
    expect(page.locator("[data-count]")).to_have_text("3")


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
    paid = page.locator(".frame.delivered img")  # no watermark, without a reload
    expect(paid).to_have_count(2)
    assert paid.evaluate_all("all => all.every(one => one.src.endsWith('?full'))")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download 2 portraits as one ZIP").click()
    with zipfile.ZipFile(saved.value.path()) as found:
        assert len(found.namelist()) == 2
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
    page.get_by_label("Draw the measurement").check()
    expect(page.locator(".lines")).to_be_visible()
    look("lines")
    page.get_by_label("Draw the measurement").uncheck()
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
    expect(page.get_by_text("Taken again: your eyes as photographed")).to_be_visible(timeout=MADE)
    look("given-back")


@ON_A_PHONE
def test_a_loupe_finds_its_tiles_whatever_the_id_looks_like(
    page: Page, cast: Cast, enter: Enter, shrunk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such an id has one portrait in 128: what names the first tile stands in it, too."""
    odd = uuid.UUID("0d1f7a20-0c5e-4f6b-9c20-0a5e3b7d1c44")
    with monkeypatch.context() as context:
        context.setitem(vars(Portrait._meta.get_field("id")), "_get_default", lambda: odd)
        portrait = delivered(cast.alice)
    assert portrait.pk == odd
    enter(cast.alice)
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status == 404 else None)
    page.goto(portrait.get_absolute_url())
    page.get_by_role("button", name="Loupe, 100 %").press("Enter")
    tiles = page.locator(".loupe img:not([hidden])")
    expect(tiles).not_to_have_count(0)
    for number in range(tiles.count()):
        expect(tiles.nth(number)).not_to_have_js_property("naturalWidth", 0)
    assert missing == []
