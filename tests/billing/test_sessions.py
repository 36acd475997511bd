"""Sessions that end otherwise, and a Stripe that is busy."""

import pytest

from accounts.models import User
from billing import reconcile, stripe_api
from billing.models import Purchase
from tests.cast import Cast, logged_in, person
from tests.shop import Shop

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


@pytest.fixture
def alice(db: None) -> User:
    return person("alice@example.org", agreed=False)


def test_an_expired_session_is_expired(shop: Shop, alice: User) -> None:
    purchase = shop.order(alice)
    shop.books.skew = 7200
    reconcile.reconcile()
    shop.work()
    purchase.refresh_from_db()
    assert purchase.state == Purchase.State.EXPIRED


def test_too_many_requests_are_asked_again(shop: Shop, alice: User) -> None:
    shop.books.turn({"busy": 3})
    assert shop.order(alice).stripe_session


def test_a_failed_request_leaves_a_sentence_and_nothing_paid(shop: Shop, cast: Cast) -> None:
    shop.books.turn({"deaf": True})
    page = logged_in(cast.alice).post("/buy/", {"pack": "twenty", "agree": "yes"})
    assert page.status_code == 400
    assert b"Nothing was paid" in page.content


def test_a_wrong_parameter_is_refused_as_stripe_would(shop: Shop) -> None:
    with pytest.raises(Exception, match="unknown parameter: amont"):
        stripe_api.client().v1.refunds.create({"payment_intent": "pi_1", "amont": 5})  # type: ignore[arg-type]
