"""A page waits for a Stripe that hangs for a few seconds in all, and only some pages at once do."""

import socket
import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from billing import patience, stripe_api
from billing.models import Purchase
from render.jobs.slots import STRIPE
from tests.cast import Cast, logged_in
from tests.shop import Shop

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

FORM = {"pack": "twenty", "agree": "yes"}


@pytest.fixture
def hanging(settings: Settings) -> Iterator[None]:
    """A Stripe that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as hole:
        settings.STRIPE_API = f"http://127.0.0.1:{hole.getsockname()[1]}"
        settings.STRIPE_TIMEOUT = 10
        settings.STRIPE_PAGE_SECONDS = 1.0
        yield


def test_buying_ends_in_a_sentence(shop: Shop, cast: Cast, hanging: None) -> None:
    began = time.monotonic()
    answer = logged_in(cast.alice).post("/buy/", FORM)
    assert time.monotonic() - began < 2
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "The payment service does not answer just now." in answer.content.decode()


@pytest.mark.parametrize("page", ["return", "pay"])
def test_coming_back_does_too(shop: Shop, cast: Cast, request: pytest.FixtureRequest, page: str) -> None:
    purchase = shop.order(cast.alice)
    request.getfixturevalue("hanging")
    began = time.monotonic()
    answer = logged_in(cast.alice).get(f"/purchases/{purchase.pk}/{page}")
    assert time.monotonic() - began < 2
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "The payment service does not answer just now." in answer.content.decode()


def test_after_a_silence_nothing_more_is_asked(hanging: None) -> None:
    page = patience.Patience(1.0)
    token = patience._page.set(page)
    try:
        began = time.monotonic()
        for _ in range(5):
            with pytest.raises(stripe_api.Silent):
                stripe_api.session("cs_test_1")
        assert time.monotonic() - began < 1
    finally:
        patience._page.reset(token)


def test_a_job_waits_for_longer(settings: Settings, hanging: None) -> None:
    """The control: what no customer waits for asks three times."""
    settings.STRIPE_TIMEOUT = 0.5
    began = time.monotonic()
    with pytest.raises(stripe_api.Silent):
        stripe_api.session("cs_test_1")
    assert time.monotonic() - began > 1.4


def test_only_some_pages_wait(shop: Shop, cast: Cast, hanging: None) -> None:
    with STRIPE.taken(), STRIPE.taken(), STRIPE.taken():
        began = time.monotonic()
        assert logged_in(cast.alice).post("/buy/", FORM).status_code == 503
        assert time.monotonic() - began < 0.4


def test_a_stripe_that_answers_is_asked_as_ever(shop: Shop, cast: Cast) -> None:
    """The control of all."""
    assert logged_in(cast.alice).post("/buy/", FORM).status_code == 303
    assert logged_in(cast.alice).get(f"/purchases/{Purchase.objects.get().pk}/return").status_code == 200
