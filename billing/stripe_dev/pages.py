"""The pages of the development Stripe: where a customer pays, and a dashboard with what can happen later."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from billing.currencies import written
from billing.stripe_dev import payments
from billing.stripe_dev.acts import World
from billing.stripe_dev.books import Books, Thing
from billing.stripe_dev.errors import Wrong

STYLE = """
:root { color-scheme: light dark; background: Canvas; color: CanvasText; }
:root { font: 1.0625rem/1.5 system-ui, sans-serif; }
body { max-width: 32rem; margin: 0 auto; padding: 1.5rem; }
header { border-bottom: 1px solid; padding-bottom: .75rem; margin-bottom: 1.5rem; }
form { display: grid; gap: 1rem; margin-bottom: 1.5rem; } fieldset { border: 0; padding: 0; margin: 0; }
input[type=text] { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .6rem; }
button { font: inherit; padding: .7rem 1.2rem; min-height: 2.75rem; justify-self: start; cursor: pointer; }
.row form { display: inline; margin: 0 } li { margin-bottom: 1rem; } [role=alert] { font-weight: bold; }
"""


@dataclass(frozen=True)
class Page:
    html: str
    status: int = 200
    location: str = ""


Act = Callable[[Books, World, str, dict[str, Any]], Page]


def _whole(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><body>"
        "<header>Development Stripe. No money moves here.</header>"
        f"<main><h1>{escape(title)}</h1>{body}</main>"
    )


def sorry(sentence: str) -> str:
    return _whole("That did not work", f'<p role="alert">{escape(sentence)}</p>')


def get(books: Books, world: World, path: str, fields: dict[str, Any]) -> Page:
    if path == "/":
        return Page(_whole("Payments", _dashboard(books)))
    if path.startswith("/pay/"):
        return _pay_page(payments.find(books, path.removeprefix("/pay/")))
    raise Wrong(f"There is no page {path}.", status=404)


def post(books: Books, world: World, path: str, fields: dict[str, Any]) -> Page:
    if path.startswith("/pay/"):
        return _paid(books, world, path.removeprefix("/pay/"), fields)
    if path == "/act":
        _act(world, fields)
        return Page("", status=303, location="/")
    raise Wrong(f"There is no page {path}.", status=404)


def _pay_page(session: Thing, wrong: str = "", status: int = 200) -> Page:
    if session["status"] != "open":
        return Page(_whole("This page is closed", "<p>It was paid, or its time is over.</p>"))
    line = session["line_items"]["data"][0]
    alert = f'<p role="alert">{escape(wrong)}</p>' if wrong else ""
    body = f"""
<p>{escape(line["description"])}: <strong>{written(session["amount_total"], session["currency"])}</strong></p>
<p>{escape(session.get("customer_email") or "")}</p>{alert}
<form method="post">
<fieldset><legend>How</legend>
<label><input type="radio" name="method" value="card" checked> Card</label><br>
<label><input type="radio" name="method" value="bank"> Bank debit (answers in days)</label></fieldset>
<label>Card number <input type="text" name="card" value="4242 4242 4242 4242" inputmode="numeric"></label>
<label>Promotion code <input type="text" name="code" autocomplete="off"></label>
<button>Pay</button></form>
<p><a href="{escape(session.get("cancel_url") or "/")}">Back to the shop</a></p>
<p>Test cards: 4242 4242 4242 4242 and 5555 5555 5555 4444 pay, 4000 0000 0000 0002 is declined.
Codes: {", ".join(f"{code} (&minus;{percent} %)" for code, percent in payments.PROMOTIONS.items())}.</p>"""
    return Page(_whole("Pay", body), status=status)


def _paid(books: Books, world: World, id: str, fields: dict[str, Any]) -> Page:  # noqa: A002
    session = payments.find(books, id)
    try:
        world.pay(
            id, card=fields.get("card", ""), code=fields.get("code", ""), method=fields.get("method", "card")
        )
    except Wrong as wrong:
        return _pay_page(session, str(wrong), 402)
    back = (session.get("success_url") or "/").replace("{CHECKOUT_SESSION_ID}", id)
    return Page("", status=303, location=back)


def _act(world: World, fields: dict[str, Any]) -> None:
    """A button of the dashboard."""
    on = fields.get("on", "")
    acts: dict[str, Callable[[], object]] = {
        "bank-pays": lambda: world.bank(on, pays=True),
        "bank-fails": lambda: world.bank(on, pays=False),
        "expire": lambda: world.expire(on),
        "refund": lambda: world.refund(on),
        "fail-refund": lambda: world.end_refund(on, "failed"),
        "dispute": lambda: world.dispute(on),
        "inquire": lambda: world.inquire(on),
        "close-inquiry": lambda: world.move_inquiry(on, "warning_closed"),
        "escalate": lambda: world.move_inquiry(on, "needs_response"),
        "win": lambda: world.close_dispute(on, "won"),
        "lose": lambda: world.close_dispute(on, "lost"),
        "warn": lambda: world.warn(on),
    }
    if fields.get("act") not in acts:
        raise Wrong("Nobody knows this act.")
    acts[fields["act"]]()


def _button(act: str, on: str, words: str) -> str:
    return (
        f'<form method="post" action="/act"><input type="hidden" name="on" value="{escape(on)}">'
        f'<button name="act" value="{act}">{words}</button></form> '
    )


def _dashboard(books: Books) -> str:
    rows = "".join(f"<li class=row>{_session(books, one)}</li>" for one in books.all("checkout.session"))
    return f"<ul>{rows}</ul>" if rows else "<p>Nobody has bought anything yet.</p>"


def _session(books: Books, session: Thing) -> str:
    told = (
        f"{written(session['amount_total'], session['currency'])}, {session['status']}, "
        f"{session['payment_status']} <small>{session['id']}</small><br>"
    )
    intent = session["payment_intent"]
    if session["status"] == "open":
        return told + _button("expire", session["id"], "Let it expire")
    if intent is None:
        return told
    if books.things[intent]["status"] == "processing":
        pays = _button("bank-pays", session["id"], "The bank pays")
        return told + pays + _button("bank-fails", session["id"], "The bank refuses")
    told += _button("refund", intent, "Refund") + _button("dispute", intent, "Dispute")
    told += _button("inquire", intent, "Inquiry") + _button("warn", intent, "Warn of fraud")
    return told + "".join(_later(thing) for thing in books.things.values() if _about(thing, intent))


def _about(thing: Thing, intent: str) -> bool:
    return thing["object"] in ("refund", "dispute") and thing["payment_intent"] == intent


def _later(thing: Thing) -> str:
    told = f"<br>{thing['object']}: {written(thing['amount'], thing['currency'])}, {thing['status']} "
    if thing["object"] == "refund":
        failed = thing["status"] == "failed"
        return told + ("" if failed else _button("fail-refund", thing["id"], "Let it fail"))
    if thing["status"] in ("won", "lost", "warning_closed"):
        return told
    if thing["status"].startswith("warning_"):
        end = _button("close-inquiry", thing["id"], "The inquiry ends")
        return told + end + _button("escalate", thing["id"], "It becomes a dispute")
    return told + _button("win", thing["id"], "Won") + _button("lose", thing["id"], "Lost")
