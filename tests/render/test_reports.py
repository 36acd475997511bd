"""Every new report is seen, however often and by whomever; and nobody floods the moderators."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from render import moderation, reports
from render.errors import TooManyReports
from render.models import Case, Portrait, Report
from tests.accounts.test_staff import staff
from tests.cast import Cast, logged_in
from tests.render.written import delivered, proved

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed")]

CASES = "/admin/render/case/"


@pytest.fixture
def shared(cast: Cast) -> Portrait:
    (portrait,) = delivered(cast.alice, "rembrandt")
    portrait.save_fields(share="token")
    return portrait


def say(words: str, *, ip: str = "192.0.2.1", client: Client | None = None) -> str:
    answer = (client or Client()).post("/s/token/report/", {"words": words}, REMOTE_ADDR=ip, follow=True)
    return answer.content.decode()


def states() -> list[str]:
    return list(Case.objects.order_by("created_at").values_list("state", flat=True))


def test_the_owners_report_first_does_not_swallow_a_strangers(cast: Cast, shared: Portrait) -> None:
    logged_in(cast.alice).post(f"{shared.get_absolute_url()}report/", {"words": "Is it me?"})
    moderation.approve(case=Case.objects.get(), by=cast.dora)
    assert "A person will look at it" in say("I know this person.")
    assert states() == ["approved", "open"]
    shared.refresh_from_db()
    assert (shared.verdict, shared.share) == ("reported", "token")  # a report hides nothing
    say("Me too.", ip="192.0.2.2")
    say("And me.", ip="2001:db8::1")
    case = Case.objects.get(state="open")
    dora = staff(cast.dora)
    page = dora.get(f"{CASES}{case.pk}/change/").content.decode()
    for words in ("I know this person.", "Me too.", "And me.", "Is it me?", ", another: ", ", approved: "):
        assert words in page
    listed = dora.get(CASES).content.decode()
    assert '<td class="field-said_by">3</td>' in listed


def test_who_said_it_before_the_decision_does_not_open_it_again(cast: Cast, shared: Portrait) -> None:
    say("I know this person.")
    say("I know   this person.")
    assert Report.objects.count() == 1
    moderation.approve(case=Case.objects.get(), by=cast.dora)
    say("I know this person.")
    assert states() == ["approved"]
    say("I know this person.", ip="192.0.2.2")
    assert states() == ["approved", "open"]
    moderation.approve(case=Case.objects.get(state="open"), by=cast.dora)
    say("It is my sister.")
    assert states() == ["approved", "approved", "open"]


def test_one_person_reports_one_picture_a_few_times(cast: Cast, shared: Portrait) -> None:
    for number in range(reports.ABOUT_ONE):
        assert "A person will look at it" in say(f"Number {number}")
    assert "Write to us" in say("One more")
    assert Report.objects.count() == reports.ABOUT_ONE
    assert "A person will look at it" in say("One more", ip="192.0.2.2")
    assert "A person will look at it" in say("One more", client=logged_in(cast.charlie))


def test_one_household_is_one_reporter(cast: Cast, shared: Portrait) -> None:
    for number in range(reports.ABOUT_ONE):
        say(f"Number {number}", ip=f"2001:db8::{number}")
    assert "Write to us" in say("One more", ip="2001:db8::ffff")
    assert "A person will look at it" in say("One more", ip="2001:db8:0:1::1")


def test_one_person_reports_so_many_a_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "A_DAY", 1)
    first, second = proved(cast.alice, "rembrandt", "noir")
    moderation.report(portrait=first, words="Seen.")
    with pytest.raises(TooManyReports):
        moderation.report(portrait=second, words="Seen.")
    second.refresh_from_db()
    assert (Case.objects.count(), second.verdict) == (1, "")  # nothing is left of it
    Report.objects.update(created_at=timezone.now() - timedelta(days=2))
    moderation.report(portrait=second, words="Seen.")


def test_what_is_taken_down_is_not_reported_again(cast: Cast, shared: Portrait) -> None:
    case = moderation.report(portrait=shared, words="Seen.")
    moderation.reject(case=case, by=cast.dora, words="No.")
    assert moderation.report(portrait=shared, words="Once more.").pk == case.pk
    assert states() == ["rejected"]


def test_a_moderator_sees_what_its_owner_has_deleted_and_made_again(cast: Cast) -> None:
    (portrait,) = proved(cast.alice, "rembrandt")
    case = moderation.report(portrait=portrait, words="Seen.")
    (again,) = proved(cast.alice, "rembrandt", identity=portrait.shoot.identity)
    logged_in(cast.alice).post(f"{portrait.get_absolute_url()}delete/", {"sure": "yes"})
    assert staff(cast.dora).get(f"{CASES}{case.pk}/picture.jpg").status_code == 200
    moderation.reject(case=case, by=cast.dora, words="No.")
    again.refresh_from_db()
    assert again.rejected


def test_who_reported_is_forgotten(cast: Cast, shared: Portrait) -> None:
    say("Old.")
    Report.objects.update(created_at=timezone.now() - reports.REMEMBERED - timedelta(days=1))
    say("New.", ip="192.0.2.2")
    reports.forget()
    assert [bool(report.reporter) for report in Report.objects.order_by("created_at")] == [False, True]
    assert "192.0.2" not in str(list(Report.objects.values()))
