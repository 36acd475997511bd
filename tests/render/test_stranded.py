"""Whoever waits without a job is freed at the next sweep, and nobody else."""

import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from billing import ledger
from billing.models import Hold
from render import orders, stranded
from render.jobs.models import Job
from render.jobs.sweep import sweep
from render.models import Portrait
from tests.cast import Cast
from tests.render.sitting import approve, assert_settled, balance, develop, fund, proofs, shoot_of

pytestmark = [pytest.mark.slow, pytest.mark.rows, pytest.mark.django_db(transaction=True)]
pytestmark.append(pytest.mark.usefixtures("committed"))

State = Portrait.State


def test_an_approved_portrait_whose_job_is_gone_gets_its_credit_back(cast: Cast) -> None:
    fund(cast.alice, 1)
    (portrait,) = proofs(cast.alice, "rembrandt")
    approve(portrait)
    Job.objects.filter(subject=portrait.pk, kind="full").delete()
    sweep()
    portrait.refresh_from_db()
    assert (portrait.state, portrait.hold, balance(cast.alice)) == (State.PROVED, None, (1, 0))
    assert portrait.sentence == stranded.SENTENCE
    approve(portrait)  # once more
    develop()
    portrait.refresh_from_db()
    assert (portrait.state, balance(cast.alice)) == (State.DELIVERED, (0, 0))
    assert_settled()


def test_a_preview_whose_job_ended_without_settling_is_refused_and_can_be_asked_again(cast: Cast) -> None:
    shoot = shoot_of(cast.alice, "rembrandt")
    Job.objects.filter(kind="preview").update(
        state=Job.State.FAILED, error_code="lost", ended_at=timezone.now()
    )
    sweep()
    portrait = shoot.portraits.get()
    assert (portrait.state, portrait.sentence) == (State.REFUSED, stranded.SENTENCE)
    portrait = orders.again(portrait=portrait)
    develop()
    portrait.refresh_from_db()
    assert (portrait.state, portrait.sentence) == (State.PROVED, "")


def test_a_hold_that_pays_for_no_portrait_is_released(cast: Cast) -> None:
    fund(cast.alice, 1)
    with transaction.atomic():
        ledger.hold(account=ledger.account_of(user=cast.alice), subject=uuid.uuid4())
    assert balance(cast.alice) == (0, 1)
    sweep()
    assert balance(cast.alice) == (1, 0)


def test_whoever_has_a_live_job_is_left_alone(cast: Cast) -> None:
    fund(cast.alice, 1)
    (portrait,) = proofs(cast.alice, "rembrandt")
    waiting = shoot_of(cast.alice, "corporate", identity=portrait.shoot.identity).portraits.get()
    approve(portrait)
    stranded.release()
    states = Portrait.objects.in_bulk([portrait.pk, waiting.pk])
    assert {row.state for row in states.values()} == {State.APPROVED, State.PROOFING}
    assert Hold.objects.get().state == Hold.State.OPEN


def test_what_ends_between_the_look_and_the_lock_is_left_alone(cast: Cast) -> None:
    fund(cast.alice, 1)
    (portrait,) = proofs(cast.alice, "rembrandt")
    approve(portrait)
    develop()
    stranded._free(portrait.pk)
    portrait.refresh_from_db()
    assert (portrait.state, balance(cast.alice)) == (State.DELIVERED, (0, 0))
