"""The door in the letter to an old address: the change is undone, and a new password asked for."""

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import address_changes
from accounts.passwords import ResetToken
from portraitos_site import unconfirmed


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Asked for by a link, done by a button: what only reads letters must not undo anything."""
    change = address_changes.find(token)
    if change is None:
        return _page(request, "over", status=404)
    if request.method != "POST":
        return _page(request, "asked", old=change.old)
    unconfirmed.make_way(address=change.old)
    try:
        user = address_changes.undo(change=change)
    except address_changes.Over:
        return _page(request, "over", status=404)
    except address_changes.Taken:
        return _page(request, "taken", status=409)
    logout(request)
    return redirect(
        "account_reset_password_from_key", uidb36=user_pk_to_url_str(user), key=ResetToken().make_token(user)
    )


def _page(request: HttpRequest, state: str, *, old: str = "", status: int = 200) -> HttpResponse:
    context = {"state": state, "old": old, "support": settings.SUPPORT_EMAIL}
    return render(request, "account/undo_address.html", context, status=status)
