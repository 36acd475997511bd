"""A NUL byte is no text: PostgreSQL refuses it in every column, and no page of ours sends one.

Whatever a request can put into a query is looked at here: path, query, cookies, headers, and the form.
"""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from portraitos_site.views import unreadable

NUL = "\0"
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


class NulBytes:
    """Middleware: answers a request that carries one with 400, before the database hears of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _has_nul(_address_and_headers(request)):
            return _refused(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Here, because whoever limits the size of forms has let this one pass by now."""
        if request.content_type in FORMS and _has_nul(_fields(request)):
            return _refused(request)
        return None


def _address_and_headers(request: HttpRequest) -> Iterable[str]:
    sent = (value for name, value in request.META.items() if name.startswith("HTTP_"))
    query = request.META.get("QUERY_STRING", "").replace("%00", NUL)
    return chain([request.path_info, query], sent, request.COOKIES, request.COOKIES.values())


def _fields(request: HttpRequest) -> Iterable[str]:
    for name, values in request.POST.lists():
        yield name
        yield from map(str, values)


def _has_nul(texts: Iterable[str]) -> bool:
    return any(NUL in text for text in texts)


def _refused(request: HttpRequest) -> HttpResponse:
    return unreadable(request, BadRequest("A NUL byte."))
