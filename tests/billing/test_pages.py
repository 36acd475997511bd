"""The cast asks its questions of every page about money."""

import uuid
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from billing import ledger, statement
from billing.models import Account, Entry, Lot, Pack, Purchase, Refund
from tests.cast import Cast, logged_in
from tests.shop import Shop, balance

pytestmark = [pytest.mark.rows, pytest.mark.django_db]
NOBODY = "00000000-0000-4000-8000-000000000000"


def test_pricing_is_for_everybody(shop: Shop, cast: Cast) -> None:
    for client in (Client(), logged_in(cast.alice)):
        page = client.get("/pricing/")
        assert page.status_code == 200
        assert b"$29.00" in page.content
    assert Client().post("/pricing/").status_code == 405


def test_the_form_may_end_at_stripe(shop: Shop) -> None:
    policy = Client().get("/pricing/").headers["Content-Security-Policy"]
    assert f"form-action 'self' {shop.server.address}" in policy


def test_pricing_leads_back_inside_only(shop: Shop) -> None:
    assert b"/styles/" in Client().get("/pricing/?next=/styles/").content.split(b"Back to where")[0][-80:]
    assert b"evil" not in Client().get("/pricing/?next=https://evil.example/").content


def test_packs_are_data(shop: Shop) -> None:
    Pack.objects.create(slug="five", name="Small pack", credits=5, price_cents=900)
    Pack.objects.create(slug="old", name="Old pack", credits=5, price_cents=900, active=False)
    page = Client().get("/pricing/").content
    assert b"Buy 5 portraits for $9.00" in page
    assert b"Old pack" not in page


def test_buying(shop: Shop, cast: Cast) -> None:
    form = {"pack": "twenty", "agree": "yes", "next": "/styles/"}
    answer = logged_in(cast.alice).post("/buy/", form)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{shop.server.address}/pay/cs_test_")
    purchase = Purchase.objects.get()
    assert (purchase.back_to, purchase.waiver) == ("/styles/", "2026-11")
    session = shop.books.things[purchase.stripe_session or ""]
    assert session["client_reference_id"] == session["metadata"]["purchase"] == str(purchase.id)
    assert session["intent_metadata"]["purchase"] == str(purchase.id)
    assert session["allow_promotion_codes"] is True
    assert session["adaptive_pricing"] == {"enabled": False}
    assert 1800 < session["expires_at"] - timezone.now().timestamp() <= 3600


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"pack": "twenty"}, b"Tick the box"),
        ({"pack": "gold", "agree": "yes"}, b"not for sale"),
        ({"agree": "yes"}, b"not for sale"),
    ],
)
def test_buying_is_refused_with_one_sentence(
    shop: Shop, cast: Cast, form: dict[str, str], words: bytes
) -> None:
    page = logged_in(cast.alice).post("/buy/", form)
    assert page.status_code == 400
    assert words in page.content
    assert not Purchase.objects.exists()


def test_buying_is_for_those_who_are_logged_in(shop: Shop, cast: Cast) -> None:
    answer = Client().post("/buy/", {"pack": "twenty", "agree": "yes"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/accounts/login/?next=/pricing/"
    assert logged_in(cast.alice).get("/buy/").status_code == 405


def test_a_closed_shop_says_so(shop: Shop, cast: Cast, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    assert b"not open yet" in Client().get("/pricing/").content
    assert logged_in(cast.alice).post("/buy/", {"pack": "twenty", "agree": "yes"}).status_code == 503


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/purchases/{id}/", "get"),
        ("/purchases/{id}/return", "get"),
        ("/purchases/{id}/refund", "post"),
    ],
)
def test_a_purchase_is_its_owners(shop: Shop, cast: Cast, path: str, method: str) -> None:
    purchase = shop.sell(cast.alice)
    mine, nobody = path.format(id=purchase.id), path.format(id=NOBODY)
    login = getattr(Client(), method)(mine)
    assert login.status_code == 302
    assert login.headers["Location"].startswith("/accounts/login/")
    for other in (cast.charlie, cast.bob, cast.dora):
        assert getattr(logged_in(other), method)(mine).status_code == 404
    alice = logged_in(cast.alice)
    assert getattr(alice, method)(nobody).status_code == 404
    assert getattr(alice, method)(path.format(id="no-id")).status_code == 404
    assert getattr(alice, "post" if method == "get" else "get")(mine).status_code == 405
    answer = getattr(alice, method)(mine)
    assert answer.status_code in (200, 302)
    assert "no-store" in answer.headers["Cache-Control"]


def test_credits_are_for_those_who_are_logged_in(shop: Shop, cast: Cast) -> None:
    assert Client().get("/credits/").headers["Location"].startswith("/accounts/login/")
    assert logged_in(cast.alice).post("/credits/").status_code == 405
    page = logged_in(cast.alice).get("/credits/")
    assert page.status_code == 200
    assert b"Nothing has happened yet" in page.content


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("created", b"Not paid yet."),
        ("pending", b"Your bank is asked."),
        ("failed", b"did not go through"),
        ("expired", b"has expired"),
        ("refused", b"have to look at"),
    ],
)
def test_every_state_of_a_purchase_has_its_words(shop: Shop, cast: Cast, state: str, words: bytes) -> None:
    purchase = shop.order(cast.alice)
    shop.books.turn({"deaf": state == "none"})
    Purchase.objects.filter(pk=purchase.pk).update(state=state, stripe_session=None)
    alice = logged_in(cast.alice)
    assert words in alice.get(f"/purchases/{purchase.id}/return").content
    assert alice.get(f"/purchases/{purchase.id}/").status_code == 200


def test_asking_for_money_back(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    alice = logged_in(cast.alice)
    assert b"$29.00 back" in alice.get(f"/purchases/{purchase.id}/").content
    answer = alice.post(f"/purchases/{purchase.id}/refund", {"reason": "Too many."})
    assert answer.status_code == 302
    assert Refund.objects.get().reason == "Too many."
    assert b"looking at your request" in alice.get(f"/purchases/{purchase.id}/").content
    again = alice.post(f"/purchases/{purchase.id}/refund")
    assert again.status_code == 400
    assert b"under way already" in again.content
    assert Refund.objects.count() == 1


def everything(user: User) -> Account:
    """One entry of every kind."""
    account = ledger.account_of(user=user)
    with transaction.atomic():
        lot = ledger.grant(account=account, credits=20, kind=Lot.Kind.PURCHASE, key="a", paid_cents=2900)
        held = [ledger.hold(account=account, subject=uuid.uuid4()) for _ in range(2)]
        ledger.capture(hold_id=held[0].id)
        ledger.release(hold_id=held[1].id)
        ledger.restore(hold_id=held[0].id, reason="It did not look like you.")
        ledger.freeze(lot=lot, key="b")
        ledger.unfreeze(lot=lot, key="c")
        ledger.revoke(lot=lot, credits=3, key="d", cents=10)
        ledger.unrevoke(lot=lot, key="e", undone="d", cents=10)
        ledger.grant(account=account, credits=1, kind=Lot.Kind.GOODWILL, key="f", reason="Sorry.")
    return account


def test_the_statement_says_every_entry_in_words_and_adds_up(cast: Cast) -> None:
    account = everything(cast.alice)
    account.refresh_from_db()
    lines = statement.page(account.user).lines
    assert [line.words for line in lines] == [
        "Given by us",
        "Back again: its money did not go",
        "Taken out with its money",
        "Awake: can be spent again",
        "Resting: cannot be spent for the time being",
        "Given back for a delivered portrait",
        "No portrait came of it: what was set aside is back",
        "Portrait delivered: what was set aside is spent",
        "Set aside for a portrait",
        "Set aside for a portrait",
        "Bought",
    ]
    assert lines[0].balance == account.available == 21
    assert sum(line.change for line in lines) == lines[0].balance
    assert set(statement.WORDS) | {Entry.Kind.GRANT} == set(Entry.Kind)
    page = logged_in(cast.alice).get("/credits/").content.decode()
    assert "Sorry." in page
    assert "−3" in page


def many(account: Account, count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            ledger.grant(account=account, credits=1, kind=Lot.Kind.GOODWILL, key=f"many:{number}:{count}")


def test_the_statement_has_pages_that_go_on_adding_up(cast: Cast) -> None:
    account = ledger.account_of(user=cast.alice)
    many(account, 60)
    account.refresh_from_db()
    lines, begin = [], ""
    for _ in range(3):
        found = statement.page(account.user, begin=begin)
        lines += found.lines
        begin = found.older
    assert [line.balance for line in lines] == list(range(60, 0, -1))
    assert begin == ""


def test_a_page_of_the_statement_is_its_owners(cast: Cast) -> None:
    account = ledger.account_of(user=cast.alice)
    many(account, 30)
    begin = statement.page(account.user).older
    assert logged_in(cast.alice).get("/credits/", {"from": begin}).status_code == 200
    assert logged_in(cast.charlie).get("/credits/", {"from": begin}).status_code == 404
    assert logged_in(cast.alice).get("/credits/", {"from": "[1,2,3]"}).status_code == 404


def queries(user: User, path: str) -> int:
    client = logged_in(user)
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_the_statement_asks_the_same_questions_however_long_it_is(shop: Shop, cast: Cast) -> None:
    shop.sell(cast.alice)
    few = queries(cast.alice, "/credits/")
    for _ in range(3):
        shop.sell(cast.alice)
    many(ledger.account_of(user=cast.alice), 24)
    assert queries(cast.alice, "/credits/") == few


def test_letters_name_no_address_in_the_queue(shop: Shop, cast: Cast) -> None:
    from render.jobs.models import Job

    purchase = shop.order(cast.alice)
    shop.pay(purchase)
    shop.deliver_all()
    shop.work()
    assert [letter.to for letter in mail.outbox] == [["alice@example.org"]]
    assert not any("@" in str(job.payload) for job in Job.objects.all())
    assert balance(cast.alice) == (20, 0)
