"""The part of the privacy acts that is about money: it is exported, and it stays, without a name."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from accounts.models import User
from accounts.privacy import erase_words, silence
from billing import ledger, reconcile
from billing.currencies import number
from billing.models import Account, Entry, Purchase, Refund
from billing.refunds import Offer, offer
from billing.statement import words


def export(user: User) -> Iterator[tuple[str, bytes]]:
    account = Account.objects.filter(user=user).first()
    if account is None:
        return
    purchases = Purchase.objects.filter(account=account)
    yield "credits.json", _written(list(_entries(account)))
    yield "purchases.json", _written(list(_purchases(purchases)))
    yield "refunds.json", _written(list(_refunds(Refund.objects.filter(purchase__in=purchases))))


def erase(user: User) -> dict[str, int]:
    """No row: the law wants accounts kept, and the user that they hang on stands for nobody afterwards.

    What people wrote into them goes, in the rows and in the log.
    Orders that may still be paid are closed by jobs, so that a Stripe that is away keeps nobody here.
    """
    purchases = Purchase.objects.filter(account__user=user)
    # Accounts before refunds: whoever settles a refund locks in that order.
    for account in Account.objects.filter(user=user):
        ledger.erase_words(account=account)
    erase_words(Refund.objects.filter(purchase__in=purchases), "reason", "error")
    silence(Account.objects.filter(user=user), "act")
    reconcile.look_at_open(user=user)
    return {}


def offers(user: User) -> list[tuple[Purchase, Offer]]:
    """The purchases with money for unspent credits, each with what can go back."""
    purchases = Purchase.objects.filter(account__user=user).select_related("lot")
    found = ((purchase, offer(purchase)) for purchase in purchases)
    return [(purchase, of_it) for purchase, of_it in found if of_it.cents]


def _written(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False).encode()


def _entries(account: Account) -> Iterator[dict[str, Any]]:
    for entry in Entry.objects.filter(account=account).select_related("lot").iterator():
        yield {
            "when": entry.created_at,
            "what": words(entry),
            "reason": entry.reason,
            "to spend": entry.d_available,
            "set aside": entry.d_held,
            "spent": entry.d_spent,
        }


def _purchases(purchases: QuerySet[Purchase]) -> Iterator[dict[str, Any]]:
    for purchase in purchases:
        yield {
            "number": purchase.id,
            "pack": purchase.pack,
            "credits": purchase.credits,
            "amount": number(purchase.paid_cents, purchase.currency),
            "currency": purchase.currency,
            "state": purchase.get_state_display(),
            "begun": purchase.created_at,
            "paid": purchase.paid_at,
            "payment": purchase.payment_intent,
            "known again by": purchase.payer,
            "agreed to delivery at once": purchase.waiver,
        }


def _refunds(refunds: QuerySet[Refund]) -> Iterator[dict[str, Any]]:
    for refund in refunds.select_related("purchase"):
        yield {
            "purchase": refund.purchase_id,
            "amount": number(refund.cents, refund.purchase.currency),
            "currency": refund.purchase.currency,
            "credits": refund.credits,
            "state": refund.get_state_display(),
            "reason": refund.reason,
            "asked for": refund.created_at,
        }
