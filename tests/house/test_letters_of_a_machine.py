"""Every letter as a mail server receives it: in the name of the site, and said to be automatic."""

import socket
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from billing.models import Flag
from portraitos_site import privacy
from portraitos_site.environment import mail_domain
from render import letters as portrait_letters
from render.jobs.models import Job
from render.jobs.work import work
from studio.models import Selfie
from tests.cast import Cast
from tests.mail_server import MailServer, listening

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    with listening() as server:
        settings.EMAIL_BACKEND = "accounts.letters.Outbox"
        settings.MAIL_TRANSPORT = "accounts.smtp.Transport"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        settings.SITE_URL = "https://portraits.example"
        settings.EMAIL_DOMAIN = mail_domain(settings.SITE_URL)
        settings.SUPPORT_EMAIL = "support@example.org"
        yield server


def of_allauth(cast: Cast) -> None:
    Client().post("/accounts/login/code/", {"email": cast.alice.email})


def of_billing(cast: Cast) -> None:
    from billing import letters

    letters.post(name="flag", about=str(Flag.objects.create(key="k", sentence="Look.").pk))


def of_render(cast: Cast) -> None:
    portrait_letters.selfie_rejected(cast.alice, "Not a face.")


def of_a_held_photograph(cast: Cast) -> None:
    portrait_letters.selfie_cleared(cast.alice, Selfie(owner=cast.alice))


def of_the_erasure(cast: Cast) -> None:
    privacy.erase_account(user=cast.alice, address="https://portraits.example/receipts/{id}/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", [of_allauth, of_billing, of_render, of_a_held_photograph, of_the_erasure])
def test_a_letter_names_the_site_and_says_that_it_is_automatic(
    cast: Cast, mail_server: MailServer, write: Callable[[Cast], None]
) -> None:
    write(cast)
    for job in Job.objects.filter(kind="letter"):
        work(str(job.id))
    (said,) = mail_server.conversations
    assert said.commands[0] == "ehlo portraits.example"
    letter = said.letter
    assert letter["Message-ID"].endswith("@portraits.example>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"].endswith(("+0000", "-0000"))
    machine = {socket.gethostname(), socket.getfqdn()} - {"localhost"}
    assert not [name for name in machine if name.encode() in said.data]


@pytest.mark.parametrize(
    ("site", "domain"),
    [
        ("https://portraits.example", "portraits.example"),
        ("https://portraits.example:8443/studio", "portraits.example"),
        ("https://porträts.example", "xn--portrts-9wa.example"),
        ("http://127.0.0.1:8000", "localhost"),
        ("http://[::1]:8000", "localhost"),
    ],
)
def test_the_domain_of_letters_is_the_host_of_the_site(site: str, domain: str) -> None:
    assert mail_domain(site) == domain


def test_the_defaults_follow_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    from portraitos_site import settings as module

    with monkeypatch.context() as patched:
        patched.setenv("SITE_URL", "https://portraits.example/")
        patched.setenv("EMAIL_HOST", "mail.example")
        patched.delenv("DEFAULT_FROM_EMAIL", raising=False)
        again = importlib.reload(module)
        assert again.DEFAULT_FROM_EMAIL == again.SERVER_EMAIL == "PortraitOS <studio@portraits.example>"
        assert (again.EMAIL_DOMAIN, again.MAIL_TRANSPORT) == ("portraits.example", "accounts.smtp.Transport")
    importlib.reload(module)
