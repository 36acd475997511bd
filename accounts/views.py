from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from accounts import consent as consents
from accounts.models import User
from accounts.staff import has_second_step


@login_required
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """The text about faces, and the box that agrees to it."""
    assert isinstance(request.user, User)
    wanted = request.GET.get("next", "")
    unanswered = request.method == "POST" and request.POST.get("agree") != "yes"
    if request.method == "POST" and not unanswered:
        consents.give(user=request.user, locale=get_language() or "en")
        inside = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        return redirect(wanted if inside else "identities")
    heading, text = consents.text().split("\n\n", 1)
    return render(
        request,
        "consent/face.html",
        {
            "heading": heading,
            "text": text,
            "version": consents.VERSION,
            "standing": consents.standing(request.user),
            "former": consents.former(request.user),
            "before": request.user.consents.all(),
            "unanswered": unanswered,
        },
        status=400 if unanswered else 200,
    )


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """What there is to see and to do about one's own account."""
    assert isinstance(request.user, User)
    context = {
        "standing": consents.standing(request.user),
        "former": consents.former(request.user),
        "second_step": has_second_step(request.user),
    }
    return render(request, "account/overview.html", context)
