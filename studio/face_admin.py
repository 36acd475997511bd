"""Selfies and identities in the admin: that they are there, never what they hold.

The one way to a face is the picture's own address, which records the look.
"""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin import ReadOnly
from studio import age
from studio.face_models import Identity, Selfie


@admin.register(Selfie)
class SelfieAdmin(ReadOnly):
    list_display = ("id", "owner", "verdict", "code", "age", "created_at", "look")
    list_filter = ("verdict", "code", "age")
    search_fields = ("=id", "owner__email")
    fields = (
        "id", "owner", "verdict", "code", "sentence", "text", "width", "height", "created_at", "stated",
        "stated_at", "age", "look",
    )  # fmt: skip
    readonly_fields: ClassVar = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Selfie]:
        return Selfie.objects.select_related("owner")

    @admin.display(description="stated")
    def stated(self, selfie: Selfie) -> str:
        words = age.STATEMENTS.get(selfie.statement)
        return f"“{words}” (text of version {selfie.statement})" if words else "Sent before this was asked."

    @admin.display(description="face")
    def look(self, selfie: Selfie) -> SafeString:
        address = reverse("selfie-picture", args=[selfie.pk])
        return format_html('<a href="{}">Look at it, on record</a>', address)


@admin.register(Identity)
class IdentityAdmin(ReadOnly):
    list_display = ("id", "owner", "version", "engine", "measured_at")
    search_fields = ("=id", "owner__email")
    fields = ("id", "owner", "selfie", "version", "engine", "mirrored", "created_at", "measured_at")
    readonly_fields: ClassVar = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Identity]:
        return Identity.objects.select_related("owner")
