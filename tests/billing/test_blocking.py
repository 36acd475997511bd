"""A blocked account's credits rest, and wake with it; a dispute and a blocking do not undo each other."""

import pytest

from accounts.blocking import NotYours
from billing.models import Account, Entry, Lot
from portraitos_site import blocking
from tests.accounts.test_staff import staff
from tests.cast import Cast, logged_in
from tests.shop import Shop, lot_of

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]


@pytest.fixture
def lot(cast: Cast, shop: Shop) -> Lot:
    return lot_of(shop.sell(cast.alice))


def disputed(shop: Shop) -> None:
    shop.world.dispute(shop.books.all("payment_intent")[0]["id"])
    told(shop)


def won(shop: Shop) -> None:
    shop.world.close_dispute(shop.books.all("dispute")[0]["id"], "won")
    told(shop)


def told(shop: Shop) -> None:
    shop.deliver_all()
    shop.work()


def available(cast: Cast) -> int:
    return Account.objects.get(user=cast.alice).available


def state(lot: Lot) -> str:
    lot.refresh_from_db()
    return lot.state


def test_credits_rest_while_the_account_is_blocked(cast: Cast, lot: Lot) -> None:
    for _ in range(2):
        blocking.block(by=cast.dora, user=cast.alice, reason="Stolen cards.")
        assert (state(lot), available(cast), lot.remaining) == (Lot.State.FROZEN, 0, 20)
        blocking.block(by=cast.dora, user=cast.alice, reason="Stolen cards.")
        blocking.unblock(by=cast.dora, user=cast.alice, reason="Stolen cards.")
        assert (state(lot), available(cast)) == (Lot.State.OPEN, 20)
    assert Entry.objects.filter(kind=Entry.Kind.FREEZE).count() == 2


def test_what_the_rules_refuse_moves_no_credit(cast: Cast, lot: Lot) -> None:
    with pytest.raises(NotYours):
        blocking.block(by=cast.dora, user=cast.dora, reason="Stolen cards.")
    cast.alice.is_staff = True
    cast.alice.save(update_fields=["is_staff"])
    with pytest.raises(NotYours):
        blocking.block(by=cast.dora, user=cast.alice, reason="Stolen cards.")
    assert (state(lot), available(cast)) == (Lot.State.OPEN, 20)


def test_a_dispute_outlasts_the_blocking(cast: Cast, shop: Shop, lot: Lot) -> None:
    disputed(shop)
    blocking.block(by=cast.dora, user=cast.alice, reason="Stolen cards.")
    blocking.unblock(by=cast.dora, user=cast.alice, reason="Stolen cards.")
    assert state(lot) == Lot.State.FROZEN
    won(shop)
    assert state(lot) == Lot.State.OPEN


def test_the_blocking_outlasts_a_dispute(cast: Cast, shop: Shop, lot: Lot) -> None:
    disputed(shop)
    blocking.block(by=cast.dora, user=cast.alice, reason="Stolen cards.")
    won(shop)
    assert state(lot) == Lot.State.FROZEN
    blocking.unblock(by=cast.dora, user=cast.alice, reason="Stolen cards.")
    assert state(lot) == Lot.State.OPEN


def test_a_dispute_that_began_during_the_blocking_outlasts_it(cast: Cast, shop: Shop, lot: Lot) -> None:
    blocking.block(by=cast.dora, user=cast.alice, reason="Stolen cards.")
    disputed(shop)
    blocking.unblock(by=cast.dora, user=cast.alice, reason="Stolen cards.")
    assert state(lot) == Lot.State.FROZEN
    won(shop)
    assert (state(lot), available(cast)) == (Lot.State.OPEN, 20)


def test_a_moderator_blocks_in_the_admin(cast: Cast, lot: Lot) -> None:
    dora = staff(cast.dora)
    chosen = {"_selected_action": [cast.alice.pk]}
    dora.post("/admin/accounts/user/", {"action": "block", "reason": "Stolen cards.", **chosen})
    assert state(lot) == Lot.State.FROZEN
    dora.post("/admin/accounts/user/", {"action": "unblock", "reason": "A mistake.", **chosen})
    assert state(lot) == Lot.State.OPEN


def test_who_only_looks_opens_no_account(cast: Cast) -> None:
    charlie = logged_in(cast.charlie)
    for address in ("/credits/", "/pricing/", "/credits/?from=x"):
        charlie.get(address)
    assert not Account.objects.filter(user=cast.charlie).exists()
