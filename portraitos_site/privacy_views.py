"""What a person may know, take away and have erased."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Receipt, User
from accounts.reauthentication import asks_again
from billing.privacy import offers
from portraitos_site import privacy as acts
from render import reports
from render.jobs.slots import EXPORTS

VERSION = "2026-12.1"
"""Of templates/privacy/*.html. A new text is a new version."""
WORD = "delete"


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/privacy.html", {"version": VERSION})


@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    days = settings.SESSION_COOKIE_AGE // (24 * 3600)
    context = {
        "version": VERSION,
        "session_days": days,
        "backup_days": settings.BACKUP_DAYS,
        "undo_days": settings.ADDRESS_UNDO_DAYS,
        "unconfirmed_days": settings.UNCONFIRMED_ACCOUNT_DAYS,
        "report_days": reports.REMEMBERED.days,
    }
    return render(request, "privacy/retention.html", context)


@login_required
@require_safe
@asks_again
@never_cache
def export(request: HttpRequest) -> HttpResponseBase:
    """Everything that is stored about the person who is logged in."""
    assert isinstance(request.user, User)
    name = f"portraitos-{timezone.now():%Y-%m-%d}.zip"
    with EXPORTS.taken(owner=request.user.pk):
        archive = acts.export(user=request.user)
    return FileResponse(archive, as_attachment=True, filename=name)


@login_required
@require_http_methods(["GET", "POST"])
@asks_again
@never_cache
def delete(request: HttpRequest) -> HttpResponse:
    """The end of an account: said in words, confirmed by a typed one."""
    assert isinstance(request.user, User)
    found = offers(request.user)
    typed = request.POST.get("word", "").strip().lower() == WORD
    given_up = not found or request.POST.get("give_up") == "yes"
    if request.method == "POST" and typed and given_up:
        return _erased(request, request.user)
    refused = request.method == "POST"
    context = {
        "offers": found,
        "credits": sum(offer.credits for _, offer in found),
        "word": WORD,
        "mistyped": refused and not typed,
        "refused": refused,
        "backup_days": settings.BACKUP_DAYS,
    }
    return render(request, "account/delete.html", context, status=400 if refused else 200)


def _erased(request: HttpRequest, user: User) -> HttpResponse:
    try:
        receipt = acts.erase_account(user=user, address=_receipts(request))
    except acts.AlreadyErased:
        logout(request)
        return redirect("landing")
    logout(request)
    messages.success(request, "Your account is erased. This page is your receipt; keep its address.")
    return redirect("receipt", receipt.id)


@login_required
@require_http_methods(["GET", "POST"])
@asks_again
@never_cache
def withdraw(request: HttpRequest) -> HttpResponse:
    """The end of the consent, and of everything that was made of the face."""
    assert isinstance(request.user, User)
    if request.POST.get("erase") != "yes":
        refused = request.method == "POST"
        context = {"refused": refused, "backup_days": settings.BACKUP_DAYS}
        return render(request, "consent/withdraw.html", context, status=400 if refused else 200)
    receipt = acts.withdraw_consent(user=request.user, address=_receipts(request))
    messages.success(request, "Your consent is withdrawn. This page is your receipt; keep its address.")
    return redirect("receipt", receipt.id)


@require_safe
@never_cache
def receipt(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    """What was erased, for whoever has the address; it names nobody."""
    return render(request, "receipts/receipt.html", {"receipt": get_object_or_404(Receipt, id=id)})


def _receipts(request: HttpRequest) -> str:
    """The address of receipts, with a place for the id."""
    one = uuid.UUID(int=0)
    return request.build_absolute_uri(reverse("receipt", args=[one])).replace(str(one), "{id}")
