"""How often the coach looks for one account within an hour, whatever it is asked by."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from render.jobs.models import Job
from studio import selfies
from studio.errors import TooManyLooks
from studio.models import Selfie
from tests.cast import Cast, logged_in
from tests.render.written import identity_of

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

ALLOWED = 6
SIDES = ("backward", "readable")


@pytest.fixture(autouse=True)
def _few(settings: Settings) -> None:
    settings.SELFIES_PER_HOUR = ALLOWED // selfies.LOOKS_A_SELFIE


def end() -> None:
    Job.objects.live().update(state=Job.State.DONE, ended_at=timezone.now())


def test_an_answer_queues_one_job_at_a_time_and_so_many_an_hour(cast: Cast) -> None:
    selfie = identity_of(cast.alice).selfie
    alice = logged_in(cast.alice)
    for number in range(3 * ALLOWED):
        answer = alice.post(f"/selfies/{selfie.pk}/text/", {"text": SIDES[number % 2]})
        assert answer.status_code == 302
        assert Job.objects.live().count() <= 1
        end()
    assert Job.objects.count() == ALLOWED
    said = alice.post(f"/selfies/{selfie.pk}/text/", {"text": "backward"}, follow=True).content.decode()
    assert TooManyLooks.sentence in said
    selfie.refresh_from_db()
    assert selfie.text == SIDES[(ALLOWED - 1) % 2]  # what is refused is not kept
    alice.post(f"/selfies/{selfie.pk}/text/", {"text": "none"})
    selfie.refresh_from_db()
    assert selfie.text == Selfie.Text.NONE  # what turns nothing is
    Job.objects.update(created_at=timezone.now() - timedelta(hours=2))
    alice.post(f"/selfies/{selfie.pk}/text/", {"text": "backward"})
    assert Job.objects.live().count() == 1


def test_all_photographs_of_an_account_count_and_no_others(cast: Cast) -> None:
    for owner, count in ((cast.alice, ALLOWED), (cast.charlie, ALLOWED)):
        for _ in range(count):
            selfies.answer_text(selfie=identity_of(owner).selfie, text=Selfie.Text.BACKWARD)
        with pytest.raises(TooManyLooks):
            selfies.answer_text(selfie=identity_of(owner).selfie, text=Selfie.Text.BACKWARD)
        with pytest.raises(TooManyLooks):
            selfies.ask_again(selfie=identity_of(owner).selfie)
    selfies.look_again(selfie=identity_of(cast.alice).selfie)  # staff have everything measured anew
