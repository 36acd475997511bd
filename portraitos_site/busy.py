"""What somebody sees where all slots for slow work are taken: 503, when to come back, and one sentence."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

from render.jobs.slots import Full

RETRY_SECONDS = 10


class Busy:
    """Middleware: answers `Full` of any view with a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return page(exception) if isinstance(exception, Full) else None


def page(full: Full) -> HttpResponse:
    """Without the request: whose it is would be asked of a database that may be busy too."""
    text = render_to_string("busy.html", {"sentence": full.sentence, "fix": full.fix})
    answer = HttpResponse(text, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    add_never_cache_headers(answer)
    return answer
