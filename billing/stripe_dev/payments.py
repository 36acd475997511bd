"""Checkout Sessions, and what is made of them when they are paid."""

import hashlib
from typing import Any

from billing import currencies
from billing.stripe_dev.books import Books, Thing
from billing.stripe_dev.errors import Wrong, missing

PROMOTIONS = {"WELCOME100": 100, "TENOFF": 10}  # codes and their percent
HALF_AN_HOUR, DAY = 30 * 60, 24 * 3600


def create(books: Books, params: dict[str, Any], *, address: str) -> Thing:
    if params.get("mode") != "payment":
        raise Wrong("This development server sells one-time payments only.", param="mode")
    lines = [_line(line, number) for number, line in enumerate(params.get("line_items", []))]
    if not lines:
        raise Wrong("Missing required param: line_items.", param="line_items", code="parameter_missing")
    expires = params.get("expires_at", books.now() + DAY)
    if not books.now() + HALF_AN_HOUR - 60 <= expires <= books.now() + DAY + 60:
        raise Wrong("`expires_at` must be between 30 minutes and 24 hours from now.", param="expires_at")
    subtotal = sum(line["amount_total"] for line in lines)
    made = books.add(
        "cs_test", "checkout.session",
        mode="payment", status="open", payment_status="unpaid", currency=lines[0]["currency"],
        amount_subtotal=subtotal, amount_total=subtotal, payment_intent=None,
        total_details={"amount_discount": 0, "amount_tax": 0, "amount_shipping": 0},
        line_items={"object": "list", "data": lines, "has_more": False},
        metadata=params.get("metadata", {}), client_reference_id=params.get("client_reference_id"),
        customer_email=params.get("customer_email"),
        allow_promotion_codes=params.get("allow_promotion_codes", False),
        adaptive_pricing=params.get("adaptive_pricing"), automatic_tax=params.get("automatic_tax"),
        success_url=params.get("success_url"), cancel_url=params.get("cancel_url"), expires_at=expires,
        intent_metadata=params.get("payment_intent_data", {}).get("metadata", {}),
    )  # fmt: skip
    made["url"] = f"{address}/pay/{made['id']}"
    return made


def _line(line: dict[str, Any], number: int) -> Thing:
    price = line.get("price_data")
    if price is None or "unit_amount" not in price or "product_data" not in price:
        where = f"line_items[{number}][price_data]"
        raise Wrong(f"Missing required param: {where}.", param=where, code="parameter_missing")
    check_amount(price["unit_amount"], price["currency"], f"line_items[{number}][price_data][unit_amount]")
    quantity = line.get("quantity", 1)
    return {
        "object": "item",
        "quantity": quantity,
        "description": price["product_data"]["name"],
        "currency": price["currency"],
        "amount_total": price["unit_amount"] * quantity,
    }


def check_amount(amount: int, code: str, param: str) -> None:
    """An amount that Stripe takes in this currency."""
    if code not in currencies.KNOWN:
        raise Wrong(f"Invalid currency: {code}.", param="currency")
    step = currencies.of(code).step
    if amount % step:
        raise Wrong(f"Amounts in {code} must be multiples of {step}.", param=param)


def find(books: Books, id: str) -> Thing:  # noqa: A002
    """The session; one whose time is over has expired by now."""
    found = books.things.get(id)
    if found is None or found["object"] != "checkout.session":
        raise missing("checkout.session", id)
    return found


def expire(books: Books, session: Thing) -> list[tuple[str, Thing]]:
    if session["status"] != "open":
        raise Wrong('Only Checkout Sessions with a status in ["open"] can be expired.')
    session.update(status="expired", url=None)
    return [("checkout.session.expired", session)]


def promote(session: Thing, code: str) -> None:
    if session["status"] != "open":
        raise Wrong("This Checkout Session is no longer open.")
    percent = PROMOTIONS.get(code.strip().upper())
    if percent is None or not session["allow_promotion_codes"]:
        raise Wrong("This code is invalid.", param="promotion_code")
    discount = currencies.of(session["currency"]).floor(session["amount_subtotal"] * percent // 100)
    session["total_details"]["amount_discount"] = discount
    session["amount_total"] = session["amount_subtotal"] - discount


def pay(books: Books, session: Thing, *, method: str = "card", card: str = "") -> list[tuple[str, Thing]]:
    """The customer has paid, by card at once or by a bank that takes days."""
    if session["status"] != "open":
        raise Wrong("This Checkout Session is no longer open.")
    session.update(status="complete", url=None)
    session.update(books.switches.tamper)
    if session["amount_total"] == 0:
        session["payment_status"] = "no_payment_required"
        return [("checkout.session.completed", session)]
    intent = books.add(
        "pi", "payment_intent", amount=session["amount_total"], currency=session["currency"],
        metadata=session["intent_metadata"], status="processing", latest_charge=None,
        payment_method=_means(books, method, card)["id"],
    )  # fmt: skip
    session["payment_intent"] = intent["id"]
    if method == "card":
        return [("checkout.session.completed", session), *_succeed(books, session, intent)]
    return [("checkout.session.completed", session), ("payment_intent.processing", intent)]


def _means(books: Books, method: str, card: str) -> Thing:
    """What it is paid with. A card has a fingerprint, the same one whoever pays with it."""
    if method != "card":
        return books.add("pm", "payment_method", type="us_bank_account", us_bank_account={})
    fingerprint = hashlib.sha256(card.encode()).hexdigest()[:16]
    told = {"last4": card[-4:], "fingerprint": fingerprint}
    return books.add("pm", "payment_method", type="card", card=told)


def _succeed(books: Books, session: Thing, intent: Thing) -> list[tuple[str, Thing]]:
    means = books.things[intent["payment_method"]]
    charge = books.add(
        "ch", "charge", amount=intent["amount"], amount_refunded=0, currency=intent["currency"], paid=True,
        payment_intent=intent["id"], metadata=intent["metadata"], refunded=False, disputed=False,
        payment_method_details={"type": means["type"], means["type"]: means[means["type"]]},
    )  # fmt: skip
    intent.update(status="succeeded", latest_charge=charge["id"], amount_received=intent["amount"])
    session["payment_status"] = "paid"
    return [("payment_intent.succeeded", intent), ("charge.succeeded", charge)]


def bank(books: Books, session: Thing, *, pays: bool) -> list[tuple[str, Thing]]:
    """Days later the bank has paid, or has not."""
    intent = books.things.get(session["payment_intent"] or "")
    if intent is None or intent["status"] != "processing":
        raise Wrong("No bank is asked about this payment.")
    if pays:
        others = _succeed(books, session, intent)
        return [("checkout.session.async_payment_succeeded", session), *others]
    intent["status"] = "requires_payment_method"
    failed = ("payment_intent.payment_failed", intent)
    return [("checkout.session.async_payment_failed", session), failed]
