"""The browser sees the site, and would see what is wrong with it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.cast import Cast, person
from tests.e2e.conftest import chromium

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_pages_that_anybody_may_see(page: Page, axe: Callable[[Page], None]) -> None:
    for address in ("/", "/styles/", "/accounts/login/"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200
        axe(page)


@pytest.mark.parametrize("size", ["phone"])
def test_the_judge_sees_a_picture_without_words(page: Page, axe: Callable[[Page], None]) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('main').append(new Image())")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


@pytest.mark.parametrize("size", ["phone"])
def test_one_enters_without_the_door(page: Page, cast: Cast, enter: Callable[..., None]) -> None:
    enter(cast.alice)
    page.goto("/account/")
    assert page.get_by_text(cast.alice.email).is_visible()


def test_a_machine_without_a_browser_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(pytest.fail.Exception, match="sudo apt-get install -y chromium"):
        chromium()


def test_groups_are_there_after_a_test_that_emptied_the_tables(db: None) -> None:
    assert person("eve@example.org", staff=True, group="support").groups.count() == 1
