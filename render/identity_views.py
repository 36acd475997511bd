import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from render import privacy
from render.models import Portrait
from studio.gate import own_identity, private


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask once, then erase the identity with every portrait that was made of it."""
    found = own_identity(request, pk)
    if request.method == "POST" and request.POST.get("sure") == "yes":
        return redirect("receipt", privacy.discard_identity(identity=found).id)
    unsure = request.method == "POST"
    count = Portrait.objects.filter(shoot__identity=found).count()
    page = {"identity": found, "unsure": unsure, "portraits": count}
    return private(render(request, "identities/delete.html", page, status=400 if unsure else 200))
