from django.contrib import admin

from studio import face_admin  # noqa: F401  (registers what it holds)
from studio.models import Style


@admin.register(Style)
class StyleAdmin(admin.ModelAdmin[Style]):
    list_display = ("name", "category", "version", "active")
    list_filter = ("category", "active")
    readonly_fields = ("slug", "category", "name", "recipe", "digest", "version")
