"""The outbox: a letter is a row in the transaction that it tells of, and the queue `mail` sends it.

It is tried for two days, later and later. When it has gone, or is given up, its words and address are erased.
docs/decisions/0037 says why this is not a library.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils import timezone

from accounts.models import Letter
from render.jobs import clock
from render.jobs.deadline import deadline
from render.jobs.errors import TimedOut
from render.jobs.lease import Lease
from render.jobs.models import Job
from render.jobs.queue import enqueue
from render.jobs.registry import Result, handler, on_sweep, within

log = logging.getLogger(__name__)

KIND, QUEUE = "letter", "mail"
PATIENCE = within(QUEUE, 0.5)
"""Seconds for one try. The socket's own limit is on each answer: a server that drips could hold a worker."""

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=2)
GIVE_UP = timedelta(days=2)
LATE = timedelta(hours=1)  # after which the health page says that mail does not go out
TOLD = timedelta(days=7)  # for which it counts the letters that were given up
AT_ONCE = 200  # rows a sweep looks at
PERMANENT = 500  # from here on an SMTP answer says that another try ends the same way


class Unsupported(ValueError):
    """A letter has more than words and one addressee: attachments, headers or an address to reply to."""


class Outbox(BaseEmailBackend):
    """Django's way to send mail, which only puts it into the outbox."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            post(message)
        return len(email_messages)


def post(message: EmailMessage, *, key: uuid.UUID | None = None) -> None:
    """Write a letter to each addressee, in the caller's transaction. A key writes one, and never again."""
    if message.attachments or message.extra_headers or message.reply_to:
        raise Unsupported("A letter holds text and HTML only. Link to what you want to attach.")
    for number, recipient in enumerate(message.recipients()):
        _write(message, recipient, key and uuid.uuid5(key, str(number)))


def _write(message: EmailMessage, recipient: str, key: uuid.UUID | None) -> None:
    letter = Letter(
        key=key,
        recipient=recipient,
        sender=message.from_email,
        subject=" ".join(str(message.subject).split())[:300],
        text=str(message.body),
        html=_html(message),
        next_try_at=timezone.now() + FIRST_WAIT,
    )
    try:
        with transaction.atomic():
            letter.save(force_insert=True)
            _ring(letter.id)
    except IntegrityError:
        if key is None or not Letter.objects.filter(key=key).exists():
            raise


def _html(message: EmailMessage) -> str:
    alternatives = getattr(message, "alternatives", [])
    return next((str(content) for content, mimetype in alternatives if mimetype == "text/html"), "")


def _ring(letter_id: uuid.UUID) -> None:
    """One job lives for a letter, so one worker of all hosts tries it. The outbox itself counts the tries."""
    enqueue(kind=KIND, subject=letter_id, max_attempts=1)


@handler(KIND, queue=QUEUE, timeout=within(QUEUE, 0.6))
def deliver(lease: Lease) -> Result | None:
    """Try one letter. A mail server that does not take it is no failure of ours: the sweep tries again."""
    letter = Letter.objects.waiting().filter(pk=lease.subject).first()
    if letter is None or not _count_try(letter):
        return None
    lease.report("sending", 0.0)
    try:
        with deadline(PATIENCE):
            _send(letter)
    except (OSError, TimedOut) as error:  # all of smtplib's errors are OSErrors
        log.warning("Letter %s was not taken at try %d: %s.", letter.id, letter.tries + 1, _why(error))
        if _is_no_address(error):
            _end(letter, Letter.State.GIVEN_UP)
        return {"sent": False}
    _end(letter, Letter.State.SENT)
    return {"sent": True}


def _count_try(letter: Letter) -> bool:
    """Whether this try is ours. It is counted before it is made, so that a worker that dies uses one up."""
    wait = min(FIRST_WAIT * 2**letter.tries, LONGEST_WAIT)
    same = Letter.objects.waiting().filter(pk=letter.pk, tries=letter.tries)
    return bool(same.update(tries=F("tries") + 1, next_try_at=timezone.now() + wait))


def _send(letter: Letter) -> None:
    """Hand it to the mail server. Every try has the same Message-ID, so one that comes twice is known."""
    message = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        letter.sender,
        [letter.recipient],
        headers={
            "Auto-Submitted": "auto-generated",  # RFC 3834: no absence notes, please
            "Message-ID": f"<{letter.id}@{settings.EMAIL_DOMAIN}>",
        },
        connection=get_connection(settings.MAIL_TRANSPORT),
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    message.send()


def _end(letter: Letter, state: Letter.State) -> bool:
    """Erase it. What stays of one that had a key, or was given up, is empty."""
    waiting = Letter.objects.waiting().filter(pk=letter.pk)
    if state == Letter.State.SENT and letter.key is None:
        return bool(waiting.delete()[0])
    return bool(waiting.update(state=state, ended_at=timezone.now(), **dict.fromkeys(Letter.CONTENT, "")))


def _why(error: BaseException) -> str:
    """What a log may hold: a mail server's answer often repeats the address."""
    code = f" {error.smtp_code}" if isinstance(error, SMTPResponseException) else ""
    return f"{type(error).__name__}{code}"


def _is_no_address(error: BaseException) -> bool:
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(code >= PERMANENT for code, _ in error.recipients.values())


@on_sweep
def again() -> None:
    """Give up what is two days old, and say so in the log; ring for what is due."""
    now = timezone.now()
    for letter in Letter.objects.waiting().filter(written_at__lt=now - GIVE_UP)[:AT_ONCE]:
        if _end(letter, Letter.State.GIVEN_UP):
            log.error("Letter %s could not be sent for two days and is given up.", letter.id)
    jobs = Job.objects.live().filter(kind=KIND, subject=OuterRef("pk"))
    # No try is that far ahead, unless a clock was set back.
    come = Q(next_try_at__lte=now) | Q(next_try_at__gt=clock.latest() + LONGEST_WAIT)
    due = Letter.objects.waiting().filter(~Exists(jobs), come).order_by("next_try_at")
    for letter_id in due.values_list("pk", flat=True)[:AT_ONCE]:
        _ring(letter_id)


@dataclass(frozen=True)
class Condition:
    """How the outbox is, for the health page. It names nobody."""

    waiting: int
    oldest: datetime | None
    given_up: int

    @property
    def well(self) -> bool:
        """A letter from a time that lies ahead waits since before a clock was set back."""
        return self.oldest is None or timezone.now() - LATE < self.oldest <= clock.latest()

    @property
    def sentence(self) -> str:
        since = f", the oldest since {self.oldest:%Y-%m-%d %H:%M} UTC" if self.oldest else ""
        return f"{self.waiting} letters wait{since}. {self.given_up} were given up within {TOLD.days} days."


def condition() -> Condition:
    waiting = Letter.objects.waiting()
    lately = Letter.objects.filter(state=Letter.State.GIVEN_UP, ended_at__gt=timezone.now() - TOLD)
    oldest = waiting.aggregate(oldest=Min("written_at"))["oldest"]
    return Condition(waiting.count(), oldest, lately.count())
