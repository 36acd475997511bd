"""Consent to the processing of a face: a record of its own, before the first upload."""

import hashlib
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Consent, User
from render.pipeline.errors import Refused

VERSION = "2026-12"
"""Of templates/consent/face.txt. A new text is a new version: everybody is asked again."""


class NotAgreed(Refused):
    code = "not_agreed"
    sentence = "You have not agreed to our present text about your face."
    fix = "Read it under Account, agree, and ask again."


def text() -> str:
    """The text that is agreed to, as it is shown."""
    return render_to_string("consent/face.txt")


def standing(user: User) -> Consent | None:
    """The user's consent to the present text, if there is one."""
    return user.consents.standing().filter(kind=Consent.Kind.FACE, version=VERSION).first()


def former(user: User) -> Consent | None:
    """The user's consent to an earlier text, where they have not agreed to the present one yet."""
    return user.consents.standing().filter(kind=Consent.Kind.FACE).exclude(version=VERSION).first()


def require(user: User) -> None:
    """Raise NotAgreed where the present text is not agreed to: before anything new is made of the face.

    Reading, downloading, exporting and deleting ask for nothing.
    """
    if standing(user) is None:
        raise NotAgreed


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
        return ask(back=request.path)

    return gate


def ask(*, back: str) -> HttpResponse:
    """To the page that asks, and from there back to this path of ours."""
    return redirect(f"{reverse('consent')}?next={back}")
