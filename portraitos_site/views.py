import sys

from django.db import InterfaceError, OperationalError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing.models import Pack
from portraitos_site import health
from render.jobs.errors import no_room
from studio import sheet, sitter
from studio.models import Style


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "landing.html",
        {
            "frames": sheet.window(9),
            "opening": sheet.shown_in_full(),
            "packs": Pack.objects.filter(active=True),
            "styles": Style.objects.offered().count(),
            "sitter": sitter.size(),
            "caption": sitter.caption(),
            "rendered": sitter.caption_rendered() if sitter.is_default() else "",
            "alternative": sitter.alternative(),
        },
    )


@require_safe
def demonstration_sitter(request: HttpRequest) -> FileResponse:
    try:
        return FileResponse(sitter.picture().open("rb"), headers={"Cache-Control": "max-age=3600"})
    except FileNotFoundError:
        raise Http404("The demonstration sitter is not in place: run manage.py place_sitter.") from None


@require_safe
def refunds(request: HttpRequest) -> HttpResponse:
    """What a credit pays for, and when it or its money comes back."""
    return render(request, "terms/refunds.html")


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "terms/terms.html")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For what asks without having read a page: feeds, bookmarks, the admin."""
    return redirect(static("site/mark.svg"))


@never_cache
def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent cannot be read: a broken form, too much of it, a host that is not ours."""
    # Without the request, which may be what cannot be read.
    return HttpResponse(render_to_string("400.html"), status=400)


@never_cache
def broken(request: HttpRequest) -> HttpResponse:
    """Whatever a view raised. What passes is told apart: a database that is away, a disk that is full."""
    error = sys.exc_info()[1]
    full = error is not None and no_room(error)
    away = isinstance(error, OperationalError | InterfaceError)
    # Without the request, because whose it is would be asked of that database.
    page = render_to_string("503.html" if full or away else "500.html", {"full": full})
    if full or away:
        return HttpResponse(page, status=503, headers={"Retry-After": "60" if full else "10"})
    return HttpResponse(page, status=500)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    parts = health.parts()
    red = [part.name for part in parts if not part.well]
    body = {
        "well": not red,
        "red": red,
        "parts": {part.name: _told(part) for part in parts},
    }
    return JsonResponse(body, status=503 if red else 200)


def _told(part: health.Part) -> dict[str, object]:
    told: dict[str, object] = {"well": part.well, "says": part.sentence}
    return told if part.count is None else {**told, "count": part.count}
