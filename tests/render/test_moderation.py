"""Journey 9 by its rules: reported, looked at on record, decided once, told, and at nobody's cost."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from billing.models import Entry
from render import flags, moderation, returns
from render.errors import NoReason
from render.jobs.sweep import sweep
from render.models import Case, Portrait
from studio.models import Identity, Selfie
from tests.accounts.test_staff import staff
from tests.cast import Cast, logged_in
from tests.render.sitting import approve, assert_settled, balance, delivered, develop, folders, fund, proofs
from tests.studio.sitting import identity_of

pytestmark = [pytest.mark.slow, pytest.mark.rows, pytest.mark.django_db(transaction=True)]
pytestmark.append(pytest.mark.usefixtures("committed"))

CASES = "/admin/render/case/"
WORDS = "This is somebody else."
State = Portrait.State


def reported(cast: Cast, portrait: Portrait) -> Case:
    logged_in(cast.alice).post(f"{portrait.get_absolute_url()}report/", {"words": "It is not me."})
    return Case.objects.get()


def act(client: Client, action: str, *cases: Case, **more: str) -> None:
    scope = {"scope": Case.Scope.PICTURE} if "words" in more else {}
    data = {"action": action, "_selected_action": [case.pk for case in cases], **scope, **more}
    assert client.post(CASES, data).status_code in (200, 302)


def test_a_rejected_portrait_goes_and_its_credit_comes_back(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    logged_in(cast.alice).post(f"{portrait.get_absolute_url()}share/")
    case = reported(cast, portrait)
    assert (case.words, case.owner) == ("It is not me.", cast.alice)
    dora = staff(cast.dora)
    assert "It is not me." in dora.get(CASES).content.decode()
    act(dora, "reject", case)
    case.refresh_from_db()
    assert case.state == Case.State.OPEN  # the reason is asked for first
    act(dora, "reject", case, words=WORDS)
    case.refresh_from_db()
    portrait.refresh_from_db()
    assert (case.state, case.decision, case.decided_by) == (Case.State.REJECTED, WORDS, cast.dora)
    assert (portrait.rejected, portrait.share, balance(cast.alice)) == (True, None, (5, 0))
    page = logged_in(cast.alice).get(portrait.get_absolute_url()).content.decode()
    assert WORDS in page
    assert [letter for letter in mail.outbox if letter.to == [cast.alice.email] and WORDS in letter.body]
    assert LogEntry.objects.filter(content_type__model="case", actor=cast.dora).exists()


def test_what_is_being_made_is_stopped_and_released(cast: Cast) -> None:
    fund(cast.alice, 1)
    (portrait,) = proofs(cast.alice, "rembrandt")
    approve(portrait)
    case = moderation.report(portrait=portrait, words="Seen.")
    moderation.reject(case=case, by=cast.dora, words=WORDS)
    develop()
    portrait.refresh_from_db()
    assert (portrait.state, portrait.hold, balance(cast.alice)) == (State.PROVED, None, (1, 0))
    assert not portrait.approvable
    assert_settled()


def test_a_returned_portrait_is_not_paid_back_twice(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    returns.give_back(portrait=portrait, reason=Portrait.Reason.EYES)
    case = moderation.report(portrait=portrait, words="Seen.")
    moderation.reject(case=case, by=cast.dora, words=WORDS)
    assert balance(cast.alice) == (5, 0)


def test_what_is_approved_stays_and_is_not_asked_again(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    case = reported(cast, portrait)
    act(staff(cast.dora), "approve", case)
    portrait.refresh_from_db()
    assert portrait.verdict == Portrait.Verdict.APPROVED
    assert reported(cast, portrait).state == Case.State.APPROVED
    assert balance(cast.alice) == (4, 0)


def test_a_rejected_selfie_takes_everything_along(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    dora = staff(cast.dora)
    selfie = Selfie.objects.get()
    dora.post("/admin/studio/selfie/", {"action": "flag", "_selected_action": [selfie.pk]})
    case = Case.objects.get()
    assert (case.kind, case.subject) == ("selfie", selfie.pk)
    assert dora.get(f"{CASES}{case.pk}/picture.jpg").content.startswith(b"\xff\xd8")
    act(dora, "reject", case, words=WORDS)
    assert not Selfie.objects.exists()
    assert not Identity.objects.exists()
    assert not Portrait.objects.filter(pk=portrait.pk).exists()
    assert (folders(), balance(cast.alice)) == (set(), (5, 0))
    assert [letter for letter in mail.outbox if WORDS in letter.body]


def test_the_newest_of_many_faces_is_flagged_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "FACES", 1)
    identity_of(cast.bob)
    first = identity_of(cast.alice)
    sweep()
    assert not Case.objects.exists()
    second = identity_of(cast.alice)
    sweep()
    case = Case.objects.get()
    assert (case.kind, case.subject, case.owner) == ("selfie", second.selfie_id, cast.alice)
    moderation.approve(case=case, by=cast.dora)
    identity_of(cast.alice)
    sweep()
    assert Case.objects.count() == 1
    Selfie.objects.exclude(pk=first.selfie_id).update(created_at=timezone.now() - timedelta(days=flags.DAYS))
    Case.objects.update(created_at=timezone.now() - timedelta(days=flags.DAYS))
    sweep()
    assert Case.objects.count() == 1  # they are no longer many


@pytest.mark.dialect
def test_two_moderators_decide_once(cast: Cast) -> None:
    portrait = delivered(cast.alice)
    case = reported(cast, portrait)

    def decide(number: int) -> str:
        try:
            if number % 2:
                return moderation.approve(case=case, by=cast.dora).state
            return moderation.reject(case=case, by=cast.dora, words=WORDS).state
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(decide, range(4)))) == 1
    assert Entry.objects.filter(kind=Entry.Kind.RESTORE).count() <= 1


def test_only_moderators_see_and_decide_and_every_look_is_on_record(client: Client, cast: Cast) -> None:
    portrait = delivered(cast.alice)
    case = reported(cast, portrait)
    addresses = (CASES, f"{CASES}{case.pk}/change/", f"{CASES}{case.pk}/picture.jpg")
    bob = staff(cast.bob)
    for address in addresses:
        assert client.get(address).status_code == 302
        assert logged_in(cast.alice).get(address).status_code in (302, 403, 404)
        assert bob.get(address).status_code == 403
    looks = LogEntry.objects.filter(action=LogEntry.Action.ACCESS)
    assert not looks.exists()
    dora = staff(cast.dora)
    for address in addresses:
        answer = dora.get(address)
        assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert looks.count() == 1
    assert dora.get(f"{CASES}{uuid.uuid4()}/picture.jpg").status_code == 404


def test_a_rejection_needs_a_reason(cast: Cast) -> None:
    case = reported(cast, delivered(cast.alice))
    with pytest.raises(NoReason):
        moderation.reject(case=case, by=cast.dora, words="  ")
    case.refresh_from_db()
    assert case.state == Case.State.OPEN


def test_a_visitor_reports_what_is_shared(client: Client, cast: Cast) -> None:
    portrait = delivered(cast.alice)
    logged_in(cast.alice).post(f"{portrait.get_absolute_url()}share/")
    portrait.refresh_from_db()
    client.post(f"/s/{portrait.share}/report/", {"words": "I know this person."})
    assert Case.objects.get().words == "I know this person."
    assert client.post("/s/guess/report/").status_code == 404
