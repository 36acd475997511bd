"""A portrait that was given back stays counted, whatever its owner deletes."""

import pytest
from django.core.cache import cache
from pytest_django import Settings

from billing.models import Entry
from render import orders, returns
from render.errors import ReturnsUsedUp, TooManyPreviews
from render.models import Portrait
from tests.cast import Cast, logged_in
from tests.render import written
from tests.render.sitting import approve, balance, fund
from tests.render.written import delivered, proved

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]

STYLES = ("rembrandt", "noir", "corporate")
EYES = Portrait.Reason.EYES


def test_approved_given_back_and_deleted_again_and_again(cast: Cast) -> None:
    """The attack, as its clicks: of four credits two come back, and not one more."""
    alice = logged_in(cast.alice)
    fund(cast.alice, 4)
    for number, style in enumerate(STYLES):
        (portrait,) = proved(cast.alice, style)
        approve(portrait)
        written.work()
        assert alice.get(f"{portrait.get_absolute_url()}full.jpg").status_code == 200
        answer = alice.post(f"{portrait.get_absolute_url()}not-me/", {"reason": "eyes"}, follow=True)
        told = "Your credit is back" if number < 2 else "Half of the credits that you paid for"
        assert told in answer.content.decode()
        alice.post(f"{portrait.get_absolute_url()}delete/", {"sure": "yes"})
        assert not Portrait.objects.filter(pk=portrait.pk).exists()
    assert (balance(cast.alice), returns.left(cast.alice)) == ((3, 0), 0)


def test_a_shoot_and_an_identity_take_no_return_along(cast: Cast) -> None:
    first, second = delivered(cast.alice, "rembrandt", "noir")
    returns.give_back(portrait=first, reason=EYES)
    orders.discard_shoot(shoot=first.shoot)
    (third,) = delivered(cast.alice, "corporate")
    with pytest.raises(ReturnsUsedUp):
        returns.give_back(portrait=third, reason=EYES)
    assert not Portrait.objects.filter(pk=second.pk).exists()


def test_the_entry_says_that_the_owner_did_it(cast: Cast) -> None:
    first, _ = delivered(cast.alice, "rembrandt", "noir")
    for _ in range(2):
        returns.give_back(portrait=first, reason=EYES)
    entry = Entry.objects.get(kind=Entry.Kind.RESTORE)
    assert (entry.actor, entry.hold_id) == ("owner", first.hold)
    assert entry.reason == "Does not look like its owner: My eyes look wrong."


def test_a_deleted_replacement_is_replaced_as_a_preview_that_counts(cast: Cast, settings: Settings) -> None:
    first, _ = delivered(cast.alice, "rembrandt", "noir")
    again = returns.give_back(portrait=first, reason=EYES)
    assert returns.give_back(portrait=first, reason=EYES) == again
    cache.clear()
    settings.PREVIEWS_PER_HOUR = 1
    for _ in range(2):
        orders.discard(portrait=again)
        try:
            again = returns.give_back(portrait=first, reason=EYES)
        except TooManyPreviews:
            break
    else:
        pytest.fail("The hour's allowance was not asked.")
    assert Entry.objects.filter(kind=Entry.Kind.RESTORE).count() == 1
