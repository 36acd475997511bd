"""Support finds a customer here, reads everything, and changes nothing by hand (admin_acts.py acts)."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from accounts.models import User
from billing import admin_acts, currencies, flags
from billing.models import Account, Dispute, Entry, Flag, Hold, Lot, Pack, Purchase, Refund, StripeEvent


class Amounts:
    """Columns of money, as people write it."""

    @admin.display(ordering="price_cents")
    def price(self, row: Any) -> str:
        return _written(row, row.price_cents)

    @admin.display(ordering="paid_cents")
    def paid(self, row: Any) -> str:
        return _written(row, row.paid_cents)

    @admin.display(ordering="refunded_cents")
    def refunded(self, row: Any) -> str:
        return _written(row, row.refunded_cents)

    @admin.display(ordering="cents")
    def amount(self, row: Any) -> str:
        return _written(row, row.cents)

    @admin.display(ordering="ledger_cents")
    def in_the_ledger(self, row: Any) -> str:
        return _written(row, row.ledger_cents)


def _written(row: Any, amount: int) -> str:
    currency = row.currency if hasattr(row, "currency") else row.purchase.currency
    return currencies.written(amount, currency)


class ReadOnly(Amounts, admin.ModelAdmin[Model]):
    """What staff may see and nobody may change by hand."""

    show_full_result_count = False  # which would count a million entries
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Listed(Amounts, admin.TabularInline[Model, Model]):
    """Rows beneath a row, to read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class PurchasesListed(Listed):
    model = Purchase
    fields = ("id", "pack", "state", "paid", "paid_at", "payment_intent")
    readonly_fields = fields


class LotsListed(Listed):
    model = Lot
    fields = ("kind", "granted", "remaining", "state", "paid", "refunded", "created_at")
    readonly_fields = fields


class RefundsListed(Listed):
    model = Refund
    fk_name = "purchase"
    fields = ("id", "state", "amount", "credits", "shortfall", "reason", "created_at")
    readonly_fields = fields


@admin.register(Account)
class AccountAdmin(ReadOnly):
    list_display = ("user", "available", "held")
    list_select_related = ("user",)
    search_fields = (
        "user__email",
        "purchases__payment_intent",
        "purchases__stripe_session",
        "purchases__id",
    )
    search_help_text = "E-mail address, or any part of a payment id, session id or receipt number."
    inlines: ClassVar = [PurchasesListed, LotsListed]

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(admin_acts.give_credits)
        return [path("<int:id>/give/", act, name="billing_account_give"), *super().get_urls()]


@admin.register(Purchase)
class PurchaseAdmin(ReadOnly):
    exclude = ("price_cents", "paid_cents", "currency")
    readonly_fields = ("price", "paid")
    list_display = ("id", "customer", "pack", "state", "price", "paid", "created_at")
    list_select_related = ("account__user",)
    list_filter = ("state",)
    search_fields = ("account__user__email", "payment_intent", "stripe_session", "id", "payer")
    inlines: ClassVar = [RefundsListed]

    @admin.display(ordering="account__user__email")
    def customer(self, purchase: Purchase) -> str:
        return str(purchase.account.user)

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(admin_acts.refund_money)
        return [path("<uuid:id>/money/", act, name="billing_purchase_money"), *super().get_urls()]


@admin.register(Refund)
class RefundAdmin(ReadOnly):
    exclude = ("cents", "ledger_cents")
    readonly_fields = ("amount", "in_the_ledger")
    list_display = (
        "id",
        "state",
        "amount",
        "credits",
        "shortfall",
        "requested_by",
        "approved_by",
        "created_at",
    )
    list_select_related = ("purchase", "requested_by", "approved_by")
    list_filter = ("state",)
    search_fields = ("purchase__account__user__email", "stripe_refund", "id")

    def get_urls(self) -> list[URLPattern]:
        yes, no = (self.admin_site.admin_view(act) for act in (admin_acts.approve, admin_acts.decline))
        return [
            path("<uuid:id>/approve/", yes, name="billing_refund_approve"),
            path("<uuid:id>/decline/", no, name="billing_refund_decline"),
            *super().get_urls(),
        ]


@admin.register(Hold)
class HoldAdmin(ReadOnly):
    list_display = ("id", "account", "state", "amount", "created_at")
    list_filter = ("state",)
    search_fields = ("id", "subject", "account__user__email")

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(admin_acts.restore)
        return [path("<uuid:id>/restore/", act, name="billing_hold_restore"), *super().get_urls()]


@admin.register(Lot)
class LotAdmin(ReadOnly):
    exclude = ("paid_cents", "refunded_cents", "currency")
    readonly_fields = ("paid", "refunded")
    list_display = ("id", "account", "kind", "granted", "remaining", "state", "paid", "refunded")
    list_filter = ("kind", "state")
    search_fields = ("payment_ref", "account__user__email")


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    list_display = ("created_at", "kind", "d_available", "d_held", "d_spent", "d_outside", "actor", "reason")
    list_filter = ("kind",)
    search_fields = ("key", "account__user__email")
    ordering = ("-pk",)


@admin.register(Dispute)
class DisputeAdmin(ReadOnly):
    exclude = ("cents",)
    readonly_fields = ("amount",)
    list_display = ("id", "status", "reason", "amount", "created_at", "seen_at")
    list_select_related = ("purchase",)
    search_fields = ("id", "purchase__account__user__email")


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly):
    list_display = ("id", "type", "received_at", "processed_at", "attempts", "error")
    list_filter = ("type",)
    search_fields = ("id", "object_id")


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    list_display = ("created_at", "sentence", "purchase", "settled_at", "settled_by")
    list_filter = (("settled_at", admin.EmptyFieldListFilter),)
    list_select_related = ("purchase", "settled_by")
    actions = ("settle",)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_flag")

    @admin.action(description="Looked at, and settled", permissions=["settle"])
    def settle(self, request: HttpRequest, chosen: QuerySet[Flag]) -> None:
        assert isinstance(request.user, User)
        for flag in chosen:
            flags.settle(flag=flag, by=request.user)


@admin.register(Pack)
class PackAdmin(Amounts, admin.ModelAdmin[Pack]):
    """What is for sale; a pack that was sold is withdrawn, not deleted."""

    list_display = ("name", "credits", "price", "active")
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("name",)}

    def has_delete_permission(self, request: HttpRequest, obj: Pack | None = None) -> bool:
        return False
