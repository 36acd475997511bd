from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import Consent, Receipt, User


class ReadOnly(admin.ModelAdmin[Model]):
    """What staff may see and nobody may change by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """Accounts are made by signing up and erased by their owners; here they are found."""

    list_display = ("email", "is_active", "is_staff", "date_joined", "erased_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email",)
    ordering = ("-date_joined",)
    fields = (
        "email",
        "is_active",
        "block_reason",
        "is_staff",
        "is_superuser",
        "groups",
        "date_joined",
        "last_login",
        "erased_at",
    )
    readonly_fields = ("email", "is_active", "block_reason", "date_joined", "last_login", "erased_at")
    filter_horizontal = ("groups",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(Consent)
class ConsentAdmin(ReadOnly):
    list_display = ("user", "kind", "version", "locale", "given_at", "withdrawn_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    list_display = ("id", "kind", "made_at")
