"""The moderators' queue: what is reported, the picture on record, and two decisions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.admin import ReadOnly
from accounts.looks import record_look
from accounts.models import User
from render import moderation, prints, reports, verdicts
from render.models import Case
from studio import rest
from studio.face_admin import SelfieAdmin
from studio.gate import LOOK, private
from studio.models import Selfie

SHOWN = 20
"""Reports of a case that its page shows."""


class Words(forms.Form):
    words = forms.CharField(max_length=300, label="Reason", help_text="The customer reads it.")
    scope = forms.ChoiceField(
        choices=Case.Scope.choices,
        initial=Case.Scope.PICTURE,
        widget=forms.RadioSelect,
        label="What goes",
        help_text="Of a photograph, always everything.",
    )


class Undecided(admin.SimpleListFilter):
    """Open cases, unless somebody asks for others."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All"), *((value, value.capitalize()) for value in Case.State.values)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        wanted = self.value() or Case.State.OPEN
        return queryset if wanted == "all" else queryset.filter(state=wanted)


@admin.register(Case)
class CaseAdmin(ReadOnly):
    list_display = ("kind", "owner", "words", "said_by", "created_at", "state", "look")
    list_filter: ClassVar = [Undecided, "kind"]
    search_fields = ("=subject", "owner__email")
    fields = (
        "kind", "subject", "owner", "words", "said_by", "said", "before", "created_at", "picture", "state",
        "decision", "scope", "decided_by", "decided_at",
    )  # fmt: skip
    readonly_fields: ClassVar = fields
    actions = ("approve", "reject")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        return Case.objects.select_related("owner", "decided_by").annotate(said_by=Count("reports"))

    def get_urls(self) -> list[URLPattern]:
        picture = self.admin_site.admin_view(self.see)
        return [path("<uuid:pk>/picture.jpg", picture, name="case-picture"), *super().get_urls()]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("render.decide_case")

    @admin.display(description="reports", ordering="said_by")
    def said_by(self, case: Any) -> int:
        return int(case.said_by)

    @admin.display(description="what was said")
    def said(self, case: Case) -> SafeString:
        """The newest reports, and whether the owner is one of those who reported."""
        owner = reports.account(case.owner)
        newest = case.reports.order_by("-created_at")[:SHOWN]
        return _lines(
            (one.created_at, "its owner" if one.reporter == owner else "another", one.words) for one in newest
        )

    @admin.display(description="decided before")
    def before(self, case: Case) -> SafeString:
        """Earlier decisions about the same picture: a new report has opened it again."""
        earlier = Case.objects.filter(kind=case.kind, subject=case.subject).exclude(state=Case.State.OPEN)
        return _lines(
            (one.decided_at or one.created_at, one.state, one.words) for one in earlier.exclude(pk=case.pk)
        )

    @admin.display(description="face")
    def look(self, case: Case) -> SafeString:
        return format_html('<a href="{}">Look at it, on record</a>', _picture(case))

    @admin.display(description="face")
    def picture(self, case: Case) -> SafeString:
        return format_html('<img src="{}" alt="What this is about" width="400">', _picture(case))

    def see(self, request: HttpRequest, pk: Any) -> HttpResponseBase:
        """The picture that a case is about; the look is recorded."""
        if not request.user.has_perm(LOOK):
            raise PermissionDenied
        case = get_object_or_404(Case, pk=pk)
        assert isinstance(request.user, User)
        answer = _portrait(case) if case.kind == Case.Kind.PORTRAIT else _selfie(case)
        record_look(request.user, case)
        return answer

    @admin.action(description="Approve: it stays; what was held for age goes on", permissions=["decide"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Case]) -> None:
        assert isinstance(request.user, User)
        for case in chosen:
            moderation.approve(case=case, by=request.user)
        self.message_user(request, f"Approved: {len(chosen)}.")

    @admin.action(description="Reject: it goes, with a reason", permissions=["decide"])
    def reject(self, request: HttpRequest, chosen: QuerySet[Case]) -> HttpResponse | None:
        """Ask for the reason on a page that says what will happen, then do it."""
        assert isinstance(request.user, User)
        form = Words(request.POST if "words" in request.POST else None)
        if form.is_bound and form.is_valid():
            words, scope = form.cleaned_data["words"], Case.Scope(form.cleaned_data["scope"])
            for case in chosen:
                moderation.reject(case=case, by=request.user, words=words, scope=scope)
            self.message_user(request, f"Rejected: {len(chosen)}. Their owners are told why.")
            return None
        page = {**self.admin_site.each_context(request), "form": form, "cases": chosen}
        return render(request, "admin/render/reject.html", page, status=400 if form.is_bound else 200)


admin.site.unregister(Selfie)


@admin.register(Selfie)
class FlaggableSelfieAdmin(SelfieAdmin):
    """Selfies, with the way into the queue."""

    actions = ("flag",)

    def has_flag_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("render.decide_case")

    @admin.action(description="Put into the moderators' queue", permissions=["flag"])
    def flag(self, request: HttpRequest, chosen: QuerySet[Selfie]) -> None:
        for selfie in chosen:
            moderation.flag(selfie=selfie, words=f"Flagged by {request.user}.")
        self.message_user(request, f"In the queue: {len(chosen)}.", messages.SUCCESS)


def _picture(case: Case) -> str:
    return reverse("admin:case-picture", args=[case.pk])


def _lines(found: Iterable[tuple[datetime, str, str]]) -> SafeString:
    """When, by whom or how, and the words."""
    told = ((f"{when:%Y-%m-%d %H:%M}", what, words) for when, what, words in found)
    return format_html_join("", "<p>{}, {}: {}</p>", told) or SafeString("none")


def _portrait(case: Case) -> HttpResponseBase:
    """The portrait that was reported; where its owner has deleted it, another one that shows the same."""
    seen = [portrait for portrait in verdicts.portraits(case) if portrait.proof]
    portrait = next((one for one in seen if one.pk == case.subject), seen[0] if seen else None)
    if portrait is None:
        raise Http404
    answer = FileResponse(prints.opened(prints.preview(portrait)), content_type="image/jpeg")
    answer["Cache-Control"] = "no-store, private"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _selfie(case: Case) -> HttpResponseBase:
    selfie = get_object_or_404(Selfie.objects.select_related("owner"), pk=case.subject)
    return private(HttpResponse(rest.read_selfie(selfie), content_type="image/jpeg"))
