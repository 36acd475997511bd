"""What somebody has picked or marked, kept in the session until it is ordered."""

import uuid
from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from render.models import Portrait
from studio.models import Style

KEY, MARKS = "basket", "marks"
LARGEST = 100
"""Names that are read of a request; an order has room for 20."""


def remember(request: HttpRequest) -> None:
    """Keep what this request picks: `?style=` adds one, a sent form says all of them."""
    if request.method == "POST":
        picked = request.POST.getlist("style")
    elif "style" in request.GET:
        picked = [*slugs(request), *request.GET.getlist("style")]
    else:
        return
    request.session[KEY] = _offered(picked)


def address(request: HttpRequest) -> str:
    """Where a stranger comes back to with what they have picked: no row is kept for who is not signed in."""
    sent = request.POST if request.method == "POST" else request.GET
    picked = [("style", slug) for slug in _offered(sent.getlist("style"))]
    return reverse("new-shoot") + (f"?{urlencode(picked)}" if picked else "")


def _offered(picked: Iterable[str]) -> list[str]:
    """Each style once, in the order in which it was picked."""
    named = list(dict.fromkeys(picked))[:LARGEST]
    known = set(Style.objects.offered().filter(slug__in=named).values_list("slug", flat=True))
    return [slug for slug in named if slug in known]


def slugs(request: HttpRequest) -> list[str]:
    found: list[str] = request.session.get(KEY, [])
    return found


def styles(request: HttpRequest) -> list[Style]:
    """The styles picked, in the order of the catalogue."""
    return list(Style.objects.offered().with_recipes().filter(slug__in=slugs(request)))


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def mark(request: HttpRequest, portraits: list[Portrait]) -> None:
    """Keep which previews are marked while their owner buys a pack."""
    request.session[MARKS] = [str(portrait.pk) for portrait in portraits]


def marked(request: HttpRequest) -> set[uuid.UUID]:
    return {uuid.UUID(one) for one in request.session.get(MARKS, [])}
