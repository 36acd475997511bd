"""Journey 8: support finds a customer, sees what an act will do, and does it with a reason; it is logged."""

import uuid

import pytest
from auditlog.models import LogEntry
from django.db import transaction
from django.test import Client

from accounts.models import User
from billing import ledger
from billing.models import Account, Entry, Flag, Hold, Lot, Purchase, Refund
from tests.cast import Cast, logged_in
from tests.shop import Shop, balance

pytestmark = [pytest.mark.rows, pytest.mark.django_db]
NOBODY = "00000000-0000-4000-8000-000000000000"
LISTS = ("account", "dispute", "entry", "flag", "hold", "lot", "purchase", "refund", "stripeevent")


def into_the_admin(user: User) -> Client:
    """Logged in, with the second step that the admin asks for."""
    try:
        from allauth.mfa.models import Authenticator
    except ImportError:
        return logged_in(user)
    Authenticator.objects.get_or_create(user=user, type="totp", defaults={"data": {"secret": "x"}})
    return logged_in(user)


@pytest.fixture
def bob(cast: Cast) -> Client:
    return into_the_admin(cast.bob)


def delivered(user: User) -> Hold:
    with transaction.atomic():
        hold = ledger.hold(account=ledger.account_of(user=user), subject=uuid.uuid4())
        ledger.capture(hold_id=hold.id)
    return hold


def logged(model: type) -> list[LogEntry]:
    return list(LogEntry.objects.filter(content_type__model=model.__name__.lower()).order_by("pk"))


@pytest.mark.parametrize("name", LISTS)
def test_support_reads_and_moderators_do_not(shop: Shop, cast: Cast, bob: Client, name: str) -> None:
    shop.sell(cast.alice)
    delivered(cast.alice)
    path = f"/admin/billing/{name}/"
    assert bob.get(path).status_code == 200
    assert into_the_admin(cast.dora).get(path).status_code == 403
    assert logged_in(cast.alice).get(path).status_code == 302
    assert bob.get(f"{path}add/").status_code == 403


def test_nobody_changes_an_entry_by_hand(shop: Shop, cast: Cast, bob: Client) -> None:
    shop.sell(cast.alice)
    entry = Entry.objects.get()
    page = bob.get(f"/admin/billing/entry/{entry.pk}/change/")
    assert b"_save" not in page.content
    assert bob.post(f"/admin/billing/entry/{entry.pk}/change/", {"d_available": 99}).status_code == 403
    assert bob.post(f"/admin/billing/entry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("term", ["email", "payment_intent", "stripe_session", "id"])
def test_a_customer_is_found(shop: Shop, cast: Cast, bob: Client, term: str) -> None:
    purchase = shop.sell(cast.alice)
    shop.sell(cast.charlie)
    words = "alice@" if term == "email" else str(getattr(purchase, term))
    page = bob.get("/admin/billing/account/", {"q": words}).content
    assert b"alice@example.org" in page
    assert b"charlie@example.org" not in page


def test_the_customers_page_shows_purchases_lots_and_acts(shop: Shop, cast: Cast, bob: Client) -> None:
    purchase = shop.sell(cast.alice)
    page = bob.get(f"/admin/billing/account/{ledger.account_of(user=cast.alice).pk}/change/").content.decode()
    assert str(purchase.id) in page
    assert "Give credits" in page
    assert "Give money back" in bob.get(f"/admin/billing/purchase/{purchase.id}/change/").content.decode()


def test_credits_are_given_after_their_effect_was_shown(shop: Shop, cast: Cast, bob: Client) -> None:
    account = ledger.account_of(user=cast.alice)
    path = f"/admin/billing/account/{account.pk}/give/"
    assert bob.get(path).status_code == 200
    form = {"credits": 2, "reason": "Sorry for the wait.", "act": str(uuid.uuid4())}
    shown = bob.post(path, form)
    assert b"To spend: 0 now, 2 then." in shown.content
    assert balance(cast.alice) == (0, 0)
    for _ in range(2):  # a double click
        assert bob.post(path, {**form, "confirmed": "yes"}).status_code == 302
    assert balance(cast.alice) == (2, 0)
    lot, entry = Lot.objects.get(), Entry.objects.get()
    assert (lot.kind, lot.paid_cents) == (Lot.Kind.GOODWILL, 0)
    assert (entry.actor, entry.reason) == (f"user {cast.bob.pk}", "Sorry for the wait.")
    log = logged(Account)[0]
    assert log.actor == cast.bob
    assert "Sorry for the wait." in str(log.changes)


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"credits": 0}, {"credits": 41}, {"act": "no"}])
def test_credits_are_not_given_without_reason_or_beyond_measure(
    shop: Shop, cast: Cast, bob: Client, wrong: dict[str, object]
) -> None:
    account = ledger.account_of(user=cast.alice)
    form = {"credits": 2, "reason": "Sorry.", "act": str(uuid.uuid4()), "confirmed": "yes", **wrong}
    assert bob.post(f"/admin/billing/account/{account.pk}/give/", form).status_code == 400
    assert balance(cast.alice) == (0, 0)


def test_one_portraits_credit_is_restored(shop: Shop, cast: Cast, bob: Client) -> None:
    shop.sell(cast.alice)
    hold = delivered(cast.alice)
    path = f"/admin/billing/hold/{hold.id}/restore/"
    assert b"to its lot" in bob.post(path, {"reason": "Not them."}).content
    for _ in range(2):
        bob.post(path, {"reason": "Not them.", "confirmed": "yes"})
    assert balance(cast.alice) == (20, 0)
    assert "Not them." in str(logged(Account)[0].changes)


def test_an_open_hold_is_not_restored(shop: Shop, cast: Cast, bob: Client) -> None:
    shop.sell(cast.alice)
    with transaction.atomic():
        hold = ledger.hold(account=ledger.account_of(user=cast.alice), subject=uuid.uuid4())
    path = f"/admin/billing/hold/{hold.id}/restore/"
    assert bob.post(path, {"reason": "x", "confirmed": "yes"}).status_code == 400


def test_money_goes_back_after_its_effect_was_shown(shop: Shop, cast: Cast, bob: Client) -> None:
    purchase = shop.sell(cast.alice)
    delivered(cast.alice)
    path = f"/admin/billing/purchase/{purchase.id}/money/"
    page = bob.get(path).content.decode()
    assert "at most $27.55 for 19 credits" in page
    shown = page.split('name="shown" value="')[1].split('"')[0]
    form = {"credits": 10, "reason": "They asked.", "shown": shown}
    effect = bob.post(path, form).content.decode()
    assert "alice@example.org gets $14.50 back." in effect
    assert "The money is sent at once." in effect
    assert "Reason: They asked." in effect
    assert not Refund.objects.exists()
    assert bob.post(path, {**form, "confirmed": "yes"}).status_code == 302
    again = bob.post(path, {**form, "confirmed": "yes"})
    assert again.status_code == 400
    assert b"Something changed" in again.content
    shop.work()
    assert Refund.objects.get().state == Refund.State.SUCCEEDED
    assert balance(cast.alice) == (9, 0)
    assert logged(Refund)[0].actor == cast.bob


def test_a_customers_request_is_approved_or_declined(shop: Shop, cast: Cast, bob: Client) -> None:
    for user, act, end in ((cast.alice, "approve", "succeeded"), (cast.charlie, "decline", "declined")):
        purchase = shop.sell(user)
        logged_in(user).post(f"/purchases/{purchase.id}/refund")
        refund = Refund.objects.get(purchase=purchase)
        assert act.capitalize().encode() in bob.get(f"/admin/billing/refund/{refund.id}/change/").content
        path = f"/admin/billing/refund/{refund.id}/{act}/"
        assert bob.get(path).status_code == 200
        assert user.email in bob.post(path, {"reason": "So."}).content.decode()
        assert bob.post(path, {"reason": "So.", "confirmed": "yes"}).status_code == 302
        shop.work()
        refund.refresh_from_db()
        assert refund.state == end


ACTS = (
    "account/{account}/give",
    "hold/{hold}/restore",
    "purchase/{purchase}/money",
    "refund/{refund}/approve",
)


@pytest.mark.parametrize("act", [*ACTS, "refund/{refund}/decline"])
def test_acts_are_supports_alone(shop: Shop, cast: Cast, bob: Client, act: str) -> None:
    purchase = shop.sell(cast.alice)
    hold = delivered(cast.alice)
    logged_in(cast.alice).post(f"/purchases/{purchase.id}/refund")
    ids = {
        "account": ledger.account_of(user=cast.alice).pk,
        "hold": hold.id,
        "purchase": purchase.id,
        "refund": Refund.objects.get().id,
    }
    path = f"/admin/billing/{act.format(**ids)}/"
    nobody = f"/admin/billing/{act.format(account=999_999, hold=NOBODY, purchase=NOBODY, refund=NOBODY)}/"
    assert bob.get(path).status_code == 200
    assert bob.get(nobody).status_code == 404
    assert bob.put(path).status_code == 405
    assert into_the_admin(cast.dora).get(path).status_code == 403
    assert logged_in(cast.alice).get(path).status_code == 302
    assert Client().get(path).status_code == 302


def test_flags_are_settled(shop: Shop, cast: Cast, bob: Client) -> None:
    flag = Flag.objects.create(key="k", sentence="Look.", purchase=shop.sell(cast.alice))
    bob.post("/admin/billing/flag/", {"action": "settle", "_selected_action": [flag.pk]})
    flag.refresh_from_db()
    assert flag.settled_by == cast.bob


def test_support_sees_no_faces_and_moderators_no_money(cast: Cast) -> None:
    given = set(cast.bob.get_all_permissions())
    assert "billing.refund_money" in given
    assert not any(name.startswith("studio.") for name in given)
    assert not any(name.startswith("billing.") for name in cast.dora.get_all_permissions())


def test_the_number_of_queries_of_a_list_stays(shop: Shop, cast: Cast, bob: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert bob.get("/admin/billing/purchase/").status_code == 200
        return len(found)

    shop.sell(cast.alice)
    asked()
    few = asked()
    for _ in range(4):
        shop.sell(cast.charlie)
    assert Purchase.objects.count() == 5
    assert asked() == few
