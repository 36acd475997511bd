from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio.models import Style


@require_safe
def styles(request: HttpRequest) -> HttpResponse:
    """The catalogue."""
    return render(request, "styles/catalogue.html", {"styles": Style.objects.offered()})


@login_required
@require_safe
def identities(request: HttpRequest) -> HttpResponse:
    """The stored models of the person who is logged in."""
    return render(request, "identities/list.html")
