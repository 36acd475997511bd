"""Journey 9 in the browser: from the report to the reason that the customer reads."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from render import moderation
from render.jobs.sweep import sweep
from render.models import Case, Portrait
from studio.errors import HeldForAge
from studio.models import Selfie
from tests.accounts.door import own_app
from tests.cast import Cast
from tests.e2e.conftest import AT_A_DESK
from tests.render.sitting import balance
from tests.studio.sitting import coach, guessing, identity_of, sent

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sweepable")]

WORDS = "This is somebody else."


@AT_A_DESK
def test_a_report_is_looked_at_and_rejected_with_a_reason(
    page: Page, cast: Cast, enter: Callable[[User], None], axe: Callable[[Page], None], portrait: Portrait
) -> None:
    enter(cast.alice)
    page.goto(portrait.get_absolute_url())
    page.get_by_text("Report this picture").click()
    page.get_by_label("What is wrong with it?").fill("It is not me.")
    page.get_by_role("button", name="Report it").click()
    expect(page.get_by_text("Thank you. A person will look at it.")).to_be_visible()
    own_app(cast.dora)
    enter(cast.dora)
    page.goto("/admin/render/case/")
    expect(page.get_by_role("cell", name="It is not me.")).to_be_visible()
    page.locator("#result_list").get_by_role("link", name="Portrait").click()
    expect(page.get_by_alt_text("What this is about")).to_have_js_property("complete", True)
    page.go_back()
    page.get_by_role("checkbox", name="Select this object").check()
    page.get_by_label("Action:").select_option("reject")
    page.get_by_role("button", name="Go").click()
    axe(page)
    page.get_by_label("Reason").fill(WORDS)
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Rejected: 1.")).to_be_visible()
    assert Case.objects.get().decided_by == cast.dora
    enter(cast.alice)
    page.goto(portrait.get_absolute_url())
    expect(page.get_by_text(WORDS)).to_be_visible()
    axe(page)
    assert balance(cast.alice) == (5, 0)


@AT_A_DESK
def test_a_held_photograph_is_cleared_and_goes_on(
    page: Page,
    cast: Cast,
    enter: Callable[[User], None],
    axe: Callable[[Page], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guessing(monkeypatch, 15.0)
    selfie = sent(cast.alice)
    coach(selfie)
    sweep()
    enter(cast.alice)
    for address, words in (
        (selfie.get_absolute_url(), HeldForAge.sentence),
        ("/identities/", HeldForAge.sentence),
        ("/selfies/new/", "waits until one of us has looked at it"),
    ):
        page.goto(address)
        expect(page.get_by_text(words)).to_be_visible()
        axe(page)
    own_app(cast.dora)
    enter(cast.dora)
    page.goto("/admin/render/case/")
    page.locator("#result_list").get_by_role("link", name="Age of a selfie").click()
    expect(page.get_by_alt_text("What this is about")).to_have_js_property("complete", True)
    expect(page.get_by_text(moderation.AGE).first).to_be_visible()
    page.go_back()
    page.get_by_role("checkbox", name="Select this object").check()
    page.get_by_label("Action:").select_option("approve")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("Approved: 1.")).to_be_visible()
    coach(selfie)
    enter(cast.alice)
    page.goto(selfie.get_absolute_url())
    expect(page.get_by_role("heading", level=2)).to_have_text("This will make good portraits.")
    axe(page)


@AT_A_DESK
def test_a_held_identity_says_so(
    page: Page, cast: Cast, enter: Callable[[User], None], axe: Callable[[Page], None]
) -> None:
    identity = identity_of(cast.alice)
    Selfie.objects.update(age=Selfie.Age.HELD)
    enter(cast.alice)
    page.goto(identity.get_absolute_url())
    expect(page.get_by_role("status")).to_contain_text(HeldForAge.sentence)
    axe(page)
