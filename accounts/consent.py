"""Consent to the processing of a face: a record of its own, before the first upload."""

import hashlib
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Consent, User

VERSION = "2026-11"
"""Of templates/consent/face.txt. A new text is a new version: everybody is asked again."""


def text() -> str:
    """The text that is agreed to, as it is shown."""
    return render_to_string("consent/face.txt")


def standing(user: User) -> Consent | None:
    """The user's consent to the present text, if there is one."""
    return user.consents.standing().filter(kind=Consent.Kind.FACE, version=VERSION).first()


def give(*, user: User, locale: str) -> Consent:
    """Record that the user agrees to the present text. Twice is as good as once."""
    with transaction.atomic(durable=True):
        User.objects.select_for_update().get(pk=user.pk)
        if found := standing(user):
            return found
        user.consents.standing().filter(kind=Consent.Kind.FACE).update(withdrawn_at=timezone.now())
        digest = hashlib.sha256(text().encode()).hexdigest()
        return user.consents.create(kind=Consent.Kind.FACE, version=VERSION, digest=digest, locale=locale)


def withdraw(*, user: User) -> None:
    """Record that the user no longer agrees. What was made of the face is erased by the caller."""
    user.consents.standing().filter(kind=Consent.Kind.FACE).update(withdrawn_at=timezone.now())


def consent_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Send whoever has not consented to the page that asks, and back afterwards. Anonymous: to log in."""

    @login_required
    @wraps(view)
    def gate(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if isinstance(request.user, User) and standing(request.user):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('consent')}?next={request.path}")

    return gate
