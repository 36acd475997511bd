"""Several accounts of one card that give much back are for a person to look at; one account never is."""

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from billing import fulfil, ledger, payers, reconcile, returning
from billing.audit import audit
from billing.models import Flag, Purchase
from portraitos_site import privacy
from tests.billing.money import hold, told
from tests.billing.test_support import into_the_admin
from tests.cast import Cast, person
from tests.shop import Shop

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

VISA, MASTERCARD = "4242424242424242", "5555 5555 5555 4444"
SUPPORT = "support@example.org"


def taps(user: User, count: int) -> None:
    for _ in range(count):
        with transaction.atomic():
            returning.give_back(hold_id=hold(user, capture=True).id, reason="Not me.")


def flagged() -> list[Flag]:
    return list(Flag.objects.filter(key__startswith="payer:").order_by("pk"))


def fingerprint(shop: Shop) -> str:
    """As Stripe has it, of the newest charge."""
    return str(shop.books.all("charge")[0]["payment_method_details"]["card"]["fingerprint"])


def lose(shop: Shop, purchase: Purchase) -> None:
    """The bank takes the money back for good."""
    assert purchase.payment_intent is not None
    dispute = shop.world.dispute(purchase.payment_intent)
    shop.world.close_dispute(dispute["id"], "lost")
    shop.deliver_all()
    shop.work()


def test_a_card_is_known_again_and_not_in_clear(shop: Shop, cast: Cast) -> None:
    first, second = shop.sell(cast.alice, card=VISA), shop.sell(cast.charlie, card=VISA)
    other = shop.sell(cast.bob, card=MASTERCARD)
    assert len(first.payer) == payers.LENGTH
    assert first.payer == second.payer != other.payer
    shop.sell(cast.alice, card=VISA)
    assert fingerprint(shop) not in str(list(Purchase.objects.values()))


def test_the_key_of_the_site_is_in_the_hash(settings: Settings) -> None:
    before = payers.known_as("a fingerprint")
    settings.SECRET_KEY = "another one"
    assert payers.known_as("a fingerprint") != before


@pytest.mark.parametrize("how", [{"method": "bank"}, {"code": "WELCOME100"}])
def test_who_pays_without_a_card_is_nobody(shop: Shop, cast: Cast, how: dict[str, str]) -> None:
    for user in (cast.alice, cast.charlie):
        purchase = shop.sell(user, **how)
        if how.get("method") == "bank":
            shop.world.bank(purchase.stripe_session or "", pays=True)
            shop.deliver_all()
            shop.work()
            purchase.refresh_from_db()
        assert (purchase.state, purchase.payer) == (Purchase.State.PAID, "")
        taps(user, 10)
    reconcile.check_ledger()
    assert flagged() == []


def test_what_was_bought_before_payers_were_known_is_read_anew(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    Purchase.objects.update(payer="")
    fulfil.fulfil(purchase.stripe_session or "")
    purchase.refresh_from_db()
    assert purchase.payer


def test_accounts_of_one_card_that_give_much_back_are_flagged_once(shop: Shop, cast: Cast) -> None:
    purchases = [shop.sell(user) for user in (cast.alice, cast.charlie)]
    taps(cast.alice, 10)
    assert flagged() == []
    for _ in range(10):
        taps(cast.charlie, 1)
    (flag,) = flagged()
    assert "2 accounts that were paid for by one card have given 11 portraits back" in flag.sentence
    assert purchases[0].payer in flag.sentence
    reconcile.check_ledger()
    shop.work()
    assert len(flagged()) == 1
    assert told(SUPPORT) == ["To look at: money"]
    assert audit() == []  # each has kept the rule


def test_one_more_account_is_something_new(shop: Shop, cast: Cast) -> None:
    for user in (cast.alice, cast.charlie, cast.bob):
        shop.sell(user)
        taps(user, 10)
    assert len(flagged()) == 2
    assert "3 accounts" in flagged()[1].sentence


@pytest.mark.parametrize(
    ("first", "second", "card"), [(10, 0, VISA), (5, 5, VISA), (10, 10, MASTERCARD)], ids=str
)
def test_honest_accounts_are_not_flagged(shop: Shop, cast: Cast, first: int, second: int, card: str) -> None:
    """One that returns, a household that returns a quarter, two cards."""
    shop.sell(cast.alice, card=VISA)
    shop.sell(cast.charlie, card=card)
    taps(cast.alice, first)
    taps(cast.charlie, second)
    reconcile.check_ledger()
    assert flagged() == []


def test_one_account_is_not_flagged_whatever_a_bank_takes(shop: Shop, cast: Cast) -> None:
    purchase = shop.sell(cast.alice)
    taps(cast.alice, 10)
    lose(shop, purchase)
    reconcile.check_ledger()
    assert (flagged(), audit()) == ([], [])


def test_accounts_whose_money_a_bank_took_are_a_finding_until_somebody_has_looked(
    shop: Shop, cast: Cast
) -> None:
    for user in (cast.alice, cast.charlie):
        purchase = shop.sell(user)
        taps(user, 4)
        lose(shop, purchase)
    (found,) = audit()
    assert (found.row, found.stored, found.recomputed) == (f"payer {purchase.payer}", 8, 0)
    reconcile.check_ledger()
    (flag,) = flagged()
    assert not Flag.objects.filter(key__startswith="audit:").exists()
    bob = into_the_admin(cast.bob)
    assert flag.sentence in shown(bob, "/admin/billing/flag/")
    bob.post("/admin/billing/flag/", {"action": "settle", "_selected_action": [flag.pk]})
    assert audit() == []


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_staff_finds_the_purchases_of_a_payer(shop: Shop, cast: Cast) -> None:
    found = [shop.sell(user, card=VISA) for user in (cast.alice, cast.charlie)]
    other = shop.sell(person("eve@example.org", agreed=False), card=MASTERCARD)
    page = shown(into_the_admin(cast.bob), f"/admin/billing/purchase/?q={found[0].payer}")
    assert all(str(one.id) in page for one in found)
    assert str(other.id) not in page


def test_an_erased_account_is_not_forgotten_here(shop: Shop, cast: Cast) -> None:
    """Or else each account could be erased after its returns, and the next one would begin anew."""
    shop.sell(cast.alice)
    taps(cast.alice, 10)
    privacy.erase_account(user=cast.alice, address="")
    shop.sell(cast.charlie)
    taps(cast.charlie, 10)
    assert len(flagged()) == 1
    assert ledger.account_of(user=cast.alice).purchases.get().payer
