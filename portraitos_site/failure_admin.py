"""Errors of ours as staff see them: a row a cause, and one act."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnly
from accounts.models import User
from portraitos_site import failures
from render.jobs.failure_models import Failure, FailureEvent


class Settled(admin.SimpleListFilter):
    """What waits for somebody, unless somebody asks for all."""

    title = "settled"
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not settled")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Failure]) -> QuerySet[Failure]:
        return Failure.objects.unsettled() if self.value() == "no" else queryset


class Events(admin.TabularInline[FailureEvent, Failure]):
    """The newest times that it struck, each with the job whose log lines tell more."""

    model = FailureEvent
    extra = 0
    can_delete = False
    fields: ClassVar = ("at", "job", "given_up")
    readonly_fields: ClassVar = fields
    verbose_name_plural = "the last 20 times"

    def get_queryset(self, request: HttpRequest) -> QuerySet[FailureEvent]:
        newest = FailureEvent.objects.all()
        if request.resolver_match and (pk := request.resolver_match.kwargs.get("object_id")):
            newest = newest.filter(failure=pk)
        return FailureEvent.objects.filter(pk__in=list(newest.values_list("pk", flat=True)[:20]))

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("jobs.view_failure")


@admin.register(Failure)
class FailureAdmin(ReadOnly):
    list_display = ("kind", "exception", "place", "count", "retried", "last_at", "told_at", "settled")
    list_filter: ClassVar = [Settled]
    search_fields = ("kind", "exception", "place", "=events__job")
    inlines: ClassVar = [Events]
    actions = ("settle",)

    @admin.display(boolean=True)
    def settled(self, failure: Failure) -> bool:
        return failure.is_settled

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.change_failure")

    @admin.action(description="Looked at, and settled: the health page forgets it", permissions=["settle"])
    def settle(self, request: HttpRequest, chosen: QuerySet[Failure]) -> None:
        assert isinstance(request.user, User)
        for failure in chosen:
            failures.settle(failure=failure, by=request.user)
        self.message_user(request, f"Settled: {len(chosen)}. Whoever meets it again raises it again.")
