"""Who may see whose face: the owner; a moderator, on record; of everybody else staff is told no, and
a stranger that there is nothing."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.looks import record_look
from accounts.models import User
from studio.models import Identity, Selfie

LOOK = "studio.see_face"


def own_selfie(request: HttpRequest, pk: uuid.UUID) -> Selfie:
    selfie = get_object_or_404(Selfie.objects.select_related("owner", "identity"), pk=pk)
    _owner_only(request, selfie)
    return selfie


def own_identity(request: HttpRequest, pk: uuid.UUID) -> Identity:
    identity = get_object_or_404(Identity.objects.select_related("owner", "selfie", "selfie__owner"), pk=pk)
    _owner_only(request, identity)
    return identity


def seen_selfie(request: HttpRequest, pk: uuid.UUID) -> Selfie:
    """For the picture itself: its owner's, or a moderator's, whose look is recorded."""
    selfie = get_object_or_404(Selfie.objects.select_related("owner"), pk=pk)
    user = person(request)
    if selfie.owner_id != user.pk and user.is_staff and user.has_perm(LOOK):
        record_look(user, selfie)
        return selfie
    _owner_only(request, selfie)
    return selfie


def person(request: HttpRequest) -> User:
    """Whoever is logged in. Views ask for a login before they ask for this."""
    assert isinstance(request.user, User)
    return request.user


def private(response: HttpResponse) -> HttpResponse:
    """Nobody on the way keeps it, and no browser takes it for something else."""
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _owner_only(request: HttpRequest, row: Selfie | Identity) -> None:
    user = person(request)
    if row.owner_id == user.pk:
        return
    if user.is_staff:
        raise PermissionDenied
    raise Http404
