import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts import consent
from accounts.consent import NotAgreed
from render import answers, facts, moderation, orders, reports, returns, sheet
from render.errors import TooManyReports
from render.gate import own_portrait
from render.models import Portrait
from render.pipeline.errors import Refused
from studio.gate import person, private


@login_required
@require_safe
def portrait(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One portrait, as large as the window allows, with its facts."""
    found = own_portrait(request, pk)
    frame = sheet.frames([found])[0]
    if request.headers.get("HX-Request"):
        return private(_part(request, frame))
    page = facts.of(frame) | {
        "reasons": answers.CHOICES,
        "returns_left": returns.left(person(request)),
    }
    return private(render(request, "portraits/portrait.html", page))


def _part(request: HttpRequest, frame: sheet.Frame) -> HttpResponse:
    """What the page asks for while something of it is being made."""
    if request.GET.get("part") == "copies":
        return render(request, "portraits/copies.html", facts.of(frame))
    if request.GET.get("known") == frame.key:
        return HttpResponse(status=204)
    if frame.wait is None:
        return HttpResponseClientRefresh()
    return render(request, "portraits/status.html", {"frame": frame, "portrait": frame.portrait})


@login_required
@require_POST
def favorite(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Mark it, or take the mark away."""
    found = own_portrait(request, pk)
    found.save_fields(favorite=not found.favorite)
    return redirect(found)


@login_required
@require_POST
def not_me(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """It does not look like me: the credit back, where one was spent, and another preview."""
    found = own_portrait(request, pk)
    said = request.POST.get("reason", "")
    if said not in Portrait.Reason.values:
        messages.error(request, "Nothing has happened yet. Choose what is wrong.")
        return redirect(found)
    try:
        if found.state == Portrait.State.PROVED:
            another = orders.again(portrait=found, aim=said)
            messages.success(request, "A new preview is on its way, aimed at that.")
        else:
            another = returns.give_back(portrait=found, reason=Portrait.Reason(said))
            messages.success(
                request, "Your credit is back, and a new preview is on its way, aimed at what you said."
            )
    except NotAgreed:
        messages.success(request, f"{_returned(found)}For a new preview, we ask you first.")
        return consent.ask(back=found.get_absolute_url())
    except Refused as refused:
        messages.error(request, f"{_returned(found)}{refused}")
        return redirect(found)
    return redirect(another.shoot)


def _returned(portrait: Portrait) -> str:
    """What comes first where a credit came back, and the new preview was refused."""
    portrait.refresh_from_db(fields=["state"])
    return "Your credit is back. " if portrait.state == Portrait.State.RETURNED else ""


@login_required
@require_POST
def report(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Have a moderator look at it."""
    found = own_portrait(request, pk)
    words = request.POST.get("words", "").strip() or "Its owner reported it."
    try:
        moderation.report(portrait=found, words=words, reporter=reports.reporter(request))
    except TooManyReports as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Thank you. A person will look at it.")
    return redirect(found)


@login_required
@require_POST
def again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make the preview once more, as it was: after a fault of ours, or by the present engine."""
    found = own_portrait(request, pk)
    try:
        orders.again(portrait=found)
    except NotAgreed:
        return consent.ask(back=found.shoot.get_absolute_url())
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(found.shoot)


@login_required
@require_POST
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Erase one portrait."""
    found = own_portrait(request, pk)
    if request.POST.get("sure") != "yes":
        messages.error(request, "Nothing is deleted yet. Tick the box if you are sure.")
        return redirect(found)
    orders.discard(portrait=found)
    messages.success(request, "The portrait is deleted, with all of its files.")
    return redirect("shoots")
