"""Who may see which portrait: its owner. Staff is told no, and to a stranger there is nothing."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from render.models import Portrait, Shoot
from studio.gate import person


def own_shoot(request: HttpRequest, pk: uuid.UUID) -> Shoot:
    shoot = get_object_or_404(
        Shoot.objects.select_related("owner", "identity__owner", "identity__selfie"), pk=pk
    )
    _owner_only(request, shoot.owner)
    return shoot


def own_portrait(request: HttpRequest, pk: uuid.UUID) -> Portrait:
    portrait = get_object_or_404(Portrait.objects.shown(), pk=pk)
    _owner_only(request, portrait.owner)
    return portrait


def _owner_only(request: HttpRequest, owner: User) -> None:
    user = person(request)
    if owner == user:
        return
    if user.is_staff:
        raise PermissionDenied
    raise Http404
