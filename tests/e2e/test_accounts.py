"""Journey 1 to the account, and journey 7: in through sign-up, out with a receipt. Also by keyboard alone."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.accounts.door import code_in, own_app, totp_code
from tests.cast import PASSWORD, Cast
from tests.e2e.conftest import ON_A_PHONE

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ADDRESS = "eve@example.org"
Judge = Callable[[Page], None]


def sign_up(page: Page, axe: Judge) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign in").click()
    axe(page)
    page.get_by_role("link", name="Make one").click()
    axe(page)
    page.get_by_label("E-mail address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Send me the code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter the code from your mail")
    axe(page)
    page.get_by_label("Code").fill(code_in(str(mail.outbox[-1].body)))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/account/consent/**")


def agree(page: Page, axe: Judge) -> None:
    page.goto("/account/consent/")
    axe(page)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and go on").click()
    page.wait_for_url("**/identities/")
    page.goto("/account/consent/")
    expect(page.get_by_text("You agreed to this on")).to_be_visible()
    axe(page)


def it_is_me(page: Page, axe: Judge) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    axe(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def save_everything(page: Page, axe: Judge) -> None:
    page.goto("/account/")
    axe(page)
    page.get_by_role("link", name="Save it").click()
    page.wait_for_url("**/reauthenticate/**")
    with page.expect_download() as saved:
        it_is_me(page, axe)
    with saved.value.path().open("rb") as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        assert ADDRESS in archive.read("account.json").decode()


def leave(page: Page, axe: Judge) -> None:
    page.goto("/account/")
    page.get_by_role("link", name="Delete the account").click()
    axe(page)
    page.get_by_label("Type the word delete").fill("remove")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is deleted.")
    axe(page)
    page.get_by_label("Type the word delete").fill("delete")
    page.get_by_role("button", name="Delete my account").click()
    page.wait_for_url("**/receipts/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
    axe(page)


@ON_A_PHONE
def test_from_sign_up_to_the_receipt(page: Page, axe: Judge) -> None:
    sign_up(page, axe)
    agree(page, axe)
    save_everything(page, axe)
    leave(page, axe)
    assert not User.objects.filter(email=ADDRESS).exists()
    assert page.url in str(mail.outbox[-1].body)
    assert ADDRESS not in page.content()
    page.goto("/account/")
    page.wait_for_url("**/accounts/login/**")


def press_to(page: Page, name: str) -> None:
    """Go on with the tab key until what has that name has the focus, as somebody without a pointer does."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"The tab key never reaches {name!r} on {page.url}.")


FOCUSED = """() => {
    const it = document.activeElement
    const label = it.labels?.[0]?.innerText ?? it.innerText
    return label.trim().replace(/\\s+/g, ' ')
}"""


@pytest.mark.parametrize("size", ["desktop"])
def test_the_same_by_keyboard_alone(page: Page) -> None:
    keys = page.keyboard
    page.goto("/accounts/signup/")
    press_to(page, "E-mail address")
    keys.type(ADDRESS)
    press_to(page, "Password")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/confirm-email/")
    press_to(page, "Code")
    keys.type(code_in(str(mail.outbox[-1].body)))
    press_to(page, "Go on")
    keys.press("Enter")
    page.wait_for_url("**/account/consent/**")
    page.goto("/account/consent/")
    press_to(page, "I agree, and I am 18 or older.")
    keys.press("Space")
    press_to(page, "Agree and go on")
    keys.press("Enter")
    page.wait_for_url("**/identities/")
    press_to(page, "Account")
    keys.press("Enter")
    page.wait_for_url("**/account/")
    press_to(page, "Delete the account")
    keys.press("Enter")
    page.wait_for_url("**/reauthenticate/**")
    press_to(page, "Password")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/account/delete/")
    press_to(page, "Type the word delete to confirm")
    keys.type("delete")
    press_to(page, "Delete my account")
    keys.press("Enter")
    page.wait_for_url("**/receipts/**")
    assert not User.objects.filter(email=ADDRESS).exists()


def test_the_skip_link_comes_first(page: Page) -> None:
    page.goto("/accounts/login/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "To the page"


def has_device(page: Page) -> None:
    """A phone that unlocks itself: Chromium's own virtual authenticator."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def enter_by_password(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@ON_A_PHONE
def test_a_passkey_is_added_and_signs_in(page: Page, cast: Cast, axe: Judge) -> None:
    has_device(page)
    enter_by_password(page, cast.alice)
    page.wait_for_url("**/selfies/new/")
    page.goto("/accounts/2fa/webauthn/add/")
    it_is_me(page, axe)
    axe(page)
    page.get_by_label("What you call it").fill("my phone")
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/2fa/recovery-codes/")
    axe(page)
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("Passkey,")).to_be_visible()
    axe(page)
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/selfies/new/")


def test_a_passkey_that_fails_says_so(page: Page, axe: Judge, live_server: LiveServer) -> None:
    port = live_server.url.rsplit(":", 1)[1]
    page.goto(f"http://127.0.0.1:{port}/accounts/login/")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(
        f"Passkeys do not work at this address. Open http://localhost:{port} instead."
    )
    axe(page)


@pytest.mark.parametrize("size", ["phone"])
def test_the_code_goes_to_the_address_just_typed(page: Page, cast: Cast) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in with a code")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(cast.alice.email)
    page.get_by_role("button", name="Send me a code").click()
    page.wait_for_url("**/login/code/confirm/**")
    assert mail.outbox[-1].to == [cast.alice.email]


@ON_A_PHONE
def test_the_second_step_in_the_browser(page: Page, cast: Cast, axe: Judge) -> None:
    own_app(cast.alice)
    enter_by_password(page, cast.alice)
    page.wait_for_url("**/2fa/authenticate/")
    axe(page)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That is not the code that the app shows now.")
    axe(page)
    page.get_by_label("Code").fill(totp_code())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/selfies/new/")
    for address in (
        "/accounts/2fa/",
        "/accounts/sessions/",
        "/accounts/password/change/",
    ):
        page.goto(address)
        axe(page)
    page.goto("/accounts/email/")
    it_is_me(page, axe)
    page.wait_for_url("**/accounts/email/")
    axe(page)


def test_staff_meet_the_admin_under_the_same_policy(page: Page, cast: Cast) -> None:
    own_app(cast.dora)
    enter_by_password(page, cast.dora)
    page.wait_for_url("**/2fa/authenticate/")
    page.get_by_label("Code").fill(totp_code())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/selfies/new/")
    page.goto("/admin/accounts/user/")
    page.get_by_role("checkbox", name="Select this object for an action - alice@example.org").check()
    page.get_by_label("Action:").select_option(label="Block the chosen accounts; their credits rest")
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_label("Reason").fill("Somebody else's face.")
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_text("alice@example.org is blocked.")).to_be_visible()


@ON_A_PHONE
def test_texts_that_anybody_may_read(page: Page, axe: Judge) -> None:
    for address in (
        "/privacy/",
        "/privacy/retention/",
        "/accounts/inactive/",
        "/accounts/password/reset/",
        "/account/address/undo/x/",
        "/x/",
    ):
        page.goto(address)
        axe(page)


@pytest.mark.parametrize("size", ["phone"])
def test_without_scripts_one_gets_in_and_out(page: Page, cast: Cast, browser: Any, live_server: Any) -> None:
    plain = browser.new_context(base_url=live_server.url, java_script_enabled=False).new_page()
    enter_by_password(plain, cast.alice)
    plain.wait_for_url("**/selfies/new/")
    plain.goto("/accounts/logout/")
    plain.get_by_role("button", name="Sign out").click()
    plain.wait_for_url(f"{live_server.url}/")
    plain.context.close()
