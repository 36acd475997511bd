"""axe-core on every page that has an address of its own, as a stranger and as a customer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from accounts.models import User
from tests.cast import Cast

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sweepable")]

ANYBODY = (
    "/", "/styles/", "/pricing/", "/terms/", "/refunds/",
    "/features/natural-asymmetry/", "/features/micro-contrast/",
    "/privacy/", "/privacy/retention/", "/accounts/login/", "/accounts/signup/",
    "/accounts/login/code/", "/accounts/password/reset/", "/accounts/password/reset/done/",
)  # fmt: skip
CUSTOMER = (
    "/account/", "/account/consent/", "/account/consent/withdraw/", "/account/delete/", "/identities/",
    "/selfies/new/", "/shoots/", "/favorites/", "/credits/",
    "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/",
    "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/recovery-codes/generate/", "/accounts/sessions/", "/accounts/logout/",
    "/accounts/reauthenticate/", "/accounts/reauthenticate/code/",
)  # fmt: skip


def test_a_strangers_pages(page: Page, cast: Cast, axe: Callable[[Page], None]) -> None:
    for address in ANYBODY:
        page.goto(address)
        axe(page)


def test_a_customers_pages(
    page: Page, cast: Cast, enter: Callable[[User], None], axe: Callable[[Page], None]
) -> None:
    enter(cast.alice)
    for address in CUSTOMER:
        page.goto(address)
        axe(page)
