"""Journey 1 from consent to the identity, and journey 7 for one identity, with a real worker."""

import base64
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts import consent
from render.pipeline import errors
from studio import selfies
from studio.age import STATEMENTS, VERSION
from studio.errors import NotStated
from studio.models import Identity, Selfie
from tests.cast import PASSWORD, Cast, logged_in
from tests.e2e.conftest import ON_A_PHONE, SIZES
from tests.e2e.test_accounts import press_to
from tests.jobs.house import House, beside_the_site
from tests.phone import selfie
from tests.stated import tick
from tests.studio.sitting import identity_of, nobody, sent

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Judge = Callable[[Page], None]
ANSWERED = 60_000  # ms; a cold worker on a busy machine loads its models first


@pytest.fixture
def worker(live_server: LiveServer, tmp_path: Path) -> Iterator[House]:
    """A supervisor with a cluster for previews, on the site's database, files and keys."""
    house = beside_the_site(
        tmp_path / "house", "previews", JOB_HANDLERS="tests.remembering", JOB_LEASE_SECONDS="60"
    )
    yield house
    house.stop()


def judged(page: Page, axe: Judge) -> None:
    """No violation, and nothing reaches past the edge of a phone."""
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def choose(page: Page, data: bytes, name: str = "me.jpg") -> None:
    page.get_by_label("A photograph that you have").set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": data}
    )
    expect(page.get_by_alt_text("The photograph that you chose")).to_be_visible()


def send(page: Page) -> None:
    tick(page)
    page.get_by_role("button", name="Send and have it checked").click()
    page.wait_for_url("**/selfies/*-*/")


@ON_A_PHONE
def test_from_consent_to_the_identity_and_away(
    page: Page, cast: Cast, enter: Callable[..., None], axe: Judge, worker: House
) -> None:
    consent.withdraw(user=cast.alice)
    enter(cast.alice)
    page.goto("/identities/")
    judged(page, axe)
    page.get_by_role("link", name="Send a photograph").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and go on").click()
    page.wait_for_url("**/selfies/new/")
    judged(page, axe)
    choose(page, selfie())
    judged(page, axe)
    send(page)
    expect(page.get_by_role("progressbar")).to_be_visible()
    judged(page, axe)
    expect(page.get_by_role("heading", level=2)).to_have_text(
        "This will make good portraits.", timeout=ANSWERED
    )
    expect(page.locator("#outline polygon")).to_have_count(1)
    expect(page.get_by_role("link", name="See what was measured")).to_be_visible(timeout=ANSWERED)
    judged(page, axe)
    page.get_by_label("It can be read").check()
    page.get_by_role("button", name="Keep this answer").click()
    expect(page.get_by_text("Your answer is kept with the photograph.")).to_be_visible()
    page.get_by_role("link", name="See what was measured").click()
    expect(page.get_by_text("The 478 points that were measured")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Eye height")).to_be_visible()
    judged(page, axe)
    page.get_by_label("Name").fill("At work")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("At work")
    identity = page.url
    page.get_by_role("link", name="Export as ZIP").click()
    page.wait_for_url("**/reauthenticate/**")
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Go on").click()
    assert saved.value.suggested_filename == "portraitos-at-work.zip"
    page.goto(identity)
    leave(page, axe)


@ON_A_PHONE
def test_who_agreed_to_an_earlier_text_is_asked_again_and_led_back(
    page: Page, cast: Cast, enter: Callable[..., None], axe: Judge
) -> None:
    cast.alice.consents.update(version="2001-01")
    enter(cast.alice)
    page.goto("/account/")
    expect(page.get_by_text("that has changed since")).to_be_visible()
    judged(page, axe)
    page.goto("/selfies/new/")
    expect(page.get_by_role("heading", level=1)).to_have_text("We ask you again")
    judged(page, axe)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and go on").click()
    page.wait_for_url("**/selfies/new/")


def leave(page: Page, axe: Judge) -> None:
    page.get_by_role("link", name="Delete …").click()
    judged(page, axe)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
    expect(page.get_by_text("one identity and the photograph")).to_be_visible()
    judged(page, axe)
    assert not Identity.objects.exists()
    assert not Selfie.objects.exists()
    assert not any(files for _, _, files in os.walk(default_storage.path("")))


@ON_A_PHONE
def test_a_refused_photograph_shows_the_sentence(
    page: Page, cast: Cast, enter: Callable[..., None], axe: Judge, worker: House
) -> None:
    enter(cast.alice)
    page.goto("/selfies/new/")
    choose(page, nobody())
    send(page)
    heading = page.get_by_role("heading", level=2)
    expect(heading).to_have_text(
        "There is no face in this photograph that we can see clearly.", timeout=ANSWERED
    )
    expect(page.get_by_text("Face the camera in even light, with nothing over the face.")).to_be_visible()
    judged(page, axe)
    page.get_by_role("link", name="Send another").click()
    page.wait_for_url("**/selfies/new/")


def test_what_is_no_photograph_is_said_at_once(
    page: Page, cast: Cast, enter: Callable[..., None], axe: Judge
) -> None:
    enter(cast.alice)
    page.goto("/selfies/new/")
    page.get_by_label("A photograph that you have").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": b"no photograph"}
    )
    tick(page)
    page.get_by_role("button", name="Send and have it checked").click()
    expect(page.get_by_role("alert")).to_contain_text("This file is not a photograph that we can read.")
    judged(page, axe)


@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_is_sent_without_the_statement(
    browser: Browser, live_server: LiveServer, cast: Cast, size: str, scripts: bool
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=live_server.url,
        java_script_enabled=scripts,
        viewport={"width": width, "height": height},
    )
    cookie = logged_in(cast.alice).cookies[django_settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    page.goto("/selfies/new/")
    page.get_by_label("A photograph that you have").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": selfie()}
    )
    page.get_by_role("button", name="Send and have it checked").click()
    expect(page.get_by_label(STATEMENTS[VERSION])).to_be_focused()  # and the browser says what is missing
    assert posted == []
    send(page)
    assert len(posted) == 1
    context.close()


@ON_A_PHONE
def test_the_server_asks_for_the_statement_as_well(
    page: Page, cast: Cast, enter: Callable[..., None], axe: Judge
) -> None:
    enter(cast.alice)
    page.goto("/selfies/new/")
    choose(page, selfie())
    page.evaluate("document.querySelector('[name=statement]').required = false")
    page.get_by_role("button", name="Send and have it checked").click()
    expect(page.get_by_role("alert")).to_have_text(f"{NotStated.sentence} {NotStated.fix}")
    expect(page.get_by_label(STATEMENTS[VERSION])).to_be_focused()
    judged(page, axe)
    assert not Selfie.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "You chose me.jpg, and it is empty."), (b"no", "You chose me.jpg. This browser")],
)
def test_what_cannot_be_shown_is_named(
    page: Page, cast: Cast, enter: Callable[..., None], axe: Judge, size: str, data: bytes, words: str
) -> None:
    enter(cast.alice)
    page.goto("/selfies/new/")
    page.get_by_label("A photograph that you have").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": data}
    )
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_alt_text("The photograph that you chose")).to_be_hidden()
    expect(page.get_by_label("Or take one now")).to_be_visible(visible=size == "phone")
    expect(page.get_by_text("Or drop a photograph here")).to_be_visible(visible=size == "desktop")
    judged(page, axe)
    choose(page, selfie())  # the control: what can be shown comes back


@ON_A_PHONE
def test_a_long_name_stays_on_the_page(
    page: Page, cast: Cast, enter: Callable[..., None], axe: Judge
) -> None:
    identity = identity_of(cast.alice)
    Identity.objects.update(name="W" * 60)
    selfies.refuse(selfie=sent(cast.alice), refused=errors.NoFace())
    enter(cast.alice)
    for address in ("/identities/", f"/identities/{identity.id}/", f"/identities/{identity.id}/delete/"):
        page.goto(address)
        judged(page, axe)
    page.goto(f"/identities/{identity.id}/")
    page.get_by_label("Name").fill("x" * 61)
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("alert")).to_contain_text("This name has 61 letters")
    expect(page.get_by_label("Name")).to_be_focused()
    judged(page, axe)
    page.goto(page.url)
    expect(page).to_have_url(re.compile(f"/identities/{identity.id}/$"))


HELD = """([data, kind, names, type]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))
    const holder = new DataTransfer()
    for (const name of names) holder.items.add(new File([bytes], name, {type}))
    const event = kind === "drop"
        ? new DragEvent("drop", {dataTransfer: holder, bubbles: true, cancelable: true})
        : new ClipboardEvent("paste", {clipboardData: holder, bubbles: true})
    document.querySelector("[data-drop]").dispatchEvent(event)
}"""


def hold(page: Page, kind: str, names: list[str], type_: str, data: bytes | None = None) -> None:
    """Drop or paste files of these names."""
    held = selfie() if data is None else data
    page.evaluate(HELD, [base64.b64encode(held).decode(), kind, names, type_])


@pytest.mark.parametrize("size", ["desktop"])
@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_photograph_is_dropped_or_pasted(
    page: Page, cast: Cast, enter: Callable[..., None], kind: str
) -> None:
    enter(cast.alice)
    page.goto("/selfies/new/")
    expect(page.get_by_text("Or drop a photograph here, or paste one.")).to_be_visible()
    hold(page, kind, ["held.jpg"], "image/jpeg")
    expect(page.get_by_alt_text("The photograph that you chose")).to_be_visible()
    expect(page.get_by_text("held.jpg")).to_be_visible()
    send(page)
    assert Selfie.objects.get().width == 3000


@pytest.mark.parametrize("size", ["desktop"])
@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_every_file_is_handed_to_the_server_and_a_film_gets_a_sentence(
    page: Page, cast: Cast, enter: Callable[..., None], kind: str
) -> None:
    enter(cast.alice)
    page.goto("/selfies/new/")
    chosen = "document.querySelector('input[name=photograph]').files.length"
    for name in ("IMG_0001.HIF", "photo.avif", "me.jxl", "letter"):
        hold(page, kind, [name], "")
        assert page.evaluate(chosen) == 1, name
        expect(page.locator("[data-name]")).to_contain_text(name)
    for names, type_, sentence in (
        (["clip.MOV"], "video/quicktime", "clip.MOV is a film. Choose a photograph."),
        (["clip.MOV"], "", "clip.MOV is a film. Choose a photograph."),
        (["a.jpg", "b.jpg"], "image/jpeg", "These are 2 files. Choose one photograph."),
    ):
        hold(page, kind, names, type_)
        assert page.evaluate(chosen) == 0
        expect(page.get_by_text(sentence)).to_be_visible()
        expect(page.get_by_alt_text("The photograph that you chose")).to_be_hidden()
    page.set_input_files(
        "input[name=photograph]", {"name": "clip.mov", "mimeType": "video/quicktime", "buffer": b"1"}
    )
    expect(page.get_by_text("clip.mov is a film.")).to_be_visible()
    assert page.evaluate(chosen) == 0
    hold(page, kind, ["me.jxl"], "", b"no picture")
    tick(page)
    page.get_by_role("button", name="Send and have it checked").click()
    expect(page.get_by_role("alert")).to_be_visible()  # the server's own sentence
    assert not Selfie.objects.exists()


@pytest.mark.parametrize("size", ["desktop"])
def test_a_drop_without_a_file_gets_a_sentence(page: Page, cast: Cast, enter: Callable[..., None]) -> None:
    enter(cast.alice)
    page.goto("/selfies/new/")
    hold(page, "drop", [], "")
    expect(page.get_by_text("No file came with this. Choose a photograph.")).to_be_visible()


@pytest.mark.wide
@pytest.mark.parametrize("size", ["desktop"])
def test_the_same_by_keyboard_alone(
    page: Page, cast: Cast, enter: Callable[..., None], worker: House
) -> None:
    enter(cast.alice)
    page.goto("/identities/")
    press_to(page, "Send a photograph")
    page.keyboard.press("Enter")
    page.wait_for_url("**/selfies/new/")
    press_to(page, "A photograph that you have")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files({"name": "me.jpg", "mimeType": "image/jpeg", "buffer": selfie()})
    press_to(page, STATEMENTS[VERSION])
    page.keyboard.press("Space")
    press_to(page, "Send and have it checked")
    page.keyboard.press("Enter")
    page.wait_for_url("**/selfies/*-*/")
    expect(page.get_by_role("link", name="See what was measured")).to_be_visible(timeout=ANSWERED)
    press_to(page, "See what was measured")
    page.keyboard.press("Enter")
    page.wait_for_url("**/identities/*-*/")
    press_to(page, "Delete …")
    page.keyboard.press("Enter")
    page.wait_for_url("**/delete/")
    press_to(page, "Delete it for good.")
    page.keyboard.press("Space")
    press_to(page, "Delete")
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipts/**")
    assert not Selfie.objects.exists()


@pytest.mark.wide
def test_without_a_script_it_works_as_well(
    browser: Browser, live_server: LiveServer, cast: Cast, worker: House
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    cookie = logged_in(cast.alice).cookies[django_settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    page.goto("/selfies/new/")
    page.get_by_label("A photograph that you have").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": selfie()}
    )
    send(page)
    expect(page.get_by_role("link", name="See what was measured")).to_be_visible(timeout=ANSWERED)
    context.close()
