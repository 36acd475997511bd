"""Journey 8: support searches a customer, gives money back, and the customer sees it."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from accounts.models import User
from billing.models import Refund
from tests.cast import Cast
from tests.e2e.conftest import AT_A_DESK
from tests.shop import Shop, balance

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sweepable")]


@AT_A_DESK
def test_money_goes_back_and_the_customer_sees_it(
    page: Page, cast: Cast, enter: Callable[[User], None], shop: Shop
) -> None:
    purchase = shop.sell(cast.alice)
    Authenticator.objects.create(user=cast.bob, type="totp", data={"secret": "x"})
    enter(cast.bob)
    page.goto("/admin/billing/account/")
    page.locator("#searchbar").fill("charlie@")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="alice@example.org")).to_have_count(0)
    page.locator("#searchbar").fill("alice@")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="alice@example.org").click()
    page.goto(f"/admin/billing/purchase/{purchase.id}/change/")
    page.get_by_role("link", name="Give money back").click()
    page.get_by_label("Credits").fill("10")
    page.get_by_label("Reason").fill("They asked.")
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_text("alice@example.org gets $14.50 back.")).to_be_visible()
    assert not Refund.objects.exists()
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("The refund is written down.")).to_be_visible()
    shop.work()
    assert balance(cast.alice) == (10, 0)
    assert Refund.objects.get().state == Refund.State.SUCCEEDED
    page.goto("/admin/billing/entry/")
    expect(page.get_by_role("cell", name="They asked.")).to_be_visible()
    page.context.clear_cookies()
    enter(cast.alice)
    page.goto("/credits/")
    expect(page.get_by_role("cell", name="Taken out with its money")).to_be_visible()
