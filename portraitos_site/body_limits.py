"""How large a request may be, and how many photographs are taken in at once.

The server counts the bytes as they come (server.py) and keeps none of a body that is too large; here such a
request gets its answer, before anything parses it.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

from portraitos_site import busy
from portraitos_site.views import unreadable
from render.jobs.slots import UPLOADS, Full
from render.pipeline.errors import FileTooLarge, Refused
from studio import uploads

REFUSED = "portraitos.refused"
"""In the WSGI environment: the status with which the server has given up on the body."""


class FormTooLarge(Refused):
    code = "form_too_large"
    sentence = "What your browser sent is larger than a form can be."
    fix = "Go back, and send less."


class BodyLimits:
    """Middleware: behind authentication, because only somebody who is signed in has photographs to send."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        refused = request.META.get(REFUSED)
        if refused == HTTPStatus.SERVICE_UNAVAILABLE:
            return busy.page(Full())
        said = request.META.get("CONTENT_LENGTH") or "0"
        if not (said.isascii() and said.isdigit()):
            return unreadable(request, BadRequest("The length of the body is no number."))
        if refused or int(said) > uploads.largest_body(request.path_info):
            return _too_large(request)
        if request.method == "POST" and request.path_info == uploads.address():
            return self._upload(request)
        return self.get_response(request)

    def _upload(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(uploads.address())
        try:
            with UPLOADS.taken(owner=request.user.pk):
                return self.get_response(request)
        except Full as full:
            return busy.page(full)


def _too_large(request: HttpRequest) -> HttpResponse:
    refused = FileTooLarge() if request.path_info == uploads.address() else FormTooLarge()
    words = {"sentence": refused.sentence, "fix": refused.fix}
    answer = HttpResponse(render_to_string("413.html", words), status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    add_never_cache_headers(answer)
    return answer
