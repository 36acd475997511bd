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
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_POST, require_safe

from render import archive, copies, prints
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
    return sent(prints.full(found), JPEG, f"{name(found)}.jpg")


@login_required
@require_safe
def tile(request: HttpRequest, pk: uuid.UUID, left: int, top: int) -> HttpResponseBase:
    """A square of the full portrait, pixel for pixel, for the loupe."""
    found = _delivered(request, pk)
    tag = f'"{found.full}-{left}-{top}"'
    answer = get_conditional_response(request, etag=tag)
    if answer is None:
        try:
            data = tiles.tile(prints.full(found).read_bytes(), left * TILE, top * TILE, TILE)
        except ValueError:
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
    copies.order(portrait=found, name=kind)
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
    return sent(path, "application/octet-stream", f"{name(found)}-{path.name}")


@login_required
@require_safe
def shoot_archive(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Every delivered portrait of a shoot in one ZIP, written while it is sent."""
    shoot = own_shoot(request, pk)
    rows = Portrait.objects.shown().filter(shoot=shoot, state=Portrait.State.DELIVERED)
    files = [(f"{name(row)}.jpg", prints.full(row)) for row in rows.order_by("number") if not row.rejected]
    if not files:
        raise Http404
    answer = StreamingHttpResponse(archive.stream(files), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="portraitos-{shoot.created_at:%Y-%m-%d}.zip"'
    return _kept_by_nobody(answer)


def name(portrait: Portrait) -> str:
    """What its files are called at home."""
    return f"portraitos-{portrait.version.style_id}-{portrait.number:02}"


def sent(path: Path, kind: str, saved_as: str = "") -> HttpResponseBase:
    """A file, by the front server where one is told of in X_ACCEL, else by us."""
    answer: HttpResponseBase
    if settings.X_ACCEL:
        answer = HttpResponse(content_type=kind)
        answer["X-Accel-Redirect"] = f"{settings.X_ACCEL}/{path.relative_to(settings.DATA_DIR)}"
        if saved_as:
            answer["Content-Disposition"] = f'attachment; filename="{saved_as}"'
    else:
        answer = FileResponse(
            path.open("rb"), content_type=kind, as_attachment=bool(saved_as), filename=saved_as
        )
    return _kept_by_nobody(answer)


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
