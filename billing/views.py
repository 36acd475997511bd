import uuid
from collections.abc import Callable
from functools import wraps
from typing import cast
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from billing import checkout, recent, refunds, statement, stripe_api
from billing.errors import NotThatMany, PaymentError, ShopAway
from billing.fulfil import fulfil
from billing.payment_models import Pack, Purchase

RECEIPTS = 100  # on the page of credits
RETRY_SECONDS = "30"


def _leads_to_stripe(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let the page's form end at Stripe's: browsers hold redirects against form-action too."""

    @wraps(view)
    def led(request: HttpRequest) -> HttpResponse:
        update = csp_update({"form-action": settings.STRIPE_PAY_PAGES})
        return cast("HttpResponse", update(view)(request))

    return led


def _inside(address: str) -> str:
    """The address, if it is one of ours; else nothing."""
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _purchase(request: HttpRequest, id: uuid.UUID) -> Purchase:  # noqa: A002
    """The caller's own; anybody else's is not there."""
    return get_object_or_404(Purchase.objects.select_related("lot"), pk=id, account__user=_user(request))


@_leads_to_stripe
@require_safe
def pricing(request: HttpRequest) -> HttpResponse:
    """What a pack costs, and what is in it."""
    answer = render(request, "billing/pricing.html", _offered(request, request.GET.get("next", "")))
    if request.user.is_authenticated:
        add_never_cache_headers(answer)
    return answer


def _pricing(back_to: str) -> str:
    return reverse("pricing") + (f"?{urlencode({'next': back_to})}" if back_to else "")


def _offered(request: HttpRequest, back_to: str, fault: str = "") -> dict[str, object]:
    return {
        "recent": recent.orders(_user(request)) if request.user.is_authenticated else [],
        "packs": Pack.objects.filter(active=True),
        "open": stripe_api.configured(),
        "development": settings.STRIPE_IS_DEV,
        "next": _inside(back_to),
        "fault": fault,
    }


@_leads_to_stripe
@require_POST
def buy(request: HttpRequest) -> HttpResponse:
    """Send the customer to Stripe's page for one pack."""
    back_to = _inside(request.POST.get("next", ""))
    if not request.user.is_authenticated:
        return redirect_to_login(_pricing(back_to))

    def address(purchase: uuid.UUID, *, paid: bool) -> str:
        place = reverse("purchase-return", args=[purchase]) if paid else _pricing(back_to)
        return request.build_absolute_uri(place)

    try:
        to = checkout.start(
            user=_user(request),
            pack=request.POST.get("pack", ""),
            agreed=request.POST.get("agree") == "yes",
            back_to=back_to,
            address=address,
            known=request.POST.get("again", "").split(),
        )
    except PaymentError as refused:
        offered = _offered(request, back_to, refused.__doc__ or "")
        page = render(request, "billing/pricing.html", offered, status=400)
        return _come_again(page) if isinstance(refused, ShopAway) else page
    answer = HttpResponseRedirect(to)
    answer.status_code = 303
    return answer


def _silent(request: HttpRequest, purchase: Purchase) -> HttpResponse:
    return _come_again(render(request, "billing/returned.html", {"purchase": purchase, "silent": True}))


def _come_again(page: HttpResponse) -> HttpResponse:
    """Nothing of this is the customer's fault, and it passes."""
    page.status_code = 503
    page["Retry-After"] = RETRY_SECONDS
    return page


@never_cache
@login_required
@require_safe
def pay(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    """Go on with an order that was begun: to Stripe's page while it is open, else to what became of it."""
    purchase = _purchase(request, id)
    try:
        page = checkout.page_of(purchase)
    except (stripe_api.Silent, stripe_api.Refused):
        return _silent(request, purchase)
    return HttpResponseRedirect(page) if page else redirect("purchase-return", id=purchase.id)


@never_cache
@login_required
@require_safe
def returned(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    """Back from Stripe. The address proves nothing: Stripe is asked, if the webhook has not told us yet."""
    purchase = _purchase(request, id)
    if purchase.state in Purchase.UNSETTLED and purchase.stripe_session:
        try:
            fulfil(purchase.stripe_session)
        except (stripe_api.Silent, stripe_api.Refused):
            return _silent(request, purchase)
        purchase.refresh_from_db()
    return render(request, "billing/returned.html", {"purchase": purchase})


@never_cache
@login_required
@require_safe
def credits(request: HttpRequest) -> HttpResponse:  # noqa: A001
    """The balance, how it came to be, and the receipts."""
    user = _user(request)
    try:
        found = statement.page(user, begin=request.GET.get("from", ""))
    except statement.NoSuchPage:
        raise Http404 from None
    bought = Purchase.objects.filter(account__user=user, paid_at__isnull=False)
    shown = {"statement": found, "begun": "from" in request.GET, "purchases": bought[:RECEIPTS]}
    return render(request, "billing/credits.html", shown)


@never_cache
@login_required
@require_safe
def receipt(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    return _receipt(request, _purchase(request, id))


def _receipt(request: HttpRequest, purchase: Purchase, *, fault: str = "") -> HttpResponse:
    made = list(purchase.refunds.all())
    shown = {
        "purchase": purchase,
        "offer": refunds.offer(purchase),
        "refunds": made,
        "waiting": any(refund.is_under_way for refund in made),
        "fault": fault,
    }
    return render(request, "billing/receipt.html", shown, status=400 if fault else 200)


@never_cache
@login_required
@require_http_methods(["POST"])
def ask_refund(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    """Money back for what was not used, as a request to staff."""
    purchase = _purchase(request, id)
    reason = request.POST.get("reason", "").strip() or "Asked for by the customer."
    try:
        refunds.ask(purchase=purchase, by=_user(request), reason=reason)
    except (PaymentError, NotThatMany) as refused:
        return _receipt(request, purchase, fault=refused.__doc__ or "")
    messages.success(request, "Asked for. We look at it and write to you.")
    return redirect("purchase", id=purchase.id)
