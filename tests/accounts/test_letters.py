"""Mail through the queue: it goes once, waits for a server that is down, and leaves nothing behind."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives, send_mail
from django.utils import timezone
from pytest_django import Settings

from accounts import letters
from accounts.models import Letter
from render.jobs.models import Job
from render.jobs.work import work

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

DOWN = "tests.accounts.test_letters.Down"


class Down(mail.backends.base.BaseEmailBackend):  # type: ignore[name-defined, misc]
    """A mail server that answers nobody."""

    def send_messages(self, email_messages: object) -> int:
        raise ConnectionRefusedError


@pytest.fixture(autouse=True)
def _the_real_box(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "accounts.letters.Post"
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"


def write() -> None:
    message = EmailMultiAlternatives("Your code", "482 913", None, ["alice@example.org"])
    message.attach_alternative("<p>482 913</p>", "text/html")
    message.send()


def run() -> None:
    for job in Job.objects.filter(kind="letter", state=Job.State.QUEUED):
        work(str(job.id))


def test_a_page_does_not_send_and_the_worker_does() -> None:
    write()
    assert mail.outbox == []
    assert Letter.objects.count() == 1
    run()
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert (sent.subject, sent.body, sent.to) == ("Your code", "482 913", ["alice@example.org"])
    assert sent.alternatives == [("<p>482 913</p>", "text/html")]
    assert not Letter.objects.exists()


def test_the_job_row_says_nothing_of_the_letter() -> None:
    write()
    job = Job.objects.get(kind="letter")
    assert job.payload == {}
    run()
    job.refresh_from_db()
    assert "alice" not in str(job.__dict__)


def test_each_addressee_gets_a_letter_of_their_own() -> None:
    send_mail("Both", "of you", None, ["alice@example.org", "charlie@example.org"])
    run()
    assert sorted(sent.to for sent in mail.outbox) == [["alice@example.org"], ["charlie@example.org"]]


def test_delivered_twice_by_the_queue_it_goes_once() -> None:
    write()
    job = Job.objects.get(kind="letter")
    for _ in range(2):
        work(str(job.id))
    assert len(mail.outbox) == 1


def test_a_server_that_is_down_loses_nothing(settings: Settings) -> None:
    settings.MAIL_TRANSPORT = DOWN
    write()
    for _ in range(2):
        run()
    assert Job.objects.get(kind="letter").state == Job.State.FAILED
    letters.again()  # not yet
    assert not Job.objects.live().filter(kind="letter").exists()
    Letter.objects.update(next_try_at=timezone.now())
    letters.again()
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    run()
    assert len(mail.outbox) == 1
    assert not Letter.objects.exists()


def test_tries_come_later_and_later_and_end_after_two_days() -> None:
    write()
    Job.objects.all().delete()
    waits = []
    for _ in range(4):
        Letter.objects.update(next_try_at=timezone.now())
        letters.again()
        Job.objects.all().delete()
        waits.append(round((Letter.objects.get().next_try_at - timezone.now()).total_seconds() / 60))
    assert waits == [1, 2, 4, 8]
    old = timezone.now() - letters.GIVE_UP - timedelta(seconds=1)
    Letter.objects.update(written_at=old, next_try_at=old)
    letters.again()
    assert not Letter.objects.exists()
