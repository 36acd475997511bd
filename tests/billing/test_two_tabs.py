"""A second tab says that there is an order already, and pays once more only on purpose."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from billing import checkout, recent
from billing.errors import AnotherOrder
from billing.models import Purchase
from tests.cast import Cast, logged_in
from tests.shop import Shop

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]
FORM = {"pack": "twenty", "agree": "yes"}


def page(client: Any) -> str:
    return str(client.get("/pricing/").content.decode())


def test_a_second_tab_is_told_of_the_open_order_and_can_go_on_with_it(shop: Shop, cast: Cast) -> None:
    alice = logged_in(cast.alice)
    assert "ordered already" not in page(alice)
    opened = alice.post("/buy/", FORM)["Location"]
    order = Purchase.objects.get()
    for shown in (page(alice), alice.post("/buy/", FORM).content.decode()):
        assert "You have ordered already" in shown
        assert f"begun at {order.created_at:%H:%M} UTC, and not paid yet" in shown
        assert f'href="/purchases/{order.pk}/pay"' in shown
        assert 'name="again"' in shown
    assert Purchase.objects.count() == 1
    assert alice.get(f"/purchases/{order.pk}/pay")["Location"] == opened
    assert "ordered already" not in page(logged_in(cast.charlie))
    assert "ordered already" not in page(Client())


def test_who_just_paid_is_told_though_no_event_has_come(shop: Shop, cast: Cast) -> None:
    alice = logged_in(cast.alice)
    alice.post("/buy/", FORM)
    order = Purchase.objects.get()
    shop.pay(order, code="TENOFF")
    shop.lose_all()
    answer = alice.post("/buy/", FORM)
    assert answer.status_code == 400
    assert "You have another order" in answer.content.decode()
    assert "UTC for $26.10" in answer.content.decode()
    assert 'href="/credits/"' in answer.content.decode()
    assert alice.get(f"/purchases/{order.pk}/pay")["Location"] == f"/purchases/{order.pk}/return"


def test_a_bank_that_has_not_answered_is_told(shop: Shop, cast: Cast) -> None:
    shop.pay(shop.order(cast.alice), method="bank")
    shop.deliver_all()
    shop.work()
    Purchase.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert "your bank has not answered yet" in page(logged_in(cast.alice))


def test_buying_once_more_is_a_choice_of_what_was_shown(shop: Shop, cast: Cast) -> None:
    alice = logged_in(cast.alice)
    first = shop.order(cast.alice)
    for wrong in ("", "yes", "on", "00000000-0000-4000-8000-000000000000"):
        assert alice.post("/buy/", {**FORM, "again": wrong}).status_code == 400
    assert alice.post("/buy/", {**FORM, "again": f"{first.pk} "}).status_code == 303
    assert (
        alice.post("/buy/", {**FORM, "again": f"{first.pk} "}).status_code == 400
    )  # the second was not shown
    assert Purchase.objects.count() == 2


def test_old_and_ended_orders_are_no_news(shop: Shop, cast: Cast) -> None:
    alice = logged_in(cast.alice)
    sold = shop.sell(cast.alice)
    assert [order.pk for order in recent.orders(cast.alice)] == [sold.pk]
    Purchase.objects.update(paid_at=timezone.now() - timedelta(minutes=31))
    assert recent.orders(cast.alice) == []
    order = shop.order(cast.alice)
    assert order.stripe_session is not None
    shop.world.expire(order.stripe_session)
    shop.lose_all()
    assert alice.post("/buy/", FORM).status_code == 303
    order.refresh_from_db()
    assert order.state == Purchase.State.EXPIRED


def test_a_shop_that_was_away_leaves_no_order_behind(shop: Shop, cast: Cast) -> None:
    alice = logged_in(cast.alice)
    shop.books.turn({"deaf": True})
    assert "does not answer" in alice.post("/buy/", FORM).content.decode()
    shop.books.turn({"deaf": False})
    assert alice.post("/buy/", FORM).status_code == 303
    assert sorted(Purchase.objects.values_list("state", flat=True)) == ["created", "expired"]


def test_two_tabs_at_once_open_one_page(shop: Shop, cast: Cast) -> None:
    answers: list[str] = []
    begin = threading.Barrier(4)

    def tab() -> None:
        begin.wait()
        try:
            answers.append(
                checkout.start(
                    user=cast.alice, pack="twenty", agreed=True, back_to="",
                    address=lambda purchase, *, paid: f"http://testserver/purchases/{purchase}/return",
                )
            )  # fmt: skip
        except AnotherOrder:
            answers.append("told")
        finally:
            connection.close()

    tabs = [threading.Thread(target=tab) for _ in range(4)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join()
    assert sorted(answer.startswith("http") for answer in answers) == [False, False, False, True]


def test_an_order_is_its_owners(shop: Shop, cast: Cast) -> None:
    order = shop.order(cast.alice)
    assert logged_in(cast.charlie).get(f"/purchases/{order.pk}/pay").status_code == 404
    shop.books.turn({"deaf": True})
    assert "does not answer" in logged_in(cast.alice).get(f"/purchases/{order.pk}/pay").content.decode()
