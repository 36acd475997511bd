"""Journeys 6 and 7: months later with no new upload, then everything taken along, then everything gone."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from render.models import Portrait
from studio.models import Identity, Selfie
from tests.cast import PASSWORD, Cast
from tests.e2e.conftest import AT_A_DESK
from tests.jobs.house import House
from tests.render.sitting import folders, stock

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sweepable")]

MADE = 60_000  # ms


@AT_A_DESK
def test_another_style_then_everything_out_then_gone(
    page: Page,
    cast: Cast,
    enter: Callable[[User], None],
    portrait: Portrait,
    workers: House,
    look: Callable[[str], None],
) -> None:
    stock("noir")
    enter(cast.alice)
    come_back(page, look)
    assert (Selfie.objects.count(), Identity.objects.count()) == (1, 1)
    take_along(page)
    leave(page, look)
    assert not Portrait.objects.exists()
    assert not Selfie.objects.exists()
    assert folders() == set()


def come_back(page: Page, look: Callable[[str], None]) -> None:
    page.goto("/shoots/")
    look("shoots")
    page.get_by_role("link", name="Choose styles").click()
    page.get_by_label("Noir").check()
    page.get_by_role("button", name="Make the previews, free").click()
    expect(page.get_by_role("checkbox", name=re.compile("^Approve"))).to_have_count(1, timeout=MADE)


def take_along(page: Page) -> None:
    page.goto("/account/")
    page.get_by_role("link", name="Save it").click()
    page.wait_for_url("**/reauthenticate/**")
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Go on").click()
    names = zipfile.ZipFile(io.BytesIO(Path(saved.value.path()).read_bytes())).namelist()
    assert [name for name in names if name.endswith(".jpg") and "rembrandt" in name], names


def leave(page: Page, look: Callable[[str], None]) -> None:
    page.goto("/identities/")
    page.get_by_role("main").get_by_role("link").first.click()
    look("identity")
    page.get_by_role("link", name=re.compile("^Delete")).click()
    expect(page.get_by_text("2 portraits made of it go with it.")).to_be_visible()
    look("delete-identity")
    page.get_by_label("Delete it for good.").check()
    page.get_by_role("button", name="Delete").click()
    page.goto("/shoots/")
    expect(page.get_by_text("Rembrandt")).to_have_count(0)
