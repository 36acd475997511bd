"""Money waits for no mail server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.mail import send_mail
from pytest_django import Settings

from tests.cast import person
from tests.jobs.house import House, until
from tests.mail_server import MailServer, listening
from tests.shop import SECRET, Shop, balance

pytestmark = [pytest.mark.rows, pytest.mark.slow]


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with listening(hangs=True) as server:
        yield server


@pytest.fixture
def house(committed: None, shop: Shop, mail_server: MailServer, tmp_path: Path) -> Iterator[House]:
    """The workers of money and of mail, one each, with a mail server that takes calls and says nothing."""
    house = House(
        tmp_path / "house",
        "--no-web",
        "--queues",
        "money",
        "mail",
        JOB_HANDLERS="",
        JOB_SILENCE_SECONDS="60",  # a busy machine needs a while to start them
        MONEY_WORKERS="1",
        MAIL_TIMEOUT="60",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=str(mail_server.port),
        EMAIL_USE_TLS="0",
        STRIPE_DEV_PORT=str(shop.server.http.server_port),
        STRIPE_WEBHOOK_SECRET=SECRET,
    )
    yield house
    house.stop()


def test_a_mail_server_that_never_answers_delays_no_grant(
    house: House, shop: Shop, mail_server: MailServer, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "accounts.letters.Outbox"
    alice = person("alice@example.org", agreed=False)
    purchase = shop.order(alice)
    for number in range(3):
        send_mail(f"Letter {number}", "Hello.", None, ["charlie@example.org"])
    until(lambda: mail_server.conversations, "a worker speaks to the mail server")
    shop.pay(purchase)
    shop.deliver_all()
    until(lambda: balance(alice) == (20, 0), "the paid pack is granted")
    assert not any(said.ended for said in mail_server.conversations), "The grant waited for a letter."
