"""Who may enter the admin: staff with a second step. They come in through the site's own sign-in."""

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.models import User
from render.jobs.failure_models import Failure

STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_step(user: User) -> bool:
    return bool(is_mfa_enabled(user, types=STEPS))


class StaffSite(AdminSite):
    site_header = "PortraitOS"
    site_title = "PortraitOS"

    def has_permission(self, request: HttpRequest) -> bool:
        return (
            super().has_permission(request)
            and isinstance(request.user, User)
            and has_second_step(request.user)
        )

    def index(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> TemplateResponse:
        """With the number of our own errors that wait for somebody."""
        shown = dict(extra_context or {})
        if request.user.has_perm("jobs.view_failure"):
            shown["unsettled_failures"] = Failure.objects.unsettled().count()
        return super().index(request, shown)

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.is_staff and user.is_active:
            if has_second_step(user):
                return redirect("admin:index")
            messages.error(request, "The admin opens once your account has a second step. Set one up here.")
            return redirect("mfa_index")
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer
