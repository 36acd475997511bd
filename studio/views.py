from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio.models import Style


@require_safe
def styles(request: HttpRequest) -> HttpResponse:
    """The catalogue."""
    return render(request, "styles/catalogue.html", {"styles": Style.objects.offered()})
