"""`make newcomer`: what a stranger does with a fresh clone, in a browser, with nothing prepared.

Clones this commit, calls `make run` there, signs up with the code from the log, sends a phone's original
with its EXIF, takes twenty previews, buys a pack with a test card, approves two, downloads them at 8K, as a
ZIP and as every copy, gives one back and reports the other. Then the first member of staff is made, sets up
a second step and rejects the reported one; the customer reads the reason and deletes the account. Says how
long each wait was. Ends with an error where the way is blocked. PYTHON chooses the clone's Python.
"""

import base64
import hmac
import os
import re
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Download, Page, expect, sync_playwright

from render.pipeline.contract import CANVASES
from render.pipeline.crops import CropTooTight
from tests.furnished import ROOT, selfie
from tests.stated import tick

PORT = 8395
ADDRESS = f"http://127.0.0.1:{PORT}"
E_MAIL, PASSWORD = "newcomer@example.org", "a long walk along the quay"
STAFF = "first@example.org"
REASON = "This is somebody else."
INSTALLED, MADE = 1200.0, 120_000
"""Seconds until a clone answers, milliseconds for what a worker makes."""

CODE = re.compile(r"^[A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*$", re.MULTILINE)
"""Alone on its line of a mail, and the mail is in the log."""

TOO_TIGHT = f"{CropTooTight.sentence} {CropTooTight.fix}"
PREVIEWS, APPROVED = 20, 2
OK = 200
FULL_SIZES = {
    (canvas.width * canvas.enlargement, canvas.height * canvas.enlargement) for canvas in CANVASES.values()
}


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        make_run(Path(folder)) as log,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = opened(browser)
        sign_up(page, log)
        sit(page)
        pick(page)
        buy_and_approve(page)
        download(page)
        archive(page)
        copies(page)
        give_back(page)
        moderate(page, report(page), opened(browser), log)
        leave(page)
        browser.close()


def opened(browser: Browser) -> Page:
    page = browser.new_context(base_url=ADDRESS).new_page()
    page.set_default_timeout(30_000)
    return page


@contextmanager
def make_run(folder: Path) -> Iterator[Path]:
    """Two commands: clone, and `make run`. Yields the log once the site answers."""
    clone, log = folder / "portraitos", folder / "log"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PORT": str(PORT)}
    environment |= {name: os.environ[name] for name in ("PYTHON",) if name in os.environ}
    with log.open("wb") as written:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=clone,
            env=environment,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
    began = time.monotonic()
    try:
        while not answers():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() - began < INSTALLED, log.read_text()
            time.sleep(0.5)
        say("make run, from a clone to the first page", began)
        yield log
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


def answers() -> bool:
    try:
        with urlopen(ADDRESS) as answer:
            return bool(answer.status == OK)
    except OSError:
        return False


def say(what: str, began: float) -> None:
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)


def code_after(log: Path, read: int) -> str:
    """The code of the first mail that the log holds behind its first ``read`` characters."""
    began = time.monotonic()
    while not (code := CODE.search(log.read_text()[read:])):
        assert time.monotonic() - began < 60, "No code came by mail."
        time.sleep(0.2)
    say("a code, by mail", began)
    return code[0]


def sign_up(page: Page, log: Path) -> None:
    page.goto("/")
    page.get_by_role("link", name="Choose your styles").first.click()
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail address").fill(E_MAIL)
    page.get_by_label("Password").fill(PASSWORD)
    read = len(log.read_text())
    page.get_by_role("button", name="Send me the code").click()
    page.get_by_label("Code").fill(code_after(log, read))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/account/consent/**")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and go on").click()
    page.wait_for_load_state()


def sit(page: Page) -> None:
    page.goto("/selfies/new/")
    page.get_by_label("A photograph that you have").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": selfie()}
    )
    tick(page)
    began = time.monotonic()
    page.get_by_role("button", name="Send and have it checked").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("This will make good portraits.", timeout=MADE)
    say("the coach's answer", began)
    page.get_by_role("link", name="Choose styles").click(timeout=MADE)


def pick(page: Page) -> None:
    boxes = page.locator(".pick input[type=checkbox]")
    for number in range(PREVIEWS):
        boxes.nth(number).check()
    began = time.monotonic()
    page.get_by_role("button", name="Make the previews, free").click()
    marks = page.get_by_role("checkbox", name=re.compile("^Approve"))
    expect(marks.first).to_be_visible(timeout=MADE)
    say("first preview, from the click", began)
    expect(page.get_by_text("Mark the frames that look like you.")).to_be_visible(timeout=MADE)
    say(f"{marks.count()} of {PREVIEWS} previews, from the click", began)
    for number in range(APPROVED):
        marks.nth(number).check()
    page.get_by_role("button", name="Approve the marked").click()


def buy_and_approve(page: Page) -> None:
    page.get_by_role("link", name="Buy a pack").click()
    page.get_by_label("Deliver at once").check()
    page.get_by_role("button", name="Buy 20 portraits for $29.00").click()
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("heading", name="Your 20 credits are here.")).to_be_visible(timeout=MADE)
    page.get_by_role("link", name="Back to where you were").click()
    page.get_by_role("button", name="Approve the marked").click()
    began = time.monotonic()
    page.get_by_role("button", name=f"Spend {APPROVED} credits").click()
    files = page.get_by_role("link", name=re.compile("^Download 8K JPEG"))
    for number in range(APPROVED):
        expect(files.nth(number)).to_be_visible(timeout=MADE)
        say(f"full portrait {number + 1} of {APPROVED} to download, from the approval", began)


def download(page: Page) -> None:
    Image.MAX_IMAGE_PIXELS = None
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("^Download 8K JPEG")).first.click()
    size = told(saved.value)
    assert size in FULL_SIZES, size


def told(saved: Download) -> tuple[int, int]:
    """Print a downloaded picture's name and size, and return the size."""
    with Image.open(saved.path()) as picture:
        picture.load()
        size = picture.size
    print(f"          {saved.suggested_filename}, {size[0]} x {size[1]} px", flush=True)
    return size


def archive(page: Page) -> None:
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("ZIP")).first.click()
    with zipfile.ZipFile(saved.value.path()) as found:
        assert found.testzip() is None
        names = found.namelist()
    assert len(names) == APPROVED, names
    print(f"          {saved.value.suggested_filename} with {len(names)} portraits", flush=True)


def copies(page: Page) -> None:
    """Every other format and crop of a portrait; one that the head does not fit into is refused by name."""
    page.locator(".proofed.delivered a").first.click()
    table = page.locator("#copy-table")
    began = time.monotonic()
    names = [button.get_attribute("value") for button in table.locator("button[name=kind]").all()]
    for name in names:
        table.locator(f"button[value='{name}']").click()
        page.wait_for_load_state()
    expect(table.locator("progress")).to_have_count(0, timeout=MADE)
    links, refused = table.get_by_role("link", name=re.compile("^Download")), table.locator(".fault")
    assert links.count() + refused.count() == len(names)
    assert set(refused.all_inner_texts()) <= {TOO_TIGHT}, refused.all_inner_texts()
    say(f"{links.count()} of {len(names)} copies, from the click", began)
    for number in range(links.count()):
        with page.expect_download() as saved:
            links.nth(number).click()
        told(saved.value)


def give_back(page: Page) -> None:
    page.get_by_text("It does not look like me").click()
    page.get_by_label("My eyes look wrong").check()
    page.get_by_role("button", name="Give it back").click()
    expect(page.get_by_text("Your credit is back")).to_be_visible()


def report(page: Page) -> str:
    """Report the other portrait; returns its address."""
    page.goto("/shoots/")
    page.locator("main a[href^='/shoots/']:not([href$='/new/'])").first.click()
    page.locator(".proofed.delivered a").first.click()
    page.get_by_text("Report this picture").click()
    page.get_by_label("What is wrong with it?").fill("It is not me.")
    page.get_by_role("button", name="Report it").click()
    expect(page.get_by_text("Thank you. A person will look at it.")).to_be_visible()
    return page.url


def shown_by_an_app(secret: str) -> str:
    """The six digits of RFC 6238; this process knows no Django, whose library would count them."""
    counted = hmac.digest(base64.b32decode(secret), (int(time.time()) // 30).to_bytes(8, "big"), "sha1")
    start = counted[-1] & 15
    return f"{(int.from_bytes(counted[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def moderate(customer: Page, address: str, staff: Page, log: Path) -> None:
    """The first member of staff, as docs/accounts.md says: made on the command line, with a second step."""
    clone = log.parent / "portraitos"
    environment = {**os.environ, "DJANGO_SUPERUSER_EMAIL": STAFF, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    environment["DEBUG"] = "1"  # as `make run` sets it
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    made = [str(clone / ".venv/bin/python"), "manage.py", "createsuperuser", "--noinput"]
    subprocess.run(made, cwd=clone, env=environment, check=True)
    staff.goto("/accounts/login/")
    staff.get_by_label("E-mail address").fill(STAFF)
    staff.get_by_label("Password").fill(PASSWORD)
    read = len(log.read_text())
    staff.get_by_role("button", name="Sign in", exact=True).click()
    staff.get_by_label("Code").fill(code_after(log, read))
    staff.get_by_role("button", name="Go on").click()
    staff.goto("/accounts/2fa/totp/activate/")
    if staff.get_by_label("Password").count():
        staff.get_by_label("Password").fill(PASSWORD)
        staff.get_by_role("button", name="Go on").click()
    secret = staff.locator("code").inner_text()
    staff.get_by_label("Code").fill(shown_by_an_app(secret))
    staff.get_by_role("button", name="Set it up").click()
    staff.wait_for_load_state()
    staff.goto("/admin/render/case/")
    staff.get_by_role("checkbox", name="Select this object").check()
    staff.get_by_label("Action:").select_option("reject")
    staff.get_by_role("button", name="Go").click()
    staff.get_by_label("Reason").fill(REASON)
    staff.get_by_role("button", name="Reject").click()
    expect(staff.get_by_text("Rejected: 1.")).to_be_visible()
    customer.goto(address)
    expect(customer.get_by_text(REASON).first).to_be_visible()
    print("          A moderator has rejected one, and the customer reads why.", flush=True)


def leave(page: Page) -> None:
    page.goto("/account/")
    page.get_by_role("link", name="Delete the account").click()
    page.wait_for_load_state()
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    page.get_by_role("checkbox").check()  # twenty credits would go, too
    page.get_by_label("Type the word delete").fill("delete")
    page.get_by_role("button", name="Delete my account").click()
    page.wait_for_url("**/receipts/**")
    print("          Everything is deleted, with a receipt.", flush=True)


if __name__ == "__main__":
    main()
