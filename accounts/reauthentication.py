"""Asking once more who it is: before a credential changes, before faces leave, before the account ends.

A session alone is not enough for these: it may be stolen. The question is answered by the password, the
second step or, where there is none, by a code to the address. The answer counts for
ACCOUNT_REAUTHENTICATION_TIMEOUT seconds. allauth asks those who have a password or a second step, and
nobody else; here everybody is asked.
"""

import time
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import BaseReauthenticateView
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from accounts.forms import ConfirmLoginCode
from accounts.models import User

View = Callable[..., HttpResponseBase]

ASKING = frozenset(
    {
        "account_email",
        "account_set_password",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_download_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_view_recovery_codes",
    }
)
"""allauth's pages that change or show a credential. The one that changes a password wants the old one."""

ASKING_WHEN_SENT = frozenset({"usersessions_list"})
"""Those that show nothing secret: they ask before they do something."""


class AskAgain:
    """Middleware, so that no page of the library is reached around the question."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Collection[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in ASKING or (name in ASKING_WHEN_SENT and request.method == "POST"):
            return _question(request)
        return None


def asks_again(view: View) -> View:
    """The same for a view of ours. Whoever is not signed in is left to the view's own rule."""

    @wraps(view)
    def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _question(request) or view(request, *args, **kwargs)

    return asking


def _question(request: HttpRequest) -> HttpResponseBase | None:
    """The way to the page that asks; none where the question was answered lately.

    It leads back to this address, without what was sent to it: that may be a password, and would be stored.
    """
    if not request.user.is_authenticated or _answered_lately(request):
        return None
    ways = get_adapter().get_reauthentication_methods(request.user)
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(_with_next(ways[0]["url"], _page(request)))
    return redirect(_with_next(ways[0]["url"], request.get_full_path()))


def _page(request: HttpRequest) -> str:
    """The page that a part was asked for from: a part alone is nothing to come back to."""
    there: str | None = request.htmx.current_url_abs_path  # type: ignore[attr-defined]
    return there or reverse("account")


def _with_next(address: str, page: str) -> str:
    return f"{address}?{urlencode({REDIRECT_FIELD_NAME: page})}"


def _answered_lately(request: HttpRequest) -> bool:
    answers = [one for one in get_authentication_records(request, request.user) if one.get("reauthenticated")]
    return any(0 <= time.time() - one["at"] < app_settings.REAUTHENTICATION_TIMEOUT for one in answers)


class CodeByMail(AbstractCodeVerificationProcess):
    """A code to the account's own address, kept in the session that is asked. Made like a sign-in code."""

    KEY = "reauthentication_code"

    def __init__(self, request: HttpRequest, user: User, state: dict[str, Any]) -> None:
        self.request = request
        super().__init__(
            state=state,
            user=user,
            timeout=app_settings.LOGIN_BY_CODE_TIMEOUT,
            max_attempts=app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS,
        )

    @classmethod
    def begin(cls, request: HttpRequest, user: User) -> None:
        process = cls(request, user, cls.initial_state(user, user.email))
        process.send()
        process.persist()

    @classmethod
    def under_way(cls, request: HttpRequest, user: User) -> "CodeByMail | None":
        state = request.session.get(cls.KEY)
        if not state or state.get("email") != user.email:
            return None
        found: CodeByMail | None = cls(request, user, state).abort_if_invalid()
        return found

    def send(self) -> None:
        self.state["code"] = get_adapter().generate_login_code()
        context = {"request": self.request, "code": self.state["code"]}
        get_adapter().send_mail("account/email/reauthentication_code", self.state["email"], context)

    def persist(self) -> None:
        self.request.session[self.KEY] = self.state

    def abort(self) -> None:
        self.request.session.pop(self.KEY, None)


@method_decorator([login_required, never_cache], name="dispatch")
class ReauthenticateByCode(BaseReauthenticateView):
    """For whoever has no password, or not at hand: a button sends a code, a field takes it."""

    form_class = ConfirmLoginCode
    template_name = "account/reauthenticate_by_code.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        assert isinstance(request.user, User)  # login_required
        self.user = request.user
        self.process = CodeByMail.under_way(request, self.user)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.process is None or request.POST.get("action") == "send":
            return self._send()
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def _send(self) -> HttpResponse:
        limited = ratelimit.consume_or_429(
            self.request, action="request_login_code", key=self.user.email.lower()
        )
        if limited is not None:
            refused: HttpResponse = limited
            return refused
        CodeByMail.begin(self.request, self.user)
        return self._again()

    def _again(self) -> HttpResponse:
        return redirect(self.passthrough_next_url(self.request.path))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "code": self.process.code if self.process else ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "sent": self.process is not None,
            "email": self.user.email,
        }

    def form_invalid(self, form: ConfirmLoginCode) -> HttpResponse:
        assert self.process is not None
        if self.process.record_invalid_attempt():
            answer: HttpResponse = super().form_invalid(form)
            return answer
        messages.error(self.request, "That was not the code three times. Ask for another one.")
        return self._again()

    def form_valid(self, form: ConfirmLoginCode) -> HttpResponse:
        assert self.process is not None
        self.process.abort()
        record_authentication(
            self.request, self.user, method="code", email=self.user.email, reauthenticated=True
        )
        answer: HttpResponse = super().form_valid(form)
        return answer
