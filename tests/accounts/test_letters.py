"""The outbox: a letter goes once, waits for a server that is down, and leaves nothing behind."""

import logging
import smtplib
import uuid
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from accounts import checks, letters, privacy
from accounts.models import Letter
from portraitos_site import health
from render.jobs.models import Job
from render.jobs.work import work
from tests.cast import Cast
from tests.mail_server import MailServer, listening

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

HERE = "django.core.mail.backends.locmem.EmailBackend"
DOWN = "tests.accounts.test_letters.Down"
REFUSING = "tests.accounts.test_letters.Refusing"
KEY = uuid.UUID(int=7)


class Down(mail.backends.base.BaseEmailBackend):  # type: ignore[name-defined, misc]
    """A mail server that answers nobody."""

    def send_messages(self, email_messages: object) -> int:
        raise ConnectionRefusedError


class Refusing(mail.backends.base.BaseEmailBackend):  # type: ignore[name-defined, misc]
    """A mail server that knows no such address, and repeats it."""

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        to = email_messages[0].to[0]
        raise smtplib.SMTPRecipientsRefused({to: (550, f"<{to}> unknown".encode())})


@pytest.fixture(autouse=True)
def _the_real_outbox(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "accounts.letters.Outbox"


def code(to: str = "alice@example.org") -> EmailMultiAlternatives:
    message = EmailMultiAlternatives("Your code", "482 913", None, [to])
    message.attach_alternative("<p>482 913</p>", "text/html")
    return message


def run() -> None:
    for job in Job.objects.filter(kind="letter", state=Job.State.QUEUED):
        work(str(job.id))


def make_due() -> None:
    Letter.objects.update(next_try_at=timezone.now())
    letters.again()


def test_a_page_does_not_send_and_the_worker_does() -> None:
    code().send()
    assert mail.outbox == []
    assert Letter.objects.count() == 1
    run()
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert (sent.subject, sent.body, sent.to) == ("Your code", "482 913", ["alice@example.org"])
    assert sent.alternatives == [("<p>482 913</p>", "text/html")]
    assert not Letter.objects.exists()


def test_a_letter_commits_with_what_it_tells_of() -> None:
    with transaction.atomic():
        code().send()
        transaction.set_rollback(True)
    assert not Letter.objects.exists()
    assert not Job.objects.exists()


def test_the_job_row_says_nothing_of_the_letter() -> None:
    code().send()
    job = Job.objects.get(kind="letter")
    assert job.payload == {}
    run()
    job.refresh_from_db()
    assert "alice" not in str(job.__dict__)


def test_each_addressee_gets_a_letter_of_their_own() -> None:
    send_mail("Both", "of you", None, ["alice@example.org", "charlie@example.org"])
    run()
    assert sorted(sent.to for sent in mail.outbox) == [["alice@example.org"], ["charlie@example.org"]]


def test_what_a_letter_cannot_carry_is_refused_and_not_dropped() -> None:
    for more in (
        {"reply_to": ["a@b.example"]},
        {"headers": {"X-A": "b"}},
        {"attachments": [("a", "b", None)]},
    ):
        with pytest.raises(letters.Unsupported):
            EmailMessage("Subject", "Text", None, ["alice@example.org"], **more).send()
    assert not Letter.objects.exists()


def test_delivered_twice_by_the_queue_it_goes_once() -> None:
    code().send()
    job = Job.objects.get(kind="letter")
    for _ in range(2):
        work(str(job.id))
    assert len(mail.outbox) == 1


def test_a_key_writes_one_letter_even_after_it_has_gone() -> None:
    for _ in range(2):
        letters.post(code(), key=KEY)
    assert Letter.objects.count() == 1
    run()
    letters.post(code(), key=KEY)
    run()
    assert len(mail.outbox) == 1
    (left,) = Letter.objects.values_list("state", *Letter.CONTENT)
    assert left == ("sent", "", "", "", "", "")


@pytest.mark.dialect
def test_an_ended_letter_can_hold_nothing() -> None:
    letters.post(code(), key=KEY)
    with pytest.raises(IntegrityError, match="letter_ended_is_empty"), transaction.atomic():
        Letter.objects.update(state=Letter.State.SENT, ended_at=timezone.now())


def test_a_server_that_is_down_loses_nothing(settings: Settings) -> None:
    settings.MAIL_TRANSPORT = DOWN
    code().send()
    run()
    assert Job.objects.get(kind="letter").state == Job.State.DONE  # it is not our failure
    letters.again()  # not yet
    assert not Job.objects.live().exists()
    make_due()
    settings.MAIL_TRANSPORT = HERE
    run()
    assert len(mail.outbox) == 1
    assert not Letter.objects.exists()


def test_tries_come_later_and_later_and_end_after_two_days(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MAIL_TRANSPORT = DOWN
    code().send()
    run()
    waits = []
    for _ in range(9):
        make_due()
        run()
        waits.append(round((Letter.objects.get().next_try_at - timezone.now()).total_seconds() / 60))
    assert waits == [2, 4, 8, 16, 32, 64, 120, 120, 120]
    Letter.objects.update(written_at=F("written_at") - letters.GIVE_UP)
    letters.again()
    assert "could not be sent for two days and is given up" in caplog.text
    assert Letter.objects.values_list("state", *Letter.CONTENT).get() == ("given_up", "", "", "", "", "")
    make_due()
    assert not Job.objects.live().exists()


@pytest.mark.dialect
def test_workers_of_two_hosts_make_one_try() -> None:
    """No second job can be queued, and of two workers with the same letter one counts the try."""
    code().send()
    make_due()
    make_due()
    assert Job.objects.live().count() == 1
    letter = Letter.objects.get()
    assert letters._count_try(letter)
    assert not letters._count_try(letter)


def test_an_address_that_does_not_exist_is_given_up_at_once_and_no_log_repeats_it(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MAIL_TRANSPORT = REFUSING
    caplog.set_level(logging.DEBUG)
    code().send()
    run()
    assert Letter.objects.get().state == Letter.State.GIVEN_UP
    assert "SMTPRecipientsRefused" in caplog.text
    assert "alice" not in caplog.text


def part() -> health.Part:
    return next(part for part in health.parts() if part.name == "letters")


def test_the_health_page_counts_letters_and_is_red_when_mail_does_not_go_out() -> None:
    assert part().well
    code().send()
    assert part().well
    assert part().count == 1
    assert part().sentence.startswith("1 letters wait, the oldest since 20")
    Letter.objects.update(written_at=timezone.now() - letters.LATE)
    assert not part().well
    assert "alice" not in part().sentence
    letters._end(Letter.objects.get(), Letter.State.GIVEN_UP)
    assert part().well
    assert part().sentence == "0 letters wait. 1 were given up within 7 days."


def test_erasing_an_account_erases_its_letters_to_any_of_its_addresses(cast: Cast) -> None:
    EmailAddress.objects.create(user=cast.alice, email="other@example.org", verified=False)
    for to in ("ALICE@example.org", "other@example.org", "charlie@example.org"):
        code(to).send()
    with transaction.atomic():
        assert privacy.erase(cast.alice)["letters not yet sent"] == 2
    run()
    assert [sent.to for sent in mail.outbox] == [["charlie@example.org"]]


def test_a_site_in_production_says_where_its_letters_go(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_DOMAIN = "", "localhost"
    settings.DEBUG = True
    assert checks.mail(None) == []
    settings.DEBUG = False
    assert [message.id for message in checks.mail(None)] == ["accounts.E002", "accounts.W001"]
    settings.EMAIL_HOST, settings.EMAIL_DOMAIN = "mail.example", "portraits.example"
    assert checks.mail(None) == []
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "studio", ""
    assert [message.id for message in checks.mail(None)] == ["accounts.E003"]
    settings.EMAIL_HOST_PASSWORD = "a secret"
    assert checks.mail(None) == []
    settings.EMAIL_PORT = 465
    assert [message.id for message in checks.mail(None)] == ["accounts.E005"]


@pytest.mark.django_db(transaction=True)
def test_letters_that_waited_before_the_outbox_are_carried_over() -> None:
    old = [("accounts", "0007_receipts_of_identities")]
    try:
        executor = MigrationExecutor(connection)
        executor.migrate(old)
        before = executor.loader.project_state(old).apps.get_model("accounts", "Letter")
        before.objects.create(
            recipient="alice@example.org", sender="studio@example.org", subject="Hello", text="Words"
        )
    finally:
        call_command("migrate", verbosity=0)
    make_due()
    run()
    assert [(sent.to, sent.body) for sent in mail.outbox] == [(["alice@example.org"], "Words")]


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with listening() as server:
        yield server


def test_a_server_that_refuses_for_now_is_asked_again(settings: Settings, mail_server: MailServer) -> None:
    settings.MAIL_TRANSPORT = "accounts.smtp.Transport"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", mail_server.port, False
    mail_server.answers["rcpt"] = "450 Greylisted."
    code().send()
    run()
    mail_server.answers.clear()
    make_due()
    run()
    first, second = mail_server.conversations
    assert not first.data
    assert second.letter["To"] == "alice@example.org"
    assert not Letter.objects.exists()


def test_a_server_that_never_answers_is_left(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the outbox's own clock: the socket's starts anew with every answer."""
    monkeypatch.setattr(letters, "PATIENCE", 0.3)
    with listening(hangs=True) as server:
        settings.MAIL_TRANSPORT = "accounts.smtp.Transport"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        code().send()
        run()
    assert Job.objects.get(kind="letter").state == Job.State.DONE
    assert Letter.objects.waiting().get().tries == 1
