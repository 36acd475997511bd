"""Held for age: a moderator clears or refuses, the owner is told, and nothing is made before."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from render import moderation, orders, returns, verdicts
from render.errors import PhotographTakenDown
from render.jobs.models import Job
from render.jobs.sweep import sweep
from render.jobs.work import work
from render.models import Case, Portrait
from studio import rest
from studio.errors import HeldForAge
from studio.models import Identity, Selfie
from tests.accounts.test_staff import staff
from tests.cast import Cast, logged_in
from tests.render.sitting import approve, balance, fund, stock
from tests.render.test_moderation import CASES, act
from tests.render.written import delivered, identity_of, proved

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]

State = Portrait.State
WORDS = "This is a child."
SAID = f"{HeldForAge.sentence} {HeldForAge.fix}"


def hold(*portraits: Portrait) -> Selfie:
    """Their photograph is held from now on."""
    selfie: Selfie = portraits[0].shoot.identity.selfie
    Selfie.objects.filter(pk=selfie.pk).update(age=Selfie.Age.HELD)
    return selfie


def alone(owner: User) -> Selfie:
    """A held photograph that is no identity yet."""
    selfie: Selfie = identity_of(owner).selfie
    Identity.objects.all().delete()
    Selfie.objects.filter(pk=selfie.pk).update(age=Selfie.Age.HELD)
    return selfie


def asked() -> Case:
    """The case that the sweep opens."""
    sweep()
    return Case.objects.get(kind=Case.Kind.AGE, state=Case.State.OPEN)


def letters_to(owner: User) -> list[Any]:
    return [letter for letter in mail.outbox if letter.to == [owner.email]]


# The queue


def test_a_moderator_is_asked_once(cast: Cast) -> None:
    selfie = alone(cast.alice)
    identity_of(cast.charlie)
    case = asked()
    assert (case.subject, case.owner, case.words) == (selfie.pk, cast.alice, moderation.AGE)
    sweep()
    assert Case.objects.get() == case
    dora = staff(cast.dora)
    assert "may be under 18" in dora.get(CASES).content.decode()
    assert dora.get(f"{CASES}{case.pk}/picture.jpg").content == b"selfie"
    assert LogEntry.objects.filter(action=LogEntry.Action.ACCESS, actor=cast.dora).count() == 1


def test_nobody_is_asked_about_what_was_cleared_or_deleted_meanwhile(cast: Cast) -> None:
    selfie = alone(cast.alice)
    Selfie.objects.update(age=Selfie.Age.CLEARED)
    assert moderation.ask_age(selfie=selfie) is None
    Selfie.objects.all().delete()
    assert moderation.ask_age(selfie=selfie) is None
    assert not Case.objects.exists()


def test_cleared_it_goes_on_and_its_owner_is_told(cast: Cast) -> None:
    selfie = alone(cast.alice)
    case = asked()
    act(staff(cast.dora), "approve", case)
    case.refresh_from_db()
    selfie.refresh_from_db()
    assert (case.state, case.decided_by) == (Case.State.APPROVED, cast.dora)
    assert selfie.age == Selfie.Age.CLEARED
    assert Job.objects.live().get(kind="coach").subject == selfie.pk
    (letter,) = letters_to(cast.alice)
    assert selfie.get_absolute_url() in letter.body
    assert "it goes on" in letter.body
    assert LogEntry.objects.filter(content_type__model="case", actor=cast.dora).exists()
    sweep()
    assert Case.objects.count() == 1


def test_refused_it_is_erased_with_a_reason_and_not_taken_again(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    hold(portrait)
    dora, case = staff(cast.dora), asked()
    act(dora, "reject", case)
    case.refresh_from_db()
    assert case.state == Case.State.OPEN  # the reason is asked for first
    act(dora, "reject", case, words=WORDS)
    case.refresh_from_db()
    assert (case.state, case.scope, case.decided_by) == ("rejected", Case.Scope.IDENTITY, cast.dora)
    assert [*Selfie.objects.all(), *Identity.objects.all(), *Portrait.objects.all()] == []
    assert balance(cast.alice) == (1, 0)
    assert [letter for letter in letters_to(cast.alice) if WORDS in letter.body]
    with transaction.atomic(), pytest.raises(PhotographTakenDown):
        verdicts.refuse_photograph(cast.alice, b"selfie")


def test_a_case_about_something_else_clears_nothing(cast: Cast) -> None:
    selfie = alone(cast.alice)
    case = moderation.flag(selfie=selfie, words="Many faces.")
    moderation.approve(case=case, by=cast.dora)
    selfie.refresh_from_db()
    assert selfie.age == Selfie.Age.HELD
    assert letters_to(cast.alice) == []
    assert asked().subject == selfie.pk


def test_only_moderators_decide(client: Client, cast: Cast) -> None:
    selfie = alone(cast.alice)
    case = asked()
    form = {"action": "approve", "_selected_action": [case.pk]}
    for visitor in (client, logged_in(cast.alice), logged_in(cast.charlie), staff(cast.bob)):
        for address in (CASES, f"{CASES}{case.pk}/change/", f"{CASES}{case.pk}/picture.jpg"):
            assert visitor.get(address).status_code in (302, 403, 404)
        visitor.post(CASES, form)
    case.refresh_from_db()
    selfie.refresh_from_db()
    assert (case.state, selfie.age) == (Case.State.OPEN, Selfie.Age.HELD)


# Nothing is made


def test_nothing_is_ordered_of_it_by_any_rule_or_page(cast: Cast) -> None:
    """Cleared, the same is made."""
    (portrait,) = proved(cast.alice, "rembrandt")
    (free,) = proved(cast.alice, "noir")  # of another photograph
    fund(cast.alice, 2)
    hold(portrait)
    identity, jobs = portrait.shoot.identity, Job.objects.count()
    with pytest.raises(HeldForAge):
        orders.order(identity=identity, styles=stock("rembrandt"))
    with pytest.raises(HeldForAge):
        orders.again(portrait=portrait)
    with pytest.raises(HeldForAge):
        orders.approve(owner=cast.alice, ids=[portrait.pk, free.pk])
    alice, page = logged_in(cast.alice), portrait.get_absolute_url()
    form = {"style": "rembrandt", "identity": identity.pk}
    approval = {"portrait": portrait.pk, "sure": "yes"}
    assert SAID in alice.post("/shoots/new/", form).content.decode()
    assert SAID in alice.post(f"{portrait.shoot.get_absolute_url()}approve/", approval).content.decode()
    assert SAID in alice.post(f"{page}again/", follow=True).content.decode()
    assert SAID in alice.post(f"{page}not-me/", {"reason": "eyes"}, follow=True).content.decode()
    assert (Job.objects.count(), balance(cast.alice)) == (jobs, (2, 0))
    moderation.approve(case=asked(), by=cast.dora)
    approve(portrait, free)
    assert balance(cast.alice) == (0, 2)


def test_a_preview_that_waits_for_a_worker_is_not_made(cast: Cast) -> None:
    shoot = orders.order(identity=identity_of(cast.alice), styles=stock("rembrandt"))
    portrait = Portrait.objects.shown().get(shoot=shoot)
    hold(portrait)
    work(str(Job.objects.get(kind="preview").pk))
    portrait.refresh_from_db()
    assert (portrait.state, portrait.sentence, portrait.proof) == (State.REFUSED, SAID, "")
    assert SAID in logged_in(cast.alice).get(portrait.get_absolute_url()).content.decode()


def test_a_full_portrait_that_waits_for_a_worker_is_not_made_and_its_credit_comes_back(cast: Cast) -> None:
    (portrait,) = proved(cast.alice, "rembrandt")
    fund(cast.alice, 1)
    approve(portrait)
    hold(portrait)
    work(str(Job.objects.get(kind="full", subject=portrait.pk).pk))
    portrait.refresh_from_db()
    assert (portrait.state, portrait.sentence, balance(cast.alice)) == (State.PROVED, SAID, (1, 0))


def test_a_return_brings_the_credit_back_and_its_preview_waits(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    fund(cast.alice, 1)
    hold(portrait)
    alice, page = logged_in(cast.alice), portrait.get_absolute_url()
    told = alice.post(f"{page}not-me/", {"reason": "eyes"}, follow=True).content.decode()
    assert f"Your credit is back. {SAID}" in told
    portrait.refresh_from_db()
    assert (portrait.state, balance(cast.alice), Portrait.objects.count()) == (State.RETURNED, (2, 0), 1)
    moderation.approve(case=asked(), by=cast.dora)
    assert returns.give_back(portrait=portrait, reason=Portrait.Reason.EYES).aims == ["eyes"]


def test_what_was_delivered_stays_its_owners(cast: Cast) -> None:
    (portrait,) = delivered(cast.alice, "rembrandt")
    hold(portrait)
    alice, page = logged_in(cast.alice), portrait.get_absolute_url()
    assert alice.get(f"{page}full.jpg").status_code == 200
    assert alice.post(f"{page}delete/", {"sure": "yes"})["Location"] == "/shoots/"


# At once


def at_once(*acts: Any) -> list[Any]:
    """Everything in a thread of its own; what each returned."""

    def run(action: Any) -> Any:
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.dialect
def test_two_moderators_decide_once(cast: Cast) -> None:
    selfie = alone(cast.alice)
    case = asked()
    states = at_once(
        lambda: moderation.approve(case=case, by=cast.dora).state,
        lambda: moderation.reject(case=case, by=cast.dora, words=WORDS).state,
        lambda: moderation.approve(case=case, by=cast.dora).state,
        lambda: moderation.reject(case=case, by=cast.dora, words=WORDS).state,
    )
    (state,) = set(states)
    cleared = Selfie.objects.filter(pk=selfie.pk, age=Selfie.Age.CLEARED).exists()
    assert cleared is (state == Case.State.APPROVED)
    assert Selfie.objects.exists() is cleared
    assert len(letters_to(cast.alice)) == 1


@pytest.mark.dialect
def test_cleared_while_its_owner_deletes_it(cast: Cast) -> None:
    """Whoever comes first: the photograph is gone, and so is all that could be made of it."""
    for _ in range(3):
        selfie = alone(cast.alice)
        case = asked()
        at_once(
            lambda case=case: moderation.approve(case=case, by=cast.dora),
            lambda selfie=selfie: logged_in(cast.alice).post(f"/selfies/{selfie.pk}/delete/"),
        )
        case.refresh_from_db()
        assert case.state == Case.State.APPROVED
        for job in Job.objects.live().filter(kind="coach"):
            work(str(job.pk))
        assert [*Selfie.objects.all(), *Identity.objects.all(), *Job.objects.live()] == []
        with pytest.raises(FileNotFoundError):
            rest.read_selfie(selfie)


@pytest.mark.dialect
def test_held_while_it_is_ordered(cast: Cast) -> None:
    """Whoever comes first: no preview is made."""
    identity, styles = identity_of(cast.alice), stock("rembrandt")

    def order() -> None:
        try:
            orders.order(identity=identity, styles=styles)
        except HeldForAge:
            return

    at_once(order, lambda: Selfie.objects.filter(pk=identity.selfie_id).update(age=Selfie.Age.HELD))
    for job in Job.objects.live().filter(kind="preview"):
        work(str(job.pk))
    assert set(Portrait.objects.values_list("state", "sentence")) <= {(State.REFUSED, SAID)}
