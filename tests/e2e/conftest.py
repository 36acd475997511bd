"""A real browser before the real site.

`page` is a tab on a phone and on a desktop, `enter` logs in, `axe` judges. Every test that uses `page` fails
too when the page breaks its own security policy or raises in its script.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from billing.audit import audit
from render.models import Portrait
from tests.cast import Cast, logged_in
from tests.jobs.house import ROOT, House, beside_the_site
from tests.render import small
from tests.render.sitting import delivered

SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NARROWEST = 320
SETTLED = """() => Promise.allSettled(
  document.getAnimations().filter(one => one instanceof CSSTransition).map(one => one.finished)
).then(() => null)"""  # colors have changed from day to night, which the admin lets fade
TIMEOUT = 15_000  # ms, for a machine that does other things too


def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        pytest.fail("There is no chromium. Mend it with: sudo apt-get install -y chromium", pytrace=False)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without a window."""
    # Playwright keeps an event loop in this thread, at whose sight Django would refuse to touch rows.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


ON_A_PHONE = pytest.mark.parametrize("size", ["phone", pytest.param("desktop", marks=pytest.mark.wide)])
AT_A_DESK = pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.wide)])
"""For long journeys: the other size in the soak. Every page is judged on both by test_every_page.py."""


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    """`phone` and `desktop`, one after the other. Parametrize `size` yourself to choose one."""
    return str(request.param)


@pytest.fixture
def context(browser: Browser, size: str, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A browser of one's own, with nothing in it; addresses begin at the site."""
    width, height = SIZES[size]
    opened = browser.new_context(
        base_url=live_server.url,
        viewport={"width": width, "height": height},
        has_touch=size == "phone",
        is_mobile=size == "phone",
    )
    opened.set_default_timeout(TIMEOUT)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab that remembers what went wrong in it."""
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(f"{opened.url}: {error}"))
    opened.on(
        "console",
        lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield opened
    assert wrong == []


@pytest.fixture
def sweepable(transactional_db: None) -> Iterator[None]:
    """For tests whose rows the site's own processes change: they end with an audit."""
    yield
    assert audit() == []


@pytest.fixture
def enter(context: BrowserContext, live_server: LiveServer) -> Callable[[User], None]:
    """Log a user in without the pages that do it."""

    def enter(user: User) -> None:
        cookie = logged_in(user).cookies[django_settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    return enter


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """Fail where axe-core finds a violation on the page as it is now, by day or by night, and where the page
    must be moved sideways on the narrowest phone (WCAG 1.4.10).
    """
    judge = Axe()

    def ask(page: Page) -> None:
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED)
            found = judge.run(page)
            assert found.violations_count == 0, f"{page.url}, {scheme}\n{found.generate_report()}"
        page.emulate_media(color_scheme="light")
        _reflows(page)

    return ask


def _reflows(page: Page) -> None:
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": NARROWEST, "height": size["height"]})
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(size)
    assert wide <= NARROWEST, f"{page.url} is {wide} px wide on a phone of {NARROWEST}"


@pytest.fixture
def shrunk() -> Iterator[None]:
    """Portraits at a quarter of their sizes, while they are made and where they are shown."""
    small.shrink()
    yield
    small.grow()


@pytest.fixture
def portrait(cast: Cast) -> Portrait:
    """One of Alice's, delivered, at a quarter of its size."""
    small.shrink()
    made = delivered(cast.alice)
    small.grow()
    return made


@pytest.fixture
def workers(live_server: LiveServer, tmp_path: Path) -> Iterator[House]:
    """Clusters for previews and full portraits, at a quarter of their sizes."""
    script = tmp_path / "acts"
    script.write_text("deliver")
    small.shrink()
    house = beside_the_site(
        tmp_path / "house",
        "previews",
        "fulls",
        JOB_HANDLERS="tests.render.small",
        JOB_LEASE_SECONDS="60",
        JOB_SILENCE_SECONDS="60",
        **{small.ACTS: str(script)},
    )
    yield house
    house.stop()
    small.grow()


@pytest.fixture
def look(page: Page, size: str, axe: Callable[[Page], None]) -> Callable[[str], None]:
    """Judge the page as it is now, and keep a picture of it."""

    def look(name: str) -> None:
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        screens = ROOT / "out" / "screens"
        screens.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=screens / f"{name}-{size}.png", full_page=True)

    return look
