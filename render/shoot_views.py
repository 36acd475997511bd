import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import consent
from accounts.consent import NotAgreed, consent_required
from billing.models import Account
from render import basket, bundle, orders, rolls, sheet
from render.errors import NotEnoughCredits, TooManyPreviews
from render.gate import own_shoot
from render.models import Portrait, Shoot
from render.pipeline.contract import CANVASES
from render.pipeline.errors import Refused
from studio import sitter, suited
from studio.gate import person, private
from studio.models import Identity

WRONG, NO_CREDITS, TOO_MANY = 422, 402, 429


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Where styles are picked. What was picked outlives signing up, consenting and sending a selfie."""
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_signup')}?{urlencode({'next': basket.address(request)})}")
    basket.remember(request)
    return _picker(request)


@consent_required
def _picker(request: HttpRequest) -> HttpResponse:
    owner = person(request)
    identities = list(Identity.objects.filter(owner=owner).listed())
    if not identities:
        return redirect("new-selfie")
    if request.method != "POST":
        return _choose(request, identities, _sitting(identities, request.GET.get("identity")))
    sits = _sitting(identities, request.POST.get("identity"))
    if "suits" in request.POST:
        return redirect(f"{reverse('new-shoot')}?{urlencode({'identity': str(sits.pk)})}")
    try:
        shoot = orders.order(identity=sits, styles=basket.styles(request))
    except Refused as refused:
        status = TOO_MANY if isinstance(refused, TooManyPreviews) else WRONG
        return _choose(request, identities, sits, fault=str(refused), status=status)
    basket.forget(request)
    return redirect(shoot)


@login_required
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Where signing in leads: to what was picked, else to the next thing to do."""
    owner = person(request)
    if not Identity.objects.filter(owner=owner).exists():
        return redirect("new-selfie")
    if basket.slugs(request) or not Shoot.objects.filter(owner=owner).exists():
        return redirect("new-shoot")
    return redirect("shoots")


@login_required
@require_safe
def shoots(request: HttpRequest) -> HttpResponse:
    """Every shoot of the person who is logged in, the last one first."""
    owner = person(request)
    page, found = rolls.shoots(owner, request.GET.get("page", "1"))
    kept = rolls.favorites(owner, "1", rolls.FAVORITES_FIRST) if page.number == 1 else None
    return private(render(request, "shoots/list.html", {"page": page, "rolls": found, "favorites": kept}))


@login_required
@require_safe
def favorites(request: HttpRequest) -> HttpResponse:
    """Every portrait that was marked as a favorite."""
    page = rolls.favorites(person(request), request.GET.get("page", "1"))
    return private(render(request, "shoots/favorites.html", {"page": page}))


@login_required
@require_safe
def shoot(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A contact sheet that develops. Asked again by the page, it answers with the frames that changed."""
    found = own_shoot(request, pk)
    shown = sheet.of(found)
    if not request.headers.get("HX-Request"):
        page = {
            "sheet": shown,
            "shoot": found,
            "bundle": bundle.of(found),
            "marked": basket.marked(request),
        }
        return private(render(request, "shoots/shoot.html", page))
    known = request.GET.get("known", "")
    if known == shown.key:
        return private(HttpResponse(status=204))
    page = {
        "sheet": shown,
        "shoot": found,
        "bundle": bundle.of(found),
        "frames": shown.changed(known),
        "swapped": True,
    }
    return private(render(request, "shoots/changes.html", page))


@login_required
@require_POST
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say the cost, then hold a credit for each."""
    found = own_shoot(request, pk)
    ids = _ids(request.POST.getlist("portrait"))
    marked = Portrait.objects.shown().filter(shoot=found, pk__in=ids).order_by("number")
    if request.POST.get("sure") != "yes":
        return _cost(request, found, list(marked))
    try:
        orders.approve(owner=person(request), ids=[portrait.pk for portrait in marked])
    except NotAgreed:
        return consent.ask(back=found.get_absolute_url())
    except Refused as refused:
        status = NO_CREDITS if isinstance(refused, NotEnoughCredits) else WRONG
        return _cost(request, found, list(marked), fault=str(refused), status=status)
    return redirect(found)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask once, then erase the whole sheet."""
    found = own_shoot(request, pk)
    if request.method == "POST" and request.POST.get("sure") == "yes":
        orders.discard_shoot(shoot=found)
        messages.success(request, "The shoot is deleted, with all of its files.")
        return redirect("shoots")
    page = {"shoot": found, "sheet": sheet.of(found), "unsure": request.method == "POST"}
    return private(render(request, "shoots/delete.html", page, status=400 if page["unsure"] else 200))


def _sitting(identities: list[Identity], asked: str | None) -> Identity:
    """The one that is asked for, else the last one."""
    return next((one for one in identities if str(one.pk) == asked), identities[-1])


def _choose(
    request: HttpRequest, identities: list[Identity], sits: Identity, *, fault: str = "", status: int = 200
) -> HttpResponse:
    shelves = suited.shelves(sits)
    page = {
        "shelves": shelves,
        "categories": suited.categories(shelves),
        "caption": sitter.caption_rendered(),
        "formats": list(CANVASES),
        "identities": identities,
        "sits": sits,
        "chosen": basket.slugs(request),
        "most": orders.MOST,
        "fault": fault,
    }
    return private(render(request, "shoots/new.html", page, status=status))


def _cost(
    request: HttpRequest, found: Shoot, marked: list[Portrait], *, fault: str = "", status: int = 200
) -> HttpResponse:
    basket.mark(request, marked)
    account = Account.objects.filter(user=person(request)).first()
    have = account.available if account else 0
    ready = [portrait for portrait in marked if portrait.approvable]
    page = {
        "shoot": found,
        "frames": sheet.frames(ready),
        "need": len(ready),
        "have": have,
        "left": have - len(ready),
        "fault": fault if not have < len(ready) else "",
    }
    return private(render(request, "shoots/approve.html", page, status=status))


def _ids(values: list[str]) -> list[uuid.UUID]:
    found = []
    for value in values:
        try:
            found.append(uuid.UUID(value))
        except ValueError:
            continue
    return found
