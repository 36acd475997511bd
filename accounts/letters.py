"""Mail goes through the queue: a page does not wait for a mail server, and one that is down loses nothing.

A letter is a row until it has gone. The sweeper tries again, later and later, for two days.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from accounts.models import Letter
from render.jobs.lease import Lease
from render.jobs.queue import enqueue
from render.jobs.registry import handler, on_sweep, within

log = logging.getLogger(__name__)

KIND, QUEUE = "letter", "mail"
TIMEOUT = within(QUEUE, 0.5)
"""Half of what the queue allows: a mail server that hangs is left before the worker is killed."""

FIRST_WAIT = timedelta(minutes=1)
GIVE_UP = timedelta(days=2)


class Post(BaseEmailBackend):
    """Django's way to send mail, which only puts it into the box."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for recipient in message.recipients():
                drop(message=message, recipient=recipient)
        return len(email_messages)


def drop(*, message: EmailMessage, recipient: str) -> Letter:
    """Store one letter and ring for it; both commit with the caller's transaction."""
    with transaction.atomic():
        letter = Letter.objects.create(
            recipient=recipient,
            sender=message.from_email,
            subject=str(message.subject),
            text=str(message.body),
            html=_html(message),
            next_try_at=timezone.now() + FIRST_WAIT,
        )
        enqueue(kind=KIND, subject=letter.id)
    return letter


@handler(KIND, queue=QUEUE, timeout=TIMEOUT)
def deliver(lease: Lease) -> None:
    """Hand one letter to the mail server, and erase it. Twice delivered by the queue, it finds nothing."""
    letter = Letter.objects.filter(pk=lease.subject).first()
    if letter is None:
        return
    lease.report("sending", 0.0)
    message = EmailMultiAlternatives(letter.subject, letter.text, letter.sender, [letter.recipient])
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    message.connection = get_connection(settings.MAIL_TRANSPORT)
    message.send()
    letter.delete()


@on_sweep
def again() -> None:
    """Try what has not gone, twice as late each time; after two days give it up, and say so in the log."""
    now = timezone.now()
    for letter in Letter.objects.filter(next_try_at__lte=now):
        if letter.written_at < now - GIVE_UP:
            log.error("Letter %s could not be sent for two days and is given up.", letter.id)
            letter.delete()
            continue
        wait = FIRST_WAIT * 2**letter.tries
        taken = Letter.objects.filter(pk=letter.pk, tries=letter.tries).update(
            tries=letter.tries + 1, next_try_at=now + wait
        )
        if taken:
            enqueue(kind=KIND, subject=letter.id)


def _html(message: EmailMessage) -> str:
    alternatives = getattr(message, "alternatives", [])
    return next((str(content) for content, mimetype in alternatives if mimetype == "text/html"), "")
