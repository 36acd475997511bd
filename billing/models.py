"""Credits and what they were paid with. Only billing/ledger.py writes accounts, lots, holds and entries."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from billing.payment_models import Dispute, Flag, Pack, Purchase, Refund, StripeEvent

__all__ = [
    "Account",
    "Dispute",
    "Entry",
    "Flag",
    "Hold",
    "Lot",
    "Pack",
    "Purchase",
    "Refund",
    "StripeEvent",
]


class Account(models.Model):
    """One customer's credits. The two balances are caches of the entries; every move locks this row first."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="credits")
    available = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(available__gte=0), name="account_available_not_negative"),
            models.CheckConstraint(condition=Q(held__gte=0), name="account_held_not_negative"),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"


class LotQuerySet(models.QuerySet["Lot"]):
    def spendable(self) -> "LotQuerySet":
        """First in, first out."""
        return self.filter(state=Lot.State.OPEN, remaining__gt=0).order_by("created_at", "pk")


class Lot(models.Model):
    """Credits that came in together. What remains of a purchase's is what its money can be given back for."""

    class Kind(models.TextChoices):
        PURCHASE = "purchase"
        GOODWILL = "goodwill"
        PROMOTION = "promo", "promotion"

    class State(models.TextChoices):
        OPEN = "open"
        FROZEN = "frozen"
        CLOSED = "closed"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lots")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    payment_ref = models.CharField(max_length=80, unique=True, null=True, blank=True)
    granted = models.PositiveIntegerField()
    remaining = models.PositiveIntegerField()
    paid_cents = models.PositiveIntegerField(default=0)
    refunded_credits = models.PositiveIntegerField(default=0)
    refunded_cents = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3, default="usd")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LotQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(granted__gte=1), name="lot_granted_positive"),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("granted")), name="lot_remaining_range"
            ),
            models.CheckConstraint(
                condition=Q(refunded_cents__lte=F("paid_cents"), refunded_credits__lte=F("granted")),
                name="lot_refunded_range",
            ),
            models.CheckConstraint(condition=~Q(state="closed") | Q(remaining=0), name="lot_closed_is_empty"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "frozen", "closed"]), name="lot_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="purchase") | Q(paid_cents=0), name="lot_only_purchases_are_paid"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "state", "created_at"], name="lot_spendable")]

    def __str__(self) -> str:
        return f"lot {self.pk}: {self.remaining} of {self.granted}"


class Hold(models.Model):
    """A credit that waits for its portrait: captured on delivery, released when there is none."""

    class State(models.TextChoices):
        OPEN = "open"
        CAPTURED = "captured"
        RELEASED = "released"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="holds")
    subject = models.UUIDField(help_text="What it pays for. Opaque here: the app that asked knows.")
    amount = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(state__in=["open", "captured"]),
                name="hold_one_per_subject",
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="hold_amount_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "captured", "released"]), name="hold_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.id} ({self.state})"


class Entry(models.Model):
    """One move of credits: double entry in one row, never changed and never deleted (billing/triggers.py)."""

    class Kind(models.TextChoices):
        GRANT = "grant"
        HOLD = "hold"
        CAPTURE = "capture"
        RELEASE = "release"
        RESTORE = "restore"
        REVOKE = "revoke"
        UNREVOKE = "unrevoke"
        FREEZE = "freeze"
        UNFREEZE = "unfreeze"
        ADJUST = "adjust"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="entries")
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="entries", null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    d_available = models.IntegerField(default=0)
    d_held = models.IntegerField(default=0)
    d_spent = models.IntegerField(default=0)
    d_outside = models.IntegerField(default=0)
    d_remaining = models.IntegerField(default=0, help_text="What it changes of its lot.")
    key = models.CharField(max_length=120, unique=True, help_text="What it is: a move is made once.")
    actor = models.CharField(
        max_length=80, help_text="Who moved it: `system`, `owner`, or `user` and a number."
    )
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(d_available=-F("d_held") - F("d_spent") - F("d_outside")),
                name="entry_sums_to_nothing",
            ),
            models.CheckConstraint(condition=~Q(key=""), name="entry_has_a_key"),
            models.CheckConstraint(
                condition=~Q(kind__in=["hold", "capture", "release", "restore"]) | Q(hold__isnull=False),
                name="entry_of_a_hold_names_it",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-id"], name="entry_statement")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.key})"
