"""The catalogue in the admin. Superusers look after it; no group of staff has a permission on it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from studio import desk, face_admin  # noqa: F401  (face_admin registers what it holds)
from studio.catalogue_models import Category, Style


@admin.register(Style)
class StyleAdmin(admin.ModelAdmin[Style]):
    """The list is Django's; adding and changing is the desk's."""

    list_display = ("name", "category", "offered", "current_number", "follows_file")
    list_filter = ("category", "offered", "follows_file")
    list_select_related = ("category", "current")
    search_fields = ("name", "slug")

    @admin.display(description="version")
    def current_number(self, style: Style) -> int | None:
        return style.current.number if style.current else None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return desk.style(request, object_id, self.admin_site.each_context(request))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return desk.new(request, self.admin_site.each_context(request))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def has_delete_permission(self, request: HttpRequest, obj: Style | None = None) -> bool:
        return False  # portraits keep the version that they were made with: withdraw it instead


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin[Category]):
    """Names and order are the staff's; which categories there are, the recipes say."""

    list_display = ("name", "order")
    list_editable = ("order",)
    readonly_fields = ("slug",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Category | None = None) -> bool:
        return False
