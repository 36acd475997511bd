import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import consent
from accounts.consent import NotAgreed, consent_required
from render.pipeline import confined
from render.pipeline.errors import FileTooLarge, Refused
from render.pipeline.limits import MAX_BYTES
from studio import age, progress, rest, selfies, unsettled
from studio.errors import HeldForAge, TooManyLooks, TooManySelfies
from studio.gate import own_selfie, person, private, seen_selfie
from studio.models import Selfie

STATUS = {FileTooLarge: 413, TooManySelfies: 429}
WRONG = 422


@consent_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Where a photograph is sent from."""
    if request.method != "POST":
        confined.warm()
        return _form(request)
    chosen = request.FILES.getlist("photograph") or request.FILES.getlist("camera")
    if len(chosen) > 1:
        return _refused(request, "More than one photograph came with this.", "Send one.", 400)
    sent = chosen[0] if chosen else None
    if sent is None:
        return _refused(request, "No photograph came with this.", "Choose one, or take one now.", 400)
    try:
        if (sent.size or 0) > MAX_BYTES:
            raise FileTooLarge
        selfie = selfies.take(
            owner=person(request), data=sent.read(), statement=request.POST.get("statement", "")
        )
    except NotAgreed:  # withdrawn while the photograph was being read
        return consent.ask(back=request.path)
    except Refused as refused:
        status = STATUS.get(type(refused), WRONG)
        return _refused(request, refused.sentence, refused.fix, status, refused.code)
    return redirect(selfie)


@login_required
@require_safe
def selfie(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The photograph, how far the coach is, and its answer."""
    found = own_selfie(request, pk)
    state = progress.of(found)
    if request.headers.get("HX-Request") and request.GET.get("known") == state.key:
        return private(HttpResponse(status=204))
    template = "selfies/answer.html" if request.headers.get("HX-Request") else "selfies/selfie.html"
    return private(render(request, template, {"selfie": found, "state": state, "texts": Selfie.Text.choices}))


@login_required
@require_safe
def picture(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The photograph itself."""
    found = seen_selfie(request, pk)
    return private(HttpResponse(rest.read_selfie(found), content_type="image/jpeg"))


@login_required
@require_POST
def text(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Whether the text on the shirt can be read."""
    found = own_selfie(request, pk)
    said = request.POST.get("text", "")
    if said not in Selfie.Text.values:
        messages.error(request, "Nothing is kept yet. Choose one of the answers.")
        return redirect(found)
    try:
        selfies.answer_text(selfie=found, text=Selfie.Text(said))
    except NotAgreed:
        return consent.ask(back=found.get_absolute_url())
    except TooManyLooks as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Thank you. Your answer is kept with the photograph.")
    return redirect(found)


@login_required
@require_POST
def again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Have the coach look once more at what it had no answer for."""
    found = own_selfie(request, pk)
    if found.verdict != Selfie.Verdict.REFUSED and not hasattr(found, "identity"):
        try:
            selfies.ask_again(selfie=found)
        except NotAgreed:
            return consent.ask(back=found.get_absolute_url())
        except (HeldForAge, TooManyLooks) as refused:
            messages.error(request, str(refused))
    return redirect(found)


@login_required
@require_POST
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a photograph back that no identity was made of."""
    found = own_selfie(request, pk)
    if hasattr(found, "identity"):
        return redirect("identity-delete", found.identity.pk)
    refused = found.verdict == Selfie.Verdict.REFUSED
    selfies.discard(selfie=found)
    messages.success(
        request, "The refused photograph is deleted." if refused else "The photograph is deleted."
    )
    return redirect("identities" if request.POST.get("back") == "list" else "new-selfie")


def _refused(request: HttpRequest, sentence: str, fix: str, status: int, code: str = "") -> HttpResponse:
    return _form(request, sentence=sentence, fix=fix, code=code, status=status)


def _form(
    request: HttpRequest, *, sentence: str = "", fix: str = "", code: str = "", status: int = 200
) -> HttpResponse:
    page = {
        "sentence": sentence,
        "fix": fix,
        "code": code,
        "statement": age.STATEMENTS[age.VERSION],
        "version": age.VERSION,
        "refused": unsettled.last_refused(person(request)),
        "held": unsettled.held(person(request)),
    }
    return private(render(request, "selfies/new.html", page, status=status))
