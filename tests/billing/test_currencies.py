"""An amount is shown as it is charged, in currencies with no, two and three digits behind the point."""

import json
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from billing import currencies, ledger, privacy
from billing.models import Lot, Pack, Purchase, Refund
from billing.stripe_dev import pages
from billing.stripe_dev.errors import Wrong
from tests.accounts.test_staff import staff
from tests.billing.money import give
from tests.cast import Cast, logged_in, person
from tests.shop import Shop, lot_of

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]

CASES = {  # price at Stripe; as it is written; and what 7 of 20 credits are worth
    "usd": (2900, "$29.00", 1015, "$10.15"),
    "eur": (290000, "€2,900.00", 101500, "€1,015.00"),
    "jpy": (4500, "4,500 JPY", 1575, "1,575 JPY"),
    "krw": (39000, "39,000 KRW", 13650, "13,650 KRW"),
    "clp": (27990, "27,990 CLP", 9796, "9,796 CLP"),
    "kwd": (8990, "8.990 KWD", 3140, "3.140 KWD"),
    "isk": (410000, "4,100 ISK", 143500, "1,435 ISK"),
    "huf": (1069050, "10,690.50 HUF", 374167, "3,741.67 HUF"),
}


@pytest.fixture(autouse=True)
def _one_person_is_enough(settings: Settings) -> None:
    settings.REFUND_SECOND_PERSON_CENTS = 1_000_000  # it counts in the smallest unit of each currency


def pack(code: str) -> Pack:
    return Pack.objects.create(
        slug=code, name="Studio pack", credits=20, price_cents=CASES[code][0], currency=code
    )


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def pay_page(shop: Shop, session: str) -> str:
    return pages.get(shop.books, shop.world, f"/pay/{session}", {}).html


@pytest.mark.parametrize("code", CASES)
def test_an_amount_is_shown_everywhere_as_it_is_charged(shop: Shop, cast: Cast, code: str) -> None:
    price, written, part, part_written = CASES[code]
    pack(code)
    alice = logged_in(cast.alice)
    assert written in page(alice, "/pricing/")
    assert written in page(Client(), "/")
    purchase = shop.order(cast.alice, code)
    assert purchase.stripe_session is not None
    assert shop.books.things[purchase.stripe_session]["amount_total"] == price
    assert written in pay_page(shop, purchase.stripe_session)
    shop.pay(purchase)
    shop.deliver_all()
    shop.work()
    assert lot_of(purchase).paid_cents == price
    refund = give(purchase, person("bob2@example.org", staff=True, group="support"), 7)
    assert refund.cents == part
    shop.work()
    receipt = page(alice, f"/purchases/{purchase.pk}/")
    assert written in receipt
    assert part_written in receipt
    assert written in page(alice, f"/purchases/{purchase.pk}/return")
    assert written in page(alice, "/credits/")
    assert _in_letters(written, part_written)
    _in_the_admin(cast, purchase, written, part_written)
    assert _exported(cast) == (currencies.number(price, code), currencies.number(part, code))
    assert part_written in pages.get(shop.books, shop.world, "/", {}).html


def _in_letters(*amounts: str) -> bool:
    sent = [letter for letter in mail.outbox if letter.to == ["alice@example.org"]]
    bodies = [(str(letter.body), str(letter.alternatives[0][0])) for letter in sent]  # type: ignore[attr-defined]
    return len(bodies) == 2 and all(
        amount in text and amount in html for amount, (text, html) in zip(amounts, bodies, strict=True)
    )


def _in_the_admin(cast: Cast, purchase: Purchase, written: str, part: str) -> None:
    bob = staff(cast.bob)
    for address in (
        "/admin/billing/purchase/", f"/admin/billing/purchase/{purchase.pk}/change/", "/admin/billing/lot/",
        f"/admin/billing/account/{purchase.account_id}/change/",
    ):  # fmt: skip
        assert written in page(bob, address), address
    assert part in page(bob, "/admin/billing/refund/")


def _exported(cast: Cast) -> tuple[str, str]:
    found: dict[str, Any] = {name: json.loads(data) for name, data in privacy.export(cast.alice)}
    return found["purchases.json"][0]["amount"], found["refunds.json"][0]["amount"]


@pytest.mark.parametrize("code", ["usd", "krw", "kwd", "isk"])
def test_part_by_part_all_the_money_goes_back_in_amounts_that_stripe_takes(
    shop: Shop, cast: Cast, code: str
) -> None:
    pack(code)
    purchase = shop.order(cast.alice, code)
    shop.pay(purchase, code="TENOFF")
    shop.deliver_all()
    shop.work()
    for part in (1, 2, 6, 11):
        give(purchase, cast.bob, part)
        shop.work()
    refunds = Refund.objects.all()
    assert {refund.state for refund in refunds} == {Refund.State.SUCCEEDED}
    purchase.refresh_from_db()
    assert sum(refund.cents for refund in refunds) == purchase.paid_cents
    assert purchase.state == Purchase.State.REFUNDED
    assert all(refund.cents % currencies.of(code).step == 0 for refund in refunds)


@pytest.mark.dialect
@pytest.mark.parametrize(("code", "price"), [("xxx", 2900), ("USD", 2900), ("kwd", 8995), ("isk", 4150)])
def test_a_pack_that_cannot_be_charged_is_refused_when_it_is_written(
    cast: Cast, shop: Shop, code: str, price: int
) -> None:
    wrong = Pack(slug="wrong", name="Wrong", credits=20, price_cents=price, currency=code)
    with pytest.raises(ValidationError):
        wrong.full_clean()
    with pytest.raises(IntegrityError, match="pack_"), transaction.atomic():
        wrong.save()
    cast.bob.is_superuser = True
    cast.bob.save()
    form = {"slug": "wrong", "name": "Wrong", "credits": 20, "price_cents": price, "currency": code}
    answer = staff(cast.bob).post("/admin/billing/pack/add/", {**form, "active": "on"})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()


@pytest.mark.parametrize(("code", "cents"), [("kwd", 8995), ("isk", 4150), ("xxx", 100)])
def test_the_development_stripe_refuses_what_stripe_refuses(shop: Shop, code: str, cents: int) -> None:
    from billing.stripe_dev.payments import check_amount

    with pytest.raises(Wrong):
        check_amount(cents, code, "amount")


def test_unknown_currencies_have_no_digits_to_guess() -> None:
    with pytest.raises(currencies.UnknownCurrency):
        currencies.written(100, "xxx")
    assert currencies.number(-123456, "usd") == "-1,234.56"
    assert currencies.number(5, "kwd") == "0.005"


def test_the_ledger_floors_to_what_stripe_takes(account: Any) -> None:
    with transaction.atomic():
        lot = ledger.grant(
            account=account, credits=3, kind=Lot.Kind.PURCHASE, key="grant:a", paid_cents=1000, currency="kwd"
        )
    assert [ledger.refundable_cents(lot=lot, credits=k) for k in (1, 2, 3)] == [330, 660, 1000]
