"""What we read of Stripe's objects, and nothing else of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Session:
    """A Checkout Session. Amounts are in the smallest unit of the currency (currencies.py)."""

    id: str
    url: str
    mode: str
    status: str  # open, complete, expired
    payment_status: str  # paid, unpaid, no_payment_required
    livemode: bool
    currency: str
    subtotal: int
    total: int
    discount: int
    tax: int
    quantities: tuple[int, ...]
    reference: str
    payment_intent: str | None
    intent_status: str
    fingerprint: str  # of what it was paid with, as Stripe knows it again; empty where it does not

    @classmethod
    def read(cls, found: Json) -> "Session":
        totals = found.get("total_details") or {}
        intent = found.get("payment_intent")
        whole = intent if isinstance(intent, Mapping) else {"id": intent}
        lines = (found.get("line_items") or {}).get("data", [])
        return cls(
            id=found["id"],
            url=found.get("url") or "",
            mode=found["mode"],
            status=found.get("status") or "",
            payment_status=found["payment_status"],
            livemode=found["livemode"],
            currency=found.get("currency") or "",
            subtotal=found.get("amount_subtotal") or 0,
            total=found.get("amount_total") or 0,
            discount=totals.get("amount_discount") or 0,
            tax=totals.get("amount_tax") or 0,
            quantities=tuple(line.get("quantity") or 0 for line in lines),
            reference=found.get("client_reference_id") or "",
            payment_intent=whole.get("id"),
            intent_status=whole.get("status") or "",
            fingerprint=_fingerprint(whole.get("latest_charge")),
        )

    @property
    def is_settled(self) -> bool:
        """Paid, or nothing to pay (a promotion code of 100 %)."""
        return self.status == "complete" and self.payment_status in ("paid", "no_payment_required")


def _fingerprint(charge: object) -> str:
    """Of a charge that was asked for whole: its card's, or its bank account's."""
    if not isinstance(charge, Mapping):
        return ""
    details = charge.get("payment_method_details") or {}
    means = details.get(details.get("type") or "") or {}
    return means.get("fingerprint") or ""


@dataclass(frozen=True)
class MoneyBack:
    """A refund."""

    id: str
    status: str  # pending, requires_action, succeeded, failed, canceled
    cents: int
    currency: str
    payment_intent: str | None
    ours: str
    failure: str

    @classmethod
    def read(cls, found: Json) -> "MoneyBack":
        return cls(
            id=found["id"],
            status=found.get("status") or "pending",
            cents=found["amount"],
            currency=found["currency"],
            payment_intent=found.get("payment_intent"),
            ours=(found.get("metadata") or {}).get("refund", ""),
            failure=found.get("failure_reason") or "",
        )

    @property
    def is_void(self) -> bool:
        return self.status in ("failed", "canceled")


@dataclass(frozen=True)
class Contest:
    """A dispute."""

    id: str
    status: str
    reason: str
    cents: int
    payment_intent: str | None

    @classmethod
    def read(cls, found: Json) -> "Contest":
        return cls(
            id=found["id"],
            status=found["status"],
            reason=found.get("reason") or "",
            cents=found["amount"],
            payment_intent=found.get("payment_intent"),
        )


@dataclass(frozen=True)
class Notice:
    """An event whose signature was good: what it is about, not what it says."""

    id: str
    type: str
    livemode: bool
    account: str
    api_version: str
    object_id: str


@dataclass(frozen=True)
class Offer:
    """What a Checkout Session is to be made of."""

    purchase: str
    name: str
    cents: int
    currency: str
    email: str
    success_url: str
    cancel_url: str
    expires_at: int
    waiver: str
    automatic_tax: bool = False
    invoice: bool = False
    adaptive_pricing: bool = field(default=False)
