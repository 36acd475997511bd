"""Letters about money: text and HTML of templates/billing/mail, put into the outbox."""

import logging
import uuid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts import letters as outbox
from accounts.models import User
from billing.payment_models import Dispute, Flag, Purchase, Refund

log = logging.getLogger(__name__)
SPACE = uuid.UUID("5f2d3c58-7a0e-4f57-9d9e-6a9b1c0a6c11")

SUBJECTS = {
    "purchase": "Your credits are here",
    "purchase_blocked": "Your payment arrived, and your account is blocked",
    "payment_failed": "Your payment did not go through",
    "refund": "Your money is on its way back",
    "refund_failed": "Your refund failed, and your credits are back",
    "refund_declined": "About your request for money back",
    "dispute": "A bank disputes your payment",
    "dispute_over": "The dispute about your payment has ended",
    "flag": "To look at: money",
}


def post(*, name: str, about: str) -> None:
    """Write a letter in the caller's transaction, from the rows as they are; the same one only once."""
    message = written(name=name, about=about)
    if message is not None:
        outbox.post(message, key=uuid.uuid5(SPACE, f"{name}:{about}:{message.body}"))


def written(*, name: str, about: str) -> EmailMultiAlternatives | None:
    """None: there is nobody to write to."""
    context, to = _flag(about) if name == "flag" else _to_customer(name, about)
    if not to:
        return None
    context |= {"site": settings.SITE_URL, "support": settings.SUPPORT_EMAIL}
    message = EmailMultiAlternatives(
        SUBJECTS[name], render_to_string(f"billing/mail/{name}.txt", context), to=[to]
    )
    message.attach_alternative(render_to_string(f"billing/mail/{name}.html", context), "text/html")
    return message


def _flag(about: str) -> tuple[dict[str, Any], str]:
    flag = Flag.objects.select_related("purchase").get(pk=about)
    if not settings.SUPPORT_EMAIL:
        log.warning("%s SUPPORT_EMAIL is not set, so nobody is told.", flag.sentence)
    return {"flag": flag}, settings.SUPPORT_EMAIL


def _to_customer(name: str, about: str) -> tuple[dict[str, Any], str]:
    context: dict[str, Any] = {}
    if name.startswith("refund"):
        refund = Refund.objects.get(pk=about)
        context = {"refund": refund, "purchase": refund.purchase}
    elif name.startswith("dispute"):
        dispute = Dispute.objects.get(pk=about)
        context = {"dispute": dispute, "purchase": dispute.purchase}
    else:
        context = {"purchase": Purchase.objects.get(pk=about)}
    user: User = context["purchase"].account.user
    return context, "" if user.erased_at else user.email
