"""What was sold and paid, and what went back. Stripe's numbers are stored as they were agreed or found."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone

from billing import currencies


def _person(name: str) -> "models.ForeignKey[models.Model | None, models.Model | None]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name=name, null=True, blank=True
    )


class Pack(models.Model):
    """What is for sale. A pack that was sold is copied into its purchase, so it may change at any time."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    credits = models.PositiveIntegerField()
    price_cents = models.PositiveIntegerField(
        "price",
        help_text="In the smallest unit, as Stripe counts: 2900 is $29.00, 4500 is 4,500 JPY, 9000 is 9 KWD.",
    )
    currency = models.CharField(max_length=3, choices=currencies.choices, default="usd")
    active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["price_cents"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(credits__gte=1), name="pack_credits_positive"),
            models.CheckConstraint(condition=Q(price_cents__gte=1), name="pack_price_positive"),
            models.CheckConstraint(
                condition=Q(currency__in=sorted(currencies.KNOWN)),
                name="pack_currency_known",
                violation_error_message="Stripe takes no money in this currency. Choose one of the list.",
            ),
            models.CheckConstraint(
                condition=~Q(currency__in=currencies.with_step(10)) | Q(Exact(F("price_cents") % 10, 0)),
                name="pack_price_in_tens",
                violation_error_message="Stripe charges this currency in tens: let the price end in 0.",
            ),
            models.CheckConstraint(
                condition=~Q(currency__in=currencies.with_step(100)) | Q(Exact(F("price_cents") % 100, 0)),
                name="pack_price_in_hundreds",
                violation_error_message="Stripe charges this currency in hundreds: let the price end in 00.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def unsettled(self, *, now: datetime) -> "PurchaseQuerySet":
        """Purchases at which Stripe may know more than we do, and nobody has looked for a while."""
        young = now - Purchase.PATIENCE
        return self.filter(state__in=Purchase.UNSETTLED, look_at__lte=now, created_at__gt=young)


class Purchase(models.Model):
    class State(models.TextChoices):
        CREATED = "created", "not paid yet"
        PENDING = "pending", "the bank has not answered yet"
        PAID = "paid", "paid"
        FAILED = "failed", "the payment failed"
        EXPIRED = "expired", "not paid in time"
        REFUSED = "refused", "paid otherwise than agreed"
        REFUNDED = "refunded", "money given back"

    UNSETTLED: ClassVar = (State.CREATED, State.PENDING)
    PATIENCE: ClassVar = timedelta(days=30)  # the slowest banks answer within two weeks
    FULFILLED: ClassVar = (State.PAID, State.REFUNDED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("billing.Account", on_delete=models.PROTECT, related_name="purchases")
    lot = models.OneToOneField(
        "billing.Lot", on_delete=models.PROTECT, related_name="purchase", null=True, blank=True
    )
    pack = models.CharField(max_length=80, help_text="Its name when it was bought.")
    credits = models.PositiveIntegerField()
    price_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    paid_cents = models.PositiveIntegerField(
        default=0, help_text="What Stripe took: less a promotion, with tax."
    )
    stripe_session = models.CharField(max_length=255, null=True, blank=True, unique=True)
    payment_intent = models.CharField(max_length=255, null=True, blank=True, unique=True)
    payer = models.CharField(
        max_length=32, blank=True, help_text="What it was paid with, as a keyed hash; empty where unknown."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    waiver = models.CharField(max_length=20, help_text="Version of the agreement to delivery at once.")
    back_to = models.CharField(max_length=300, blank=True, help_text="The page that the customer came from.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    paid_at = models.DateTimeField(null=True, blank=True)
    look_at = models.DateTimeField(default=timezone.now, help_text="When to ask Stripe again.")

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["created", "pending", "paid", "failed", "expired", "refused", "refunded"]
                ),
                name="purchase_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["paid", "refunded"], lot__isnull=False, paid_at__isnull=False)
                | (~Q(state__in=["paid", "refunded"]) & Q(lot__isnull=True)),
                name="purchase_paid_has_a_lot",
            ),
            models.CheckConstraint(condition=Q(credits__gte=1), name="purchase_credits_positive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "look_at"], name="purchase_to_look_at"),
            models.Index(fields=["payer"], condition=~Q(payer=""), name="purchase_payer"),
        ]

    def __str__(self) -> str:
        return f"{self.pack}, {self.created_at:%Y-%m-%d} ({self.state})"


class RefundQuerySet(models.QuerySet["Refund"]):
    def standing(self) -> "RefundQuerySet":
        """Refunds whose money has left, or is on its way."""
        return self.filter(state__in=Refund.STANDING)

    def cents(self) -> int:
        return int(self.aggregate(sum=Coalesce(Sum("cents"), 0))["sum"])

    def at_stripe(self) -> "RefundQuerySet":
        """Refunds that Stripe has made and not yet brought to their end."""
        return self.filter(state=Refund.State.SENT, stripe_refund__isnull=False)

    def unanswered(self, *, now: datetime) -> "RefundQuerySet":
        """Refunds of which we do not know whether Stripe has made them."""
        return self.filter(state__in=Refund.UNDER_WAY, stripe_refund__isnull=True, look_at__lte=now)


class Refund(models.Model):
    """Money that goes back. Its id is the idempotency key under which Stripe is asked for it."""

    class State(models.TextChoices):
        REQUESTED = "requested", "asked for"
        SENT = "sent", "on its way"
        UNKNOWN = "unknown", "Stripe has not answered"
        SUCCEEDED = "succeeded", "given back"
        FAILED = "failed", "failed"
        DECLINED = "declined", "declined"

    UNDER_WAY: ClassVar = (State.SENT, State.UNKNOWN)
    STANDING: ClassVar = (*UNDER_WAY, State.SUCCEEDED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="refunds")
    cents = models.PositiveIntegerField()
    credits = models.PositiveIntegerField(help_text="Unspent credits that go with the money.")
    ledger_cents = models.PositiveIntegerField(default=0, help_text="What the ledger has noted of it.")
    shortfall = models.PositiveIntegerField(
        default=0, help_text="Credits that the money was for and that were spent already."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    stripe_refund = models.CharField(max_length=255, null=True, blank=True, unique=True)
    requested_by = _person("refunds_requested")
    approved_by = _person("refunds_approved")
    second_by = _person("refunds_seconded")
    reason = models.CharField(max_length=300)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    look_at = models.DateTimeField(default=timezone.now, help_text="When to ask Stripe again.")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["requested", "sent", "unknown", "succeeded", "failed", "declined"]),
                name="refund_state_known",
            ),
            models.UniqueConstraint(
                fields=["purchase"],
                condition=Q(state__in=["requested", "sent", "unknown"], requested_by__isnull=False),
                name="refund_one_under_way",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("approved_by")),
                name="refund_second_is_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "declined"])
                | Q(approved_by__isnull=False)
                | Q(requested_by__isnull=True),
                name="refund_sent_is_approved",
            ),
        ]
        permissions: ClassVar = [
            ("give_credits", "Can give credits back"),
            ("refund_money", "Can give money back"),
        ]

    def __str__(self) -> str:
        return f"refund of {self.amount} ({self.state})"

    @property
    def amount(self) -> str:
        """With its currency, as people write it."""
        return currencies.written(self.cents, self.purchase.currency)

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.REQUESTED, *self.UNDER_WAY)


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def standing(self) -> "DisputeQuerySet":
        """Those that keep a lot from being spent: begun and not ended, or lost."""
        return self.exclude(status__in=Dispute.HARMLESS)


class Dispute(models.Model):
    """A bank asks about a payment (an inquiry, which takes no money), or takes its money back.

    The row is what Stripe said when we last looked. An inquiry may turn into a dispute under the same id.
    """

    INQUIRY: ClassVar = ("warning_needs_response", "warning_under_review", "warning_closed")
    OVER: ClassVar = ("won", "lost", "warning_closed", "prevented")
    HARMLESS: ClassVar = (*INQUIRY, "won", "prevented")

    id = models.CharField(primary_key=True, max_length=255)
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="disputes")
    status = models.CharField(max_length=40)
    reason = models.CharField(max_length=80, blank=True)
    cents = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"dispute {self.id} ({self.status})"

    @property
    def is_over(self) -> bool:
        return self.status in self.OVER

    @property
    def stands(self) -> bool:
        """Whether the bank has the money, or may take it any day."""
        return self.status not in self.HARMLESS


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def due(self, *, now: datetime) -> "StripeEventQuerySet":
        return self.filter(processed_at__isnull=True, due_at__lte=now)


class StripeEvent(models.Model):
    """That something happened, never what: the task asks Stripe."""

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(max_length=100)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=255, blank=True)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    processed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(default=timezone.now, help_text="When the sweeper runs it again.")
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-received_at"]
        indexes: ClassVar = [models.Index(fields=["processed_at", "due_at"], name="event_to_process")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Flag(models.Model):
    """Something about money that a person must look at; told to staff once."""

    key = models.CharField(max_length=200, unique=True)
    sentence = models.CharField(max_length=400)
    purchase = models.ForeignKey(
        Purchase, on_delete=models.PROTECT, related_name="flags", null=True, blank=True
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = _person("+")

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.sentence
