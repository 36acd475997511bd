import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from accounts.reauthentication import asks_again
from render.jobs.slots import EXPORTS
from render.pipeline.errors import Refused
from studio import identities as rules
from studio import measured, progress, rest, unsettled
from studio.errors import HeldForAge
from studio.gate import own_identity, person, private
from studio.models import Identity, Selfie


@login_required
@require_safe
def identities(request: HttpRequest) -> HttpResponse:
    """The stored models of the person who is logged in."""
    owner = person(request)
    page = {"identities": Identity.objects.filter(owner=owner).listed(), "unsettled": unsettled.of(owner)}
    return private(render(request, "identities/list.html", page))


@login_required
@require_safe
def identity(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What is stored of one face: its points, its asymmetries, its skin, and what measured them."""
    return _page(request, own_identity(request, pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def name(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Call it something else. A fault leaves this address in the browser, so it can be loaded as well."""
    found = own_identity(request, pk)
    if request.method != "POST":
        return redirect(found)
    wanted = request.POST.get("name", "")
    try:
        rules.rename(identity=found, name=wanted)
    except Refused as refused:
        found.refresh_from_db(fields=["name"])
        return _page(request, found, fault=str(refused), wanted=wanted, status=422)
    return redirect(found)


@login_required
@require_safe
@asks_again
def export(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Everything that is stored with it, as a ZIP."""
    found = own_identity(request, pk)
    with EXPORTS.taken(owner=found.owner_id):
        archive = rules.archive(found)
    answer = HttpResponse(archive, content_type="application/zip")
    label = slugify(found.name) or "identity"
    answer["Content-Disposition"] = f'attachment; filename="portraitos-{label}.zip"'
    return private(answer)


def _page(
    request: HttpRequest, found: Identity, *, fault: str = "", wanted: str = "", status: int = 200
) -> HttpResponse:
    facts = rest.open_facts(found)
    page = {
        "identity": found,
        "facts": facts,
        "fault": fault,
        "wanted": wanted if fault else found.name,
        "asymmetries": measured.asymmetries(facts),
        "noise": measured.noise_mm(facts),
        "ipd_mm": measured.IPD_MM,
        "dots": progress.dots(facts["points"], found.selfie),
        "texts": Selfie.Text.choices,
        "held": HeldForAge() if found.selfie.held else None,
    }
    return private(render(request, "identities/identity.html", page, status=status))
