"""What somebody sees, and staff is told, when a file that was delivered is not there."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from render.errors import FileLost
from studio.gate import private

log = logging.getLogger(__name__)


class LostFiles:
    """Middleware: answers a `FileLost` of any view with a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, FileLost):
            return None
        tell(exception)
        page = {"error": exception, "support": settings.SUPPORT_EMAIL}
        return private(render(request, "portraits/file_lost.html", page, status=500))


def tell(error: FileLost) -> None:
    """Tell staff which file it is, and how to find all like it."""
    log.error("%s is lost: %s Run manage.py verify_files.", error.path, error.why)
