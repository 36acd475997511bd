"""Refunds and disputes."""

from typing import Any

from billing.stripe_dev.books import Books, Thing
from billing.stripe_dev.errors import Wrong, missing
from billing.stripe_dev.payments import check_amount

Told = list[tuple[str, Thing]]


def _charge(books: Books, params: dict[str, Any]) -> Thing:
    intent = books.things.get(params.get("payment_intent", ""))
    charge = books.things.get(params.get("charge") or (intent or {}).get("latest_charge") or "")
    if charge is None:
        raise missing("payment_intent", params.get("payment_intent", ""))
    return charge


def refund(books: Books, params: dict[str, Any], *, dashboard: bool = False) -> tuple[Thing, Told]:
    charge = _charge(books, params)
    left = charge["amount"] - charge["amount_refunded"]
    cents = params.get("amount", left)
    if left == 0:
        raise Wrong(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < cents <= left:
        raise Wrong(
            f"Refund amount ({cents}) is greater than unrefunded amount on charge ({left})", param="amount"
        )
    check_amount(cents, charge["currency"], "amount")
    if charge["disputed"]:
        raise Wrong("This charge has been charged back.", code="charge_disputed")
    status = "succeeded" if dashboard else books.switches.refund_status
    made = books.add(
        "re", "refund", amount=cents, currency=charge["currency"], charge=charge["id"],
        payment_intent=charge["payment_intent"], metadata=params.get("metadata", {}), status=status,
        reason=params.get("reason"), failure_reason=None,
    )  # fmt: skip
    charge["amount_refunded"] += cents
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    return made, [("refund.created", made), ("charge.refunded", charge)]


def move_refund(books: Books, found: Thing, status: str) -> Told:
    """A refund goes through, or fails days later (the card was closed)."""
    was, found["status"] = found["status"], status
    void = ("failed", "canceled")
    if status in void and was not in void:
        found["failure_reason"] = "lost_or_stolen_card"
        charge = books.things[found["charge"]]
        charge["amount_refunded"] -= found["amount"]
        charge["refunded"] = False
    told: Told = [("refund.updated", found)]
    return [*told, ("refund.failed", found)] if status == "failed" else told


def dispute(books: Books, intent_id: str) -> tuple[Thing, Told]:
    charge = _charge(books, {"payment_intent": intent_id})
    charge["disputed"] = True
    made = _dispute(books, charge, "needs_response")
    return made, [("charge.dispute.created", made), ("charge.dispute.funds_withdrawn", made)]


def inquire(books: Books, intent_id: str) -> tuple[Thing, Told]:
    """A bank asks about a payment, and takes nothing."""
    made = _dispute(books, _charge(books, {"payment_intent": intent_id}), "warning_needs_response")
    return made, [("charge.dispute.created", made)]


def _dispute(books: Books, charge: Thing, status: str) -> Thing:
    return books.add(
        "du", "dispute", amount=charge["amount"], currency=charge["currency"], charge=charge["id"],
        payment_intent=charge["payment_intent"], status=status, reason="fraudulent",
        is_charge_refundable=status.startswith("warning_"),
    )  # fmt: skip


def move_inquiry(books: Books, found: Thing, status: str) -> Told:
    """An inquiry goes on, ends, or turns into a dispute that takes the money."""
    found["status"] = status
    told: Told = [("charge.dispute.updated", found)]
    if status == "warning_closed":
        return [*told, ("charge.dispute.closed", found)]
    if status == "needs_response":
        found["is_charge_refundable"] = False
        books.things[found["charge"]]["disputed"] = True
        told.append(("charge.dispute.funds_withdrawn", found))
    return told


def close_dispute(books: Books, found: Thing, status: str) -> Told:
    found["status"] = status
    told: Told = [("charge.dispute.updated", found), ("charge.dispute.closed", found)]
    if status == "won":
        books.things[found["charge"]]["disputed"] = False
        told.insert(1, ("charge.dispute.funds_reinstated", found))
    return told


def warn(books: Books, intent_id: str) -> tuple[Thing, Told]:
    charge = _charge(books, {"payment_intent": intent_id})
    made = books.add(
        "issfr", "radar.early_fraud_warning", charge=charge["id"], payment_intent=charge["payment_intent"],
        fraud_type="made_with_stolen_card", actionable=True,
    )  # fmt: skip
    return made, [("radar.early_fraud_warning.created", made)]
