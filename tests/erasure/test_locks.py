"""An erasure beside whoever works on what it erases: both come to their end, for all lock in one order."""

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils.module_loading import import_string

from accounts.models import User
from billing import refunds
from billing.models import Refund
from portraitos_site import privacy
from render import moderation
from render.jobs.lease import Lease
from render.jobs.models import Job
from render.models import Case
from studio import coach
from studio.models import Selfie
from tests.cast import Cast
from tests.erasure.states import NONE, Furnished, furnished, states

pytestmark = [pytest.mark.rows, pytest.mark.dialect, pytest.mark.usefixtures("committed")]

PATIENCE = 30.0  # seconds until the erasure has run into what the other has locked
Act = Callable[[Furnished, pytest.MonkeyPatch], None]


def a_moderator_rejects(of: Furnished, patch: pytest.MonkeyPatch) -> None:
    moderation.reject(case=Case.objects.get(owner=of.user), by=of.staff.dora, words="Not you.")


def a_moderator_clears(of: Furnished, patch: pytest.MonkeyPatch) -> None:
    moderation.approve(case=Case.objects.get(owner=of.user), by=of.staff.dora)


def somebody_reports(of: Furnished, patch: pytest.MonkeyPatch) -> None:
    assert of.portrait is not None
    Case.objects.all().delete()
    moderation.report(portrait=of.portrait, words="Look at it.")


def staff_declines_a_refund(of: Furnished, patch: pytest.MonkeyPatch) -> None:
    refund = Refund.objects.get(purchase__account__user=of.user)
    refunds.decline(refund=refund, by=of.staff.dora, reason="Spent.")


def the_coach_keeps_an_identity(of: Furnished, patch: pytest.MonkeyPatch) -> None:
    """What it has measured does not matter here: the rows do."""
    for name in ("render.pipeline.stages.analyze.model", "render.pipeline.faces.mediapipe.shared"):
        patch.setattr(name, lambda *given: None)
    patch.setattr("studio.identities.write", lambda **given: "nothing")
    patch.setattr("studio.measured.facts", lambda *given: {})
    selfie = Selfie.objects.get(owner=of.user)
    job = Job.objects.get(subject=selfie.pk)
    assert isinstance(job.lease_token, uuid.UUID)
    lease = Lease(job.pk, job.kind, job.subject, {}, job.attempt, job.lease_token)
    coach._keep(lease, selfie, None)  # type: ignore[arg-type]


RICH = states()[0] | {"person": "customer", "session": "signed in", "trail": "audit log"}
DELIVERED = RICH | {"portrait": "delivered", "selfie": "identity"}
BEFORE = RICH | {"portrait": NONE, "selfie": "passed", "selfie job": "running", "copy": NONE, "case": NONE}
ACTS: dict[str, tuple[Act, str, dict[str, str]]] = {
    "moderator": (a_moderator_rejects, "render.moderation._reject_portrait", {"case": "portrait open"}),
    "moderator of ages": (
        a_moderator_clears,
        "render.letters.selfie_cleared",
        {"case": "age open", "age": "held"},
    ),
    "report": (somebody_reports, "render.moderation._open", {}),
    "refund": (
        staff_declines_a_refund,
        "billing.refunds._waiting",
        {"purchase": "paid", "refund": "requested"},
    ),
    "coach": (the_coach_keeps_an_identity, "studio.identities.keep", {}),
}
"""What somebody does, when they have locked one thing and go on to the next, and in which state."""


def runs_into_a_lock() -> None:
    """Wait until somebody waits for a row. SQLite has one lock, for which an erasure waits at once."""
    if connection.vendor == "sqlite":
        return
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(WAITS)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    pytest.fail("The erasure waits for nothing.")


WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
"""How many wait for this connection: statistics of activity would stand still within its transaction."""


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def erase(user: User) -> None:
    try:
        privacy.erase_account(user=user, address="")
    finally:
        connection.close()


@pytest.mark.parametrize("name", ACTS)
def test_both_come_to_their_end(
    cast: Cast, name: str, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, moment, state = ACTS[name]
    (of,) = furnished(cast, every=[(BEFORE if name == "coach" else DELIVERED) | state])
    erasures: list[Future[None]] = []
    going_on = import_string(moment)

    def paused(*args: Any, **options: Any) -> Any:
        erasures.append(threads.submit(erase, of.user))
        runs_into_a_lock()
        return going_on(*args, **options)

    monkeypatch.setattr(moment, paused)
    act(of, monkeypatch)
    (erasure,) = erasures
    erasure.result(60)
    assert User.objects.get(pk=of.user.pk).erased_at is not None
