"""`make newcomer`: what a stranger does with a fresh clone, in a browser, with nothing prepared.

Clones this commit, calls `make run` there, signs up with the code from the log, sends a selfie, takes twenty
previews, buys a pack with a test card, approves one, downloads it, gives it back, and leaves with everything
deleted. Says how long each wait was. Ends with an error where the way is blocked.
"""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from render.pipeline.contract import CANVASES
from tests.furnished import ROOT, selfie

PORT = 8395
ADDRESS = f"http://127.0.0.1:{PORT}"
E_MAIL, PASSWORD = "newcomer@example.org", "a long walk along the quay"
INSTALLED, MADE = 1200.0, 120_000
"""Seconds until a clone answers, milliseconds for what a worker makes."""

CODE = re.compile(r"^[A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*$", re.MULTILINE)
"""Alone on its line of a mail, and the mail is in the log."""

PREVIEWS = 20
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
        page = browser.new_context(base_url=ADDRESS).new_page()
        page.set_default_timeout(30_000)
        sign_up(page, log)
        sit(page)
        pick(page)
        buy_and_approve(page)
        download(page)
        give_back(page)
        leave(page)
        browser.close()


@contextmanager
def make_run(folder: Path) -> Iterator[Path]:
    """Two commands: clone, and `make run`. Yields the log once the site answers."""
    clone, log = folder / "portraitos", folder / "log"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PORT": str(PORT)}
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


def sign_up(page: Page, log: Path) -> None:
    page.goto("/")
    page.get_by_role("link", name="Choose your styles").first.click()
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail address").fill(E_MAIL)
    page.get_by_label("Password").fill(PASSWORD)
    began = time.monotonic()
    page.get_by_role("button", name="Send me the code").click()
    page.get_by_label("Code").wait_for()
    while not (code := CODE.search(log.read_text())):
        assert time.monotonic() - began < 60, "No code came by mail."
        time.sleep(0.2)
    say("the code, by mail", began)
    page.get_by_label("Code").fill(code[0])
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
    marks.first.check()
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
    page.get_by_role("button", name="Spend 1 credit").click()
    expect(page.get_by_role("link", name=re.compile("^Download 8K JPEG"))).to_be_visible(timeout=MADE)
    say("a full portrait to download, from the approval", began)


def download(page: Page) -> None:
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("^Download 8K JPEG")).click()
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(saved.value.path()) as picture:
        assert picture.size in FULL_SIZES, picture.size
        print(
            f"          {saved.value.suggested_filename}, {picture.size[0]} x {picture.size[1]} px",
            flush=True,
        )


def give_back(page: Page) -> None:
    page.locator(".proofed.delivered a").first.click()
    page.get_by_text("It does not look like me").click()
    page.get_by_label("My eyes look wrong").check()
    page.get_by_role("button", name="Give it back").click()
    expect(page.get_by_text("Your credit is back")).to_be_visible()


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
