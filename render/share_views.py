import secrets
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from render import moderation, prints, reports
from render.errors import TooManyReports
from render.file_views import JPEG, sent
from render.gate import own_portrait
from render.models import Portrait
from studio.gate import private


@login_required
@require_POST
def share(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make the link under which anybody can look at it, or take it back: the old one never works again."""
    found = own_portrait(request, pk)
    if found.share:
        found.save_fields(share=None)
        messages.success(request, "The link is dead.")
    elif found.state == Portrait.State.DELIVERED and not found.rejected:
        found.save_fields(share=secrets.token_urlsafe(32))
    return redirect(f"{found.get_absolute_url()}#share")


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody sees who has the link: the picture, and no more."""
    answer = private(render(request, "portraits/shared.html", {"portrait": _shared(token), "token": token}))
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_safe
def shared_picture(request: HttpRequest, token: str) -> HttpResponseBase:
    answer = sent(prints.screen(_shared(token)), JPEG)
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_POST
def report(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever sees a shared picture may ask a moderator to look at it."""
    found = _shared(token)
    words = request.POST.get("words", "").strip() or "A visitor reported it."
    try:
        moderation.report(portrait=found, words=words, reporter=reports.reporter(request))
    except TooManyReports as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Thank you. A person will look at it.")
    return redirect("shared", token)


def _shared(token: str) -> Portrait:
    rows = Portrait.objects.shown().exclude(verdict=Portrait.Verdict.REJECTED)
    return get_object_or_404(rows, share=token, state=Portrait.State.DELIVERED, shoot__owner__is_active=True)
