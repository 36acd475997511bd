"""How long a page waits for Stripe: a few seconds in all, however much it asks; and only some at once do.

Jobs have no such limit. Where Stripe hangs, as many pages wait for it as there are slots, and all other
threads go on serving.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from render.jobs.slots import STRIPE, Full

_page: ContextVar["Patience | None"] = ContextVar("patience", default=None)


class Exhausted(Exception):
    """This page has waited for long enough, or too many others are waiting."""


@dataclass
class Patience:
    """Of one request: ``seconds`` in all, ``waited`` so far."""

    seconds: float
    waited: float = 0.0

    @property
    def timeouts(self) -> tuple[float, float]:
        """For a connection and for its answer, so that a question that is asked early enough ends in time."""
        return self.seconds / 4, self.seconds / 2

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Within it one question is asked. Raises Exhausted where none may be."""
        if self.waited > self.seconds / 4:
            raise Exhausted("This page has waited for Stripe for as long as it may.")
        began = time.monotonic()
        try:
            with STRIPE.taken():
                yield
        except Full as full:
            raise Exhausted("Too many pages wait for Stripe.") from full
        finally:
            self.waited += time.monotonic() - began


class ShortPatience:
    """Middleware: what a page asks of Stripe has to be answered soon."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        before = _page.set(Patience(settings.STRIPE_PAGE_SECONDS))
        try:
            return self.get_response(request)
        finally:
            _page.reset(before)


def of_page() -> Patience | None:
    """The patience of the page that is being made; None in a job."""
    return _page.get()
