"""Errors of views are recorded; staff are told of each cause once, and again if it comes back."""

import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any, cast

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from accounts.models import User
from render.jobs import failures
from render.jobs.failure_models import Failure
from render.jobs.registry import on_sweep

Answer = Callable[[HttpRequest], HttpResponseBase]
CAUGHT = {"django.db.backends.base": "after a commit", "django.dispatch": "signal"}
"""Loggers of Django's that tell of errors which it catches itself, and what it was doing."""


def listen() -> None:
    """Hear of every error that Django catches."""
    got_request_exception.connect(of_view, dispatch_uid="failures")
    for name in CAUGHT:
        logging.getLogger(name).addHandler(OfLog(logging.ERROR))


def of_view(request: HttpRequest | None = None, **sent: Any) -> None:
    """Sent by Django once the failed view's transaction is rolled back."""
    error = sys.exc_info()[1]
    if error is not None:
        failures.record(error, kind=_view(request))


class OfLog(logging.Handler):
    """What Django only logs: acts after a commit, and receivers of signals."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            failures.record(record.exc_info[1], kind=CAUGHT.get(record.name, record.name))


def watch_streams(answer: Answer) -> Answer:
    """Middleware: an answer that breaks while it is being sent has left its view, and Django, behind."""

    def watched(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response.streaming_content = _sent(response, _view(request))
        return response

    return watched


def _sent(response: StreamingHttpResponse, kind: str) -> Iterator[bytes]:
    parts = cast("Iterator[bytes]", response.streaming_content)

    def pass_on() -> Iterator[bytes]:
        try:
            yield from parts
        except Exception as error:
            failures.record(error, kind=kind)
            raise

    return pass_on()


def _view(request: HttpRequest | None) -> str:
    match = getattr(request, "resolver_match", None)
    return f"view {match.view_name}" if match else "view"


@on_sweep
def tell() -> None:
    """Write to staff about every cause that they do not know."""
    if not settings.SUPPORT_EMAIL:
        return  # `check` warns of it; a cause waits until there is somebody to tell
    for failure in Failure.objects.untold():
        with transaction.atomic():
            if failures.take_untold(failure=failure):
                _send(failure)


def settle(*, failure: Failure, by: User) -> None:
    """A member of staff has looked at it."""
    failures.settle(failure=failure, by=f"user {by.pk}")


def _send(failure: Failure) -> None:
    context = {"failure": failure, "event": failure.events.first(), "site": settings.SITE_URL}
    mail = EmailMultiAlternatives(
        f"Something fails: {failure.kind}"[:100],
        render_to_string("failures/mail/cause.txt", context),
        to=[settings.SUPPORT_EMAIL],
    )
    mail.attach_alternative(render_to_string("failures/mail/cause.html", context), "text/html")
    mail.send()
