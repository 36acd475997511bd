"""Journey 2: from the pack to the credits, through the development Stripe's own page to pay on."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from billing.models import Purchase
from tests.cast import Cast
from tests.e2e.conftest import ON_A_PHONE
from tests.shop import Shop, balance

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sweepable")]


def to_the_page(page: Page) -> None:
    page.goto("/pricing/?next=/styles/")
    page.get_by_label("Deliver at once").check()
    page.get_by_role("button", name="Buy 20 portraits for $29.00").click()
    expect(page.get_by_role("heading", name="Pay")).to_be_visible()


@ON_A_PHONE
def test_a_pack_is_bought_with_a_card(
    page: Page, cast: Cast, enter: Callable[[User], None], shop: Shop, axe: Callable[[Page], None]
) -> None:
    enter(cast.alice)
    page.goto("/pricing/")
    axe(page)
    to_the_page(page)
    axe(page)
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("heading", name="Your 20 credits are here.")).to_be_visible()
    axe(page)
    assert balance(cast.alice) == (20, 0)
    page.get_by_role("link", name="Your credits").click()
    expect(page.get_by_role("cell", name="Bought")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Studio pack").click()
    axe(page)
    page.get_by_label("Why").fill("I only needed one.")
    page.get_by_role("button", name="Ask for $29.00 back").click()
    expect(page.get_by_text("Asked for. We look at it")).to_be_visible()
    page.goto(f"/purchases/{Purchase.objects.get().id}/return")
    page.get_by_role("link", name="Back to where you were").click()
    expect(page).to_have_url(re.compile(r"/styles/$"))


def test_a_declined_card_can_be_changed(
    page: Page, cast: Cast, enter: Callable[[User], None], shop: Shop
) -> None:
    enter(cast.alice)
    to_the_page(page)
    page.get_by_label("Card number").fill("4000 0000 0000 0002")
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    assert balance(cast.alice) == (0, 0)
    page.get_by_label("Promotion code").fill("WELCOME100")
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("heading", name="Your 20 credits are here.")).to_be_visible()


def test_who_turns_back_is_where_they_were(
    page: Page, cast: Cast, enter: Callable[[User], None], shop: Shop
) -> None:
    enter(cast.alice)
    to_the_page(page)
    page.get_by_role("link", name="Back to the shop").click()
    page.get_by_role("link", name="Back to where you were").click()
    assert page.url.endswith("/styles/")
    assert balance(cast.alice) == (0, 0)


def test_a_bank_takes_its_time(page: Page, cast: Cast, enter: Callable[[User], None], shop: Shop) -> None:
    enter(cast.alice)
    to_the_page(page)
    page.get_by_label("Bank debit").check()
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("heading", name="Your bank is asked.")).to_be_visible()
    shop.world.bank(Purchase.objects.get().stripe_session or "", pays=True)
    shop.deliver_all()
    shop.work()
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name="Your 20 credits are here.")).to_be_visible()
