"""A paid portrait that fails is seen: by its owner, by staff, on the health page. Nothing is spent on it."""

import email
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email import policy
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from billing.audit import audit
from billing.models import Hold, Lot
from portraitos_site import failures as site_failures
from render import darkroom, endings, fulls, letters, orders, previews
from render.errors import AnotherEngine
from render.jobs import canary, failures, lease
from render.jobs.errors import SENTENCES, Refused
from render.jobs.models import Failure, FailureEvent, Job
from render.jobs.queue import cancel
from render.jobs.sweep import sweep
from render.jobs.work import work
from render.models import Portrait
from studio import rest
from studio.models import Identity, Selfie
from tests.cast import Cast, logged_in
from tests.jobs.house import House, until
from tests.render import small
from tests.render.sitting import approve, balance, develop, fund, stock

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
pytestmark.append(pytest.mark.usefixtures("committed"))

State = Portrait.State
SUPPORT = "support@example.org"


def wait_for_the_last(portraits: list[Portrait]) -> None:
    ids = [row.pk for row in portraits]
    until(
        lambda: not Portrait.objects.filter(pk__in=ids, state=State.APPROVED).exists(),
        "every portrait has ended",
    )


def health() -> Any:
    for queue in ("previews", "fulls", "mail", "catalogue"):
        canary.sing(queue)
    return Client().get("/healthz").json()


def sent(folder: Path, to: str) -> list[Any]:
    """What the workers handed to their mail server for an address."""
    found = [
        email.message_from_bytes(part, policy=policy.default)
        for path in sorted(folder.glob("*"))
        for part in path.read_bytes().split(b"-" * 79 + b"\n")
        if part.strip()
    ]
    return [message for message in found if message["To"] == to]


def text_of(message: Any) -> str:
    return str(message.get_body(("plain",)).get_content())


@pytest.mark.slow
def test_a_worker_that_raises_is_heard_by_everybody_and_costs_nothing(
    cast: Cast, workers: Callable[..., House], tmp_path: Path, settings: Settings
) -> None:
    """Three portraits of one shoot, two attempts each, one cause."""
    settings.SUPPORT_EMAIL = SUPPORT
    fund(cast.alice, 3)
    portraits = previews_as_rows(cast.alice, "rembrandt", "corporate", "boardroom")
    box = tmp_path / "box"
    canary.send()
    assert health()["parts"]["failures"] | {"says": ""} == {"well": True, "says": "", "count": 0}
    workers(small.BREAK_AT_ONCE, **{small.MAILBOX: str(box)})
    approve(*portraits)
    wait_for_the_last(portraits)
    until(lambda: Failure.objects.filter(count=3).exists(), "the last failure is written down")

    failure = Failure.objects.get()
    assert (failure.kind, failure.count, failure.retried) == (fulls.KIND, 3, 3)
    assert (failure.exception, failure.place) == ("ValueError", "tests.render.small.prove")
    assert balance(cast.alice) == (3, 0)
    assert not Hold.objects.filter(state=Hold.State.OPEN).exists()
    assert audit() == []

    until(lambda: len(sent(box, SUPPORT)) == 1, "staff are told")
    assert "tests.render.small.prove" in text_of(sent(box, SUPPORT)[0])
    (letter,) = sent(box, cast.alice.email)
    assert letter["Subject"] == "3 portraits could not be made; your credits are back"
    told = text_of(letter)
    for portrait in portraits:
        assert f"- {portrait.version.style.name}: {SENTENCES['error']} Approve it again." in told
    assert portraits[0].shoot.get_absolute_url() in told

    page = logged_in(cast.alice).get(portraits[0].shoot.get_absolute_url()).content.decode()
    assert f"{SENTENCES['error']} Your credit is back. Approve it again." in page.replace("&#x27;", "'")

    red = health()
    assert ("failures" in red["red"], red["parts"]["failures"]["count"]) == (True, 3)
    FailureEvent.objects.update(at=timezone.now() - failures.WINDOW)
    assert "failures" not in health()["red"]
    FailureEvent.objects.update(at=timezone.now())
    site_failures.settle(failure=failure, by=cast.bob)
    assert "failures" not in health()["red"]


def subjects(owner: User) -> list[str]:
    return [str(message.subject) for message in mail.outbox if message.to == [owner.email]]


def previews_as_rows(owner: User, *slugs: str) -> list[Portrait]:
    """Previews as rows alone: what is told of a portrait does not hang on its pixels."""
    selfie = Selfie.objects.create(owner=owner, width=1, height=1)
    identity = Identity(owner=owner, selfie=selfie, name="Me", engine="none")
    identity.facts = rest.seal_facts(row=identity, owner=owner, facts={})
    identity.save()
    shoot = orders.order(identity=identity, styles=stock(*slugs))
    shoot.portraits.update(state=State.PROVED, proof="none", proof_digest="0" * 64)
    Job.objects.all().delete()
    return list(Portrait.objects.shown().filter(shoot=shoot).order_by("number"))


@pytest.fixture
def alices(cast: Cast) -> list[Portrait]:
    """Two previews, and the credits for them."""
    fund(cast.alice, 2)
    return previews_as_rows(cast.alice, "rembrandt", "corporate")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*given: object) -> None:
        raise ValueError("broken on purpose")

    monkeypatch.setattr(darkroom, "prove", raises)


def work_next() -> None:
    work(str(Job.objects.filter(state=Job.State.QUEUED, kind=fulls.KIND).earliest("created_at").pk))


def deliver(portrait: Portrait) -> None:
    """What the worker does when everything went well."""
    taken = lease.claim(job_id=Job.objects.live().get(subject=portrait.pk).pk)
    assert taken
    (taken.draft / "full.jpg").write_bytes(b"jpeg")
    lease.finish(lease=taken, result={})


ONE = "A portrait could not be made; your credit is back"
TWO = "2 portraits could not be made; your credits are back"


def test_nobody_is_told_before_the_last_one_has_ended(
    cast: Cast, alices: list[Portrait], broken: None
) -> None:
    approve(*alices)
    work_next()
    work_next()
    assert subjects(cast.alice) == []
    develop()
    assert subjects(cast.alice) == [TWO]
    sweep()
    assert subjects(cast.alice) == [TWO], "once"


def test_one_letter_for_what_was_made_and_what_was_not(
    cast: Cast, alices: list[Portrait], broken: None
) -> None:
    first, second = alices
    approve(first)
    approve(second)
    work_next()
    work_next()
    deliver(second)
    assert subjects(cast.alice) == [ONE]
    assert "1 other portrait on this sheet is delivered." in str(mail.outbox[-1].body)
    approve(first)
    deliver(first)
    assert subjects(cast.alice) == [ONE, "Your portraits are ready"], "what was told is not told again"


def test_a_refusal_tells_its_own_way_out_and_is_no_failure_of_ours(
    cast: Cast, alices: list[Portrait], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*given: object) -> None:
        raise Refused(AnotherEngine.code, f"{AnotherEngine.sentence} {AnotherEngine.fix}")

    monkeypatch.setattr(darkroom, "prove", refuses)
    approve(alices[0])
    develop()
    assert subjects(cast.alice) == [ONE]
    body = str(mail.outbox[-1].body)
    assert AnotherEngine.fix in body
    assert "Approve it again" not in body
    assert not Failure.objects.exists()


def test_what_its_owner_stopped_is_not_written_about(cast: Cast, alices: list[Portrait]) -> None:
    approve(*alices)
    for job in Job.objects.live():
        cancel(job_id=job.pk)
    assert balance(cast.alice) == (2, 0)
    sweep()
    assert subjects(cast.alice) == []
    assert not Failure.objects.exists()


@pytest.mark.parametrize("closed", [{"is_active": False}, {"is_active": False, "erased_at": timezone.now()}])
def test_a_closed_account_gets_no_letter(
    cast: Cast, alices: list[Portrait], broken: None, closed: dict[str, object]
) -> None:
    approve(*alices)
    User.objects.filter(pk=cast.alice.pk).update(**closed)
    develop()
    sweep()
    assert mail.outbox == []
    assert Failure.objects.get().count == 2


def test_a_letter_that_cannot_be_written_keeps_no_credit_and_is_tried_again(
    cast: Cast, alices: list[Portrait], broken: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(letters, "portraits_failed", lambda *given: 1 / 0)
        approve(alices[0])
        develop()
    assert balance(cast.alice) == (2, 0)
    assert Failure.objects.filter(kind="letter about portraits").exists()
    sweep()
    assert subjects(cast.alice) == [ONE]


def test_what_waited_for_no_job_is_written_about_and_recorded(cast: Cast, alices: list[Portrait]) -> None:
    approve(alices[0])
    Job.objects.filter(kind=fulls.KIND).delete()
    sweep()
    assert subjects(cast.alice) == [ONE]
    assert Failure.objects.get().exception == "a portrait that waited for no job"


def test_a_disputed_credit_is_not_said_to_be_free(cast: Cast, alices: list[Portrait], broken: None) -> None:
    approve(alices[0])
    with transaction.atomic():
        ledger.freeze(lot=Lot.objects.get(), key="freeze:test")
    develop()
    told = str(mail.outbox[-1].body)
    assert "A bank disputes the payment, so you can spend it once that has ended." in told


def at_once(act: Callable[[Any], object], given: Sequence[object]) -> None:
    def one(each: object) -> None:
        try:
            act(each)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(given)) as pool:
        list(pool.map(one, given))


@pytest.fixture
def meeting() -> Callable[..., None]:
    """Whoever calls it waits for the other one; on SQLite, which has one writer, they do not meet."""
    barrier = Barrier(2)

    def meet() -> None:
        with suppress(BrokenBarrierError):
            barrier.wait(timeout=5 if connection.vendor == "postgresql" else 0.01)

    return meet


@pytest.mark.dialect
def test_two_sweeps_at_once_write_once(
    cast: Cast, alices: list[Portrait], monkeypatch: pytest.MonkeyPatch, meeting: Callable[..., None]
) -> None:
    Portrait.objects.update(untold=True, sentence=SENTENCES["lost"])
    tell = endings.tell

    def meets(**given: Any) -> None:
        meeting()
        tell(**given)

    monkeypatch.setattr(endings, "tell", meets)
    at_once(lambda _: endings.tell_again(), [1, 2])
    assert subjects(cast.alice) == [TWO]


@pytest.mark.dialect
def test_two_last_previews_that_end_at_once_are_told_of(
    cast: Cast, alices: list[Portrait], monkeypatch: pytest.MonkeyPatch, meeting: Callable[..., None]
) -> None:
    """Neither is the last in its own eyes, unless one waits for the other."""
    orders.order(identity=alices[0].shoot.identity, styles=stock("rembrandt", "corporate"))
    tell = previews._tell

    def meets(shoot_id: uuid.UUID) -> None:
        meeting()
        tell(shoot_id)

    monkeypatch.setattr(previews, "_tell", meets)
    held = [lease.claim(job_id=job.pk) for job in Job.objects.live()]
    at_once(lambda taken: lease.fail(job_id=taken.job_id, token=taken.token, code="error", again=False), held)
    assert subjects(cast.alice) == ["Your previews are ready"]
