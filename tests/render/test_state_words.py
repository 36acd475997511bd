"""What pages say of a portrait in each of its states, whatever a moderator has said of it."""

import uuid
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from render import moderation, orders, prints, returns, sheet
from render.errors import TakenDown
from render.models import Portrait
from tests.cast import Cast, logged_in
from tests.render import written
from tests.render.sitting import approve, balance, fund
from tests.render.written import delivered, proved

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]

State = Portrait.State
Verdict = Portrait.Verdict
REASON = "Somebody else is in this picture."
TAKEN_DOWN = "A moderator took this portrait down."
REPORTED = "a person will look at it"
HTMX = {"HX-Request": "true"}

NOTHING: dict[str, Any] = {"hold": None, "full": "", "reason": "", "approved_at": None, "delivered_at": None}
APPROVED: dict[str, Any] = {"hold": uuid.UUID(int=1), "approved_at": timezone.now()}
FIELDS: dict[State, dict[str, Any]] = {
    State.PROOFING: NOTHING | {"proof": "", "proof_digest": ""},
    State.REFUSED: NOTHING | {"proof": "", "proof_digest": "", "sentence": "The light is too hard."},
    State.PROVED: NOTHING,
    State.APPROVED: NOTHING | APPROVED,
    State.DELIVERED: {},
    State.RETURNED: {"reason": "eyes"},
}
"""How a delivered portrait's row becomes one of that state."""

SAYS: dict[State, tuple[str, str]] = {
    State.PROOFING: ("Nobody is working on this.", "Nobody is working on this."),
    State.REFUSED: ("No preview.", "It costs nothing."),
    State.PROVED: ("Approve it, for one credit", 'name="portrait"'),
    State.APPROVED: ("Nobody is working on this.", "Nobody is working on this."),
    State.DELIVERED: ("Delivered.", "Delivered."),
    State.RETURNED: ("Returned.", "Given back: my eyes look wrong."),
}
"""On its own page, and on its sheet."""

OFFERS = (
    "Download",
    "Give it back",
    "Make another preview",
    "Make a link",
    "Keep among the favorites",
    "hx-get",
)


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_words_with_every_verdict(cast: Cast, state: State) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    alice, rows = logged_in(cast.alice), Portrait.objects.filter(pk=portrait.pk)
    rows.update(state=state, **FIELDS[state])
    for verdict in Verdict:
        rows.update(verdict=verdict, verdict_words=REASON if verdict == Verdict.REJECTED else "")
        page, frames, shoots = (
            alice.get(address).content.decode()
            for address in (portrait.get_absolute_url(), portrait.shoot.get_absolute_url(), "/shoots/")
        )
        if verdict == Verdict.REJECTED:
            paid = state in (State.APPROVED, State.DELIVERED, State.RETURNED)
            credit = "Your credit is back." if paid else "It has cost nothing."
            for where in (page, frames, shoots):
                assert REASON in where
                assert f"{TAKEN_DOWN} {credit}" in where
            for where, words in ((page, 0), (frames, 1)):
                assert not [says for says in {one[words] for one in SAYS.values()} if says in where]
                assert not [offer for offer in OFFERS if offer in where]
            assert "1 taken down by a moderator." in frames
        else:
            assert (SAYS[state][0] in page, SAYS[state][1] in frames) == (True, True)
            assert TAKEN_DOWN not in page + frames + shoots
            assert "taken down" not in frames
            others = [SAYS[other] for other in SAYS if SAYS[other] != SAYS[state]]
            assert not [says for says, _ in others if says in page]
            assert not [says for _, says in others if says in frames]
        assert (REPORTED in page, REPORTED in frames) == (verdict == Verdict.REPORTED,) * 2, verdict


def test_a_moderators_rejection_says_that_the_credit_is_back_and_it_is(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    assert balance(cast.alice) == (0, 0)
    case = moderation.report(portrait=portrait, words="Seen.")
    moderation.reject(case=case, by=cast.dora, words=REASON)
    assert balance(cast.alice) == (1, 0)
    page = logged_in(cast.alice).get(portrait.get_absolute_url()).content.decode()
    assert f"{TAKEN_DOWN} Your credit is back." in page


def test_what_is_stopped_on_the_way_says_so_too(cast: Cast) -> None:
    (portrait,) = proved(cast.alice, "rembrandt")
    fund(cast.alice, 1)
    approve(portrait)
    case = moderation.report(portrait=portrait, words="Seen.")
    moderation.reject(case=case, by=cast.dora, words=REASON)
    assert balance(cast.alice) == (1, 0)
    page = logged_in(cast.alice).get(portrait.get_absolute_url()).content.decode()
    assert f"{TAKEN_DOWN} Your credit is back." in page


def test_what_was_taken_down_is_neither_given_back_nor_made_again(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    portrait.save_fields(verdict="rejected", verdict_words=REASON)
    with pytest.raises(TakenDown):
        returns.give_back(portrait=portrait, reason=Portrait.Reason.EYES)
    with pytest.raises(TakenDown):
        orders.again(portrait=portrait)
    answer = logged_in(cast.alice).post(
        f"{portrait.get_absolute_url()}not-me/", {"reason": "eyes"}, follow=True
    )
    assert TAKEN_DOWN in answer.content.decode()
    assert Portrait.objects.count() == 1


def test_letters_and_the_sheet_count_what_is_there_to_be_had(cast: Cast) -> None:
    first, second = proved(cast.alice, "rembrandt", "noir")
    fund(cast.alice, 2)
    approve(first)
    written.work()
    first.refresh_from_db()
    first.save_fields(verdict="rejected", verdict_words=REASON)
    mail.outbox.clear()
    approve(second)
    written.work()
    (letter,) = [one for one in mail.outbox if "delivered" in one.body]
    assert "1 on this sheet" in letter.body
    assert sheet.of(first.shoot).words == "1 delivered. 1 taken down by a moderator."


def streamed(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_frame_shows_what_was_paid_for_by_itself(cast: Cast) -> None:
    """Another picture has another address, because a browser keeps what it has of the first."""
    (portrait,) = proved(cast.alice, "rembrandt")
    alice, address = logged_in(cast.alice), portrait.shoot.get_absolute_url()
    fund(cast.alice, 2)  # of two, one may come back
    approve(portrait)
    marked = f'src="{portrait.small_url}"'
    page = alice.get(address).content.decode()
    assert (marked in page, "hx-get" in page) == (True, True)
    known = sheet.of(portrait.shoot).key
    written.work()
    portrait.refresh_from_db()
    paid = f'src="{portrait.small_url}"'
    changed = alice.get(address, {"known": known}, headers=HTMX).content.decode()
    assert f'id="frame-{portrait.pk}"' in changed
    assert (paid in changed, marked in changed, paid != marked) == (True, False, True)
    assert "Download 1 portrait as one ZIP" in changed
    for shown in (portrait.small_url, portrait.small_url.partition("?")[0]):
        assert streamed(alice.get(shown)) == prints.small(portrait).read_bytes()
    assert paid in alice.get("/shoots/").content.decode()
    returns.give_back(portrait=portrait, reason=Portrait.Reason.EYES)
    assert marked in alice.get(address).content.decode()
