"""The shop as tests see it: the development Stripe on loopback, the real SDK, and a worker by hand.

Events wait in Stripe's outbox until a test delivers them, in whatever order it likes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe as sdk
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing import checkout, recent, stripe_api
from billing.models import Account, Lot, Pack, Purchase
from billing.stripe_dev.acts import World
from billing.stripe_dev.books import Books, Thing
from billing.stripe_dev.server import StripeDev
from render.jobs.models import Job
from render.jobs.work import work

SECRET = "whsec_of_the_tests"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
TIMEOUT = 0.4  # seconds that the site waits for Stripe


def stays_here(url: str) -> None:
    """No test reaches Stripe by mistake."""
    if urlsplit(url).hostname not in LOOPBACK:
        pytest.fail(f"A test asked {url}, which is not on this machine.")


@pytest.fixture(autouse=True)
def _stripe_stays_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("sandbox"):
        return
    asks = sdk.RequestsClient.request

    def guarded(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        stays_here(url)
        return asks(self, method, url, *args, **kwargs)

    monkeypatch.setattr(sdk.RequestsClient, "request", guarded)
    monkeypatch.setattr(sdk.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(stripe_api, "PAUSE", 0.01)


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[StripeDev]:
    server = StripeDev(
        port=0, webhook="http://127.0.0.1:9/", secret=SECRET, api_version=stripe_api.API_VERSION
    )
    server.start()
    yield server
    server.stop()


@dataclass
class Shop:
    server: StripeDev

    @property
    def books(self) -> Books:
        return self.server.books

    @property
    def world(self) -> World:
        return self.server.world

    def order(self, user: User, pack: str = "twenty") -> Purchase:
        """A purchase whose customer stands before Stripe's page."""
        checkout.start(
            user=user,
            pack=pack,
            agreed=True,
            back_to="/styles/",
            known=[str(order.id) for order in recent.orders(user)],
            address=lambda purchase, *, paid: f"http://testserver/purchases/{purchase}/return",
        )
        return Purchase.objects.filter(account__user=user).latest("created_at")

    def pay(self, purchase: Purchase, **how: Any) -> Thing:
        assert purchase.stripe_session is not None
        return self.world.pay(purchase.stripe_session, **how)

    def sell(self, user: User, **how: Any) -> Purchase:
        """Ordered, paid, told and granted."""
        purchase = self.order(user)
        self.pay(purchase, **how)
        self.deliver_all()
        self.work()
        purchase.refresh_from_db()
        return purchase

    def deliver(self, event: Thing) -> HttpResponse:
        body, signature = self.server.post.signed(event)
        return send(body, signature)

    def deliver_all(self) -> None:
        while self.books.outbox:
            assert self.deliver(self.books.outbox.pop(0)).status_code == 200

    def lose_all(self) -> None:
        self.books.outbox.clear()

    def work(self) -> None:
        """Do every queued job, and what it queues, as a worker would."""
        while (job := Job.objects.filter(state=Job.State.QUEUED).order_by("created_at").first()) is not None:
            work(str(job.id))

    def refunds(self) -> list[Thing]:
        """As Stripe has them."""
        return self.books.all("refund")


def send(body: bytes, signature: str, **more: Any) -> HttpResponse:
    return Client().post(  # type: ignore[return-value]
        "/stripe/webhook/",
        data=body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
        **more,
    )


PACK = {"slug": "twenty", "name": "Studio pack", "credits": 20, "price_cents": 2900, "currency": "usd"}


@pytest.fixture
def shop(db: None, stripe_server: StripeDev, settings: Settings) -> Iterator[Shop]:
    settings.STRIPE_API = stripe_server.address
    settings.STRIPE_PAY_PAGES = [stripe_server.address]
    settings.STRIPE_SECRET_KEY = "sk_test_tests"
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    settings.STRIPE_TIMEOUT = TIMEOUT
    settings.SUPPORT_EMAIL = "support@example.org"
    Pack.objects.get_or_create(slug=PACK["slug"], defaults=PACK)  # a test with real commits sweeps it away
    stripe_server.books.reset()
    stripe_server.books.turn({"hold": True, "late_seconds": 2 * TIMEOUT})
    yield Shop(stripe_server)
    stripe_server.books.reset()


def balance(user: User) -> tuple[int, int]:
    """What the user can spend, and what is set aside."""
    account = Account.objects.get(user=user)
    return account.available, account.held


def lot_of(purchase: Purchase) -> Lot:
    purchase.refresh_from_db()
    assert purchase.lot is not None
    return purchase.lot


def make_due() -> None:
    """As if the time to look again had come."""
    from billing.models import Refund, StripeEvent

    now = timezone.now()
    Purchase.objects.update(look_at=now)
    Refund.objects.update(look_at=now)
    StripeEvent.objects.update(due_at=now)
