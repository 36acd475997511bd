"""The files of a portrait. Each has its gatekeeper, and nobody on the way keeps one."""

import uuid
from pathlib import Path
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
)
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_POST, require_safe

from render import bundle, copies, downloads, prints
from render.errors import NotYetDelivered
from render.gate import own_portrait, own_shoot
from render.models import Copy, Portrait
from render.pipeline import tiles
from studio.gate import private

TILE = 512
JPEG = "image/jpeg"
DAY = "private, max-age=86400"
"""A tile is asked for again and again while a loupe moves; only the owner's own browser keeps it."""


@login_required
@require_safe
def preview(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The preview, with its watermark."""
    return sent(prints.preview(_proved(request, pk)), JPEG)


@login_required
@require_safe
def small(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """What a sheet shows of it."""
    return sent(prints.small(_proved(request, pk)), JPEG)


@login_required
@require_safe
def selfie(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The selfie in the portrait's frame, to compare."""
    return private(HttpResponse(prints.selfie(_proved(request, pk)), content_type=JPEG))


@login_required
@require_safe
def screen(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The full portrait as large as a screen."""
    return sent(prints.screen(_delivered(request, pk)), JPEG)


@login_required
@require_safe
def phone(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The full portrait for a small screen."""
    return sent(prints.phone(_delivered(request, pk)), JPEG)


@login_required
@require_safe
def full(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The full portrait, to keep."""
    found = _delivered(request, pk)
    return _kept_by_nobody(
        downloads.file(request, prints.full(found), JPEG, f"{prints.saved_name(found)}.jpg")
    )


@login_required
@require_safe
def tile(request: HttpRequest, pk: uuid.UUID, left: int, top: int) -> HttpResponseBase:
    """A square of the full portrait, pixel for pixel, for the loupe."""
    found = _delivered(request, pk)
    tag = f'"{found.full}-{left}-{top}"'
    answer = get_conditional_response(request, etag=tag)
    if answer is None:
        try:
            data = tiles.tile(prints.read(prints.full(found)), left * TILE, top * TILE, TILE)
        except tiles.OutsideThePicture:
            raise Http404 from None
        answer = HttpResponse(data, content_type=JPEG)
    answer["ETag"], answer["Cache-Control"], answer["X-Content-Type-Options"] = tag, DAY, "nosniff"
    return cast("HttpResponseBase", answer)


@login_required
@require_POST
def ask(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Have a copy made in another format or crop."""
    found = _delivered(request, pk)
    kind = request.POST.get("kind", "")
    if kind not in copies.KINDS:
        raise Http404
    try:
        copies.order(portrait=found, name=kind)
    except NotYetDelivered:  # deleted or taken down between two looks
        raise Http404 from None
    return redirect(f"{found.get_absolute_url()}#copies")


@login_required
@require_safe
def copy(request: HttpRequest, pk: uuid.UUID, kind: str) -> HttpResponseBase:
    """A copy that is made."""
    found = _delivered(request, pk)
    made = Copy.objects.filter(portrait=found, name=kind, state=Copy.State.MADE).first()
    if made is None:
        raise Http404
    path = prints.copy(made)
    saved_as = f"{prints.saved_name(found)}-{path.name}"
    return _kept_by_nobody(downloads.file(request, path, "application/octet-stream", saved_as))


@login_required
@require_safe
def shoot_archive(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Every delivered portrait of a shoot in one ZIP, written while it is sent."""
    shoot = own_shoot(request, pk)
    entries = bundle.entries(shoot)
    if not entries:
        raise Http404
    saved_as = f"portraitos-{shoot.created_at:%Y-%m-%d}.zip"
    return _kept_by_nobody(downloads.archive(request, entries, saved_as))


def sent(path: Path, kind: str) -> HttpResponseBase:
    """A picture of a page, by the front server where one is told of in X_ACCEL, else by us."""
    opened = prints.opened(path)
    if not settings.X_ACCEL:
        return _kept_by_nobody(FileResponse(opened, content_type=kind))
    opened.close()
    return _kept_by_nobody(downloads.by_front_server(path, kind))


def _proved(request: HttpRequest, pk: uuid.UUID) -> Portrait:
    found = own_portrait(request, pk)
    if not found.proof or found.rejected:
        raise Http404
    return found


def _delivered(request: HttpRequest, pk: uuid.UUID) -> Portrait:
    found = own_portrait(request, pk)
    if found.state != Portrait.State.DELIVERED or found.rejected:
        raise Http404
    return found


def _kept_by_nobody(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Cache-Control"] = "no-store, private"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
