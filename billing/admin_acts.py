"""The acts of support: a form, then a page that shows the effect beforehand, then the act."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import User
from billing import refunds, support
from billing.currencies import written
from billing.errors import LedgerError, PaymentError
from billing.models import Account, Hold, Purchase, Refund

MOST_CREDITS = 40  # that one act gives
Said = dict[str, Any]


class Reason(forms.Form):
    reason = forms.CharField(max_length=300, help_text="The customer may read it.")


class Credits(Reason):
    credits = forms.IntegerField(min_value=1, max_value=MOST_CREDITS)
    act = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class Money(Reason):
    credits = forms.IntegerField(min_value=1)
    shown = forms.CharField(widget=forms.HiddenInput)


class Nothing(forms.Form):
    """Nothing but the confirmation."""


@dataclass(frozen=True)
class Act:
    title: str
    back: str
    effect: Callable[[Said], list[str]]
    do: Callable[[Said, User], None]
    done: str


def _act(request: HttpRequest, act: Act, form: forms.Form) -> HttpResponse:
    """Show the form; then the effect of what was filled in; then act."""
    assert isinstance(request.user, User)
    effect: list[str] = []
    if form.is_bound and form.is_valid():
        if request.POST.get("confirmed") == "yes":
            try:
                act.do(form.cleaned_data, request.user)
            except (LedgerError, PaymentError) as refused:
                form.add_error(None, refused.__doc__ or "")
            else:
                messages.success(request, act.done)
                return redirect(act.back)
        else:
            effect = [*act.effect(form.cleaned_data), *_because(form.cleaned_data)]
    context = {**admin.site.each_context(request), "act": act, "form": form, "effect": effect}
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "admin/billing/act.html", context, status=status)


def _because(said: Said) -> list[str]:
    return [f"Reason: {said['reason']}"] if "reason" in said else []


def _row(request: HttpRequest, form: type[forms.Form], **initial: Any) -> forms.Form:
    return form(request.POST) if request.method == "POST" else form(initial=initial)


@permission_required("billing.give_credits", raise_exception=True)
@require_http_methods(["GET", "POST"])
def give_credits(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    account = get_object_or_404(Account.objects.select_related("user"), pk=id)

    def effect(said: Said) -> list[str]:
        after = account.available + said["credits"]
        return [
            f"{account.user} gets {said['credits']} credits as goodwill. They carry no money.",
            f"To spend: {account.available} now, {after} then.",
        ]

    def do(said: Said, by: User) -> None:
        support.give_credits(
            account=account, credits=said["credits"], by=by, reason=said["reason"], act=said["act"]
        )

    back = reverse("admin:billing_account_change", args=[id])
    act = Act(f"Give credits to {account.user}", back, effect, do, "The credits are given.")
    return _act(request, act, _row(request, Credits))


@permission_required("billing.give_credits", raise_exception=True)
@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    hold = get_object_or_404(Hold.objects.select_related("account__user", "lot"), pk=id)

    def effect(said: Said) -> list[str]:
        where = (
            "as goodwill, because its purchase was refunded" if hold.lot.state == "closed" else "to its lot"
        )
        return [
            f"{hold.account.user} gets the {hold.amount} credit of one delivered portrait back, {where}.",
            f"To spend: {hold.account.available} now, {hold.account.available + hold.amount} then.",
        ]

    def do(said: Said, by: User) -> None:
        support.restore(hold=hold, by=by, reason=said["reason"])

    back = reverse("admin:billing_account_change", args=[hold.account_id])
    act = Act("Give the credit of one portrait back", back, effect, do, "The credit is back.")
    return _act(request, act, _row(request, Reason))


@permission_required("billing.refund_money", raise_exception=True)
@require_http_methods(["GET", "POST"])
def refund_money(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    purchase = get_object_or_404(Purchase.objects.select_related("account__user", "lot"), pk=id)
    offer = refunds.offer(purchase)

    def effect(said: Said) -> list[str]:
        back = refunds.offer(purchase, credits=said["credits"])
        return [
            f"{purchase.account.user} gets {written(back.cents, purchase.currency)} back.",
            f"{said['credits']} of the {offer.credits} credits go whose money can go back.",
            *_staying(offer),
            *_second(back.cents),
        ]

    def do(said: Said, by: User) -> None:
        refunds.give(
            purchase=purchase, credits=said["credits"], by=by, reason=said["reason"], shown=said["shown"]
        )

    back = reverse("admin:billing_purchase_change", args=[id])
    title = f"Give money back: at most {written(offer.cents, purchase.currency)} for {offer.credits} credits"
    form = _row(request, Money, credits=offer.credits, shown=offer.seen)
    return _act(request, Act(title, back, effect, do, "The refund is written down."), form)


def _staying(offer: refunds.Offer) -> list[str]:
    if not offer.stay:
        return []
    return [f"{offer.stay} unspent credits stay: for each portrait that was given back, two stay paid."]


def _second(cents: int) -> list[str]:
    if cents <= refunds.needs_second_above():
        return ["The money is sent at once."]
    return ["A second person has to approve it before it is sent."]


@permission_required("billing.refund_money", raise_exception=True)
@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    refund = get_object_or_404(
        Refund.objects.select_related("purchase__account__user", "purchase__lot"), pk=id
    )

    def effect(said: Said) -> list[str]:
        can = refunds.offer(refund.purchase)
        back = refunds.offer(refund.purchase, credits=min(refund.credits, can.credits))
        whom = refund.purchase.account.user
        told = [
            f"{whom} gets {written(back.cents, refund.purchase.currency)} back for {back.credits} credits."
        ]
        return told + _staying(can) + ([] if refund.approved_by_id else _second(back.cents))

    def do(said: Said, by: User) -> None:
        refunds.approve(refund=refund, by=by)

    back = reverse("admin:billing_refund_change", args=[id])
    act = Act("Approve a refund", back, effect, do, "Your approval is written down.")
    return _act(request, act, _row(request, Nothing))


@permission_required("billing.refund_money", raise_exception=True)
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    refund = get_object_or_404(Refund.objects.select_related("purchase__account__user"), pk=id)

    def effect(said: Said) -> list[str]:
        return [f"{refund.purchase.account.user} gets a letter that says: {said['reason']}"]

    def do(said: Said, by: User) -> None:
        refunds.decline(refund=refund, by=by, reason=said["reason"])

    back = reverse("admin:billing_refund_change", args=[id])
    act = Act("Decline a refund", back, effect, do, "The refund is declined.")
    return _act(request, act, _row(request, Reason))
