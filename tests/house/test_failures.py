"""Errors of views reach staff: the health page, the admin and one mail a cause. The site goes on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from portraitos_site import checks, failures
from portraitos_site.urls import urlpatterns as site
from render.jobs import canary, sweep
from render.jobs import failures as records
from render.jobs.models import Failure, FailureEvent
from tests.accounts.door import own_app, signed_in
from tests.cast import Cast
from tests.stores import holds

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

ADMIN = "/admin/jobs/failure/"
SUPPORT = "support@example.org"
SECRET = "charlie+face@example.org"


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError(f"Nothing is known of {SECRET}.")


def half_written(request: HttpRequest) -> HttpResponse:
    """The transaction is broken by the database when the view ends."""
    User.objects.create_user("half@example.org")
    User.objects.bulk_create([User(email=SECRET), User(email=SECRET)])
    return HttpResponse()


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[bytes]:
        yield b"half"
        raise OSError(5, SECRET)

    return StreamingHttpResponse(parts())


def committed(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        transaction.on_commit(lambda: broken(request), robust=True)
    return HttpResponse()


handler500 = "portraitos_site.views.broken"
urlpatterns = [
    path("broken", broken, name="broken"),
    path("half-written", half_written, name="half-written"),
    path("streamed", streamed, name="streamed"),
    path("committed", committed, name="committed"),
    *site,
]


@pytest.fixture(autouse=True)
def _set_up(settings: Settings) -> None:
    settings.SUPPORT_EMAIL = SUPPORT
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def health(client: Client) -> Any:
    """As it is while every queue is well."""
    canary.send()
    for queue in ("previews", "fulls", "mail", "catalogue", "money", "letters"):
        canary.sing(queue)
    answer = client.get("/healthz")
    told = answer.json()
    assert answer.status_code == (503 if told["red"] else 200)
    return told


def to_support() -> list[Any]:
    return [message for message in mail.outbox if message.to == [SUPPORT]]


def test_a_view_that_raises_is_a_number_a_line_and_one_mail(visitor: Client) -> None:
    assert health(visitor)["parts"]["failures"]["count"] == 0
    assert visitor.get("/broken?email=" + SECRET).status_code == 500
    failure = Failure.objects.get()
    assert (failure.kind, failure.exception, failure.count) == ("view broken", "ValueError", 1)
    assert failure.place == f"{__name__}.broken"
    told = health(visitor)
    assert (told["parts"]["failures"]["count"], "failures" in told["red"]) == (1, False)
    for _ in range(2):
        visitor.get("/broken")
        sweep.sweep()
    (message,) = to_support()
    assert "view broken" in message.subject
    assert f"{__name__}.broken" in message.body
    assert f"/admin/jobs/failure/{failure.pk}/change/" in message.body
    assert "failures" in health(visitor)["red"]
    assert __name__ not in str(health(visitor)), "whoever asks learns how many, and nothing of our code"
    assert holds(SECRET) == []
    assert SECRET not in message.body + str(message.alternatives)


def test_health_is_green_again_after_an_hour(visitor: Client) -> None:
    for _ in range(3):
        visitor.get("/broken")
    assert "failures" in health(visitor)["red"]
    FailureEvent.objects.update(at=timezone.now() - records.WINDOW - timedelta(seconds=1))
    assert "failures" not in health(visitor)["red"]
    assert Failure.objects.unsettled().exists(), "it still waits for somebody"


def test_staff_see_it_and_settle_it_and_hear_of_it_when_it_comes_back(visitor: Client, cast: Cast) -> None:
    for _ in range(3):
        visitor.get("/broken")
    sweep.sweep()
    own_app(cast.bob)
    bob = signed_in(cast.bob)
    assert "1 cause of failure" in " ".join(bob.get("/admin/").content.decode().split())
    listed = bob.get(ADMIN, {"settled": "no"}).content.decode()
    assert f"{__name__}.broken" in listed
    failure = Failure.objects.get()
    page = bob.get(f"{ADMIN}{failure.pk}/change/").content.decode()
    assert "ValueError" in page
    assert 'name="_save"' not in page
    assert bob.get(ADMIN, {"q": "ValueError"}).status_code == 200
    bob.post(ADMIN, {"action": "settle", "_selected_action": [failure.pk]})
    failure.refresh_from_db()
    assert failure.settled_by == f"user {cast.bob.pk}"
    assert "failures" not in health(visitor)["red"]
    assert "cause of failure" not in bob.get("/admin/").content.decode()
    assert f"{__name__}.broken" not in bob.get(ADMIN, {"settled": "no"}).content.decode()
    visitor.get("/broken")
    sweep.sweep()
    assert len(to_support()) == 2


def test_moderators_do_not_see_it(visitor: Client, cast: Cast) -> None:
    visitor.get("/broken")
    own_app(cast.dora)
    dora = signed_in(cast.dora)
    assert dora.get(ADMIN).status_code == 403
    assert "cause of failure" not in dora.get("/admin/").content.decode()


@pytest.mark.parametrize("atomic", [False, True])
def test_a_request_whose_transaction_is_broken_is_recorded_and_rolled_back(
    visitor: Client, *, atomic: bool
) -> None:
    connection.settings_dict["ATOMIC_REQUESTS"] = atomic
    try:
        assert visitor.get("/half-written").status_code == 500
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False
    failure = Failure.objects.get()
    assert (failure.kind, failure.exception) == ("view half-written", "django.db.utils.IntegrityError")
    assert User.objects.filter(email="half@example.org").exists() is not atomic
    assert holds(SECRET) == []


def test_an_answer_that_breaks_while_it_is_sent(visitor: Client) -> None:
    answer = visitor.get("/streamed")
    with pytest.raises(OSError, match=SECRET.replace("+", r"\+")):
        b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert Failure.objects.get().kind == "view streamed"


def test_an_act_after_a_commit_that_django_only_logs(visitor: Client) -> None:
    """Files of an erased account are deleted this way."""
    assert visitor.get("/committed").status_code == 200
    assert Failure.objects.get().kind == "after a commit"


def test_what_a_person_can_put_right_is_no_failure_of_ours(visitor: Client, cast: Cast) -> None:
    visitor.get("/nowhere/")
    visitor.post("/stripe/webhook/", b"{}", content_type="application/json")
    visitor.get("/admin/")
    Client(enforce_csrf_checks=True).post("/accounts/login/", {})
    assert not Failure.objects.exists()


def test_a_mail_that_cannot_be_written_loses_no_record(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.get("/broken")
    with monkeypatch.context() as patch:
        patch.setattr(failures, "render_to_string", lambda *given: 1 / 0)
        sweep.sweep()
    assert to_support() == []
    assert Failure.objects.filter(kind="sweep portraitos_site.failures.tell").exists()
    sweep.sweep()
    assert len(to_support()) == 2, "of the view, and of the mail"


def test_without_an_address_it_waits_for_one_and_the_check_says_so(
    visitor: Client, settings: Settings
) -> None:
    settings.SUPPORT_EMAIL = ""
    visitor.get("/broken")
    sweep.sweep()
    settings.DEBUG = False
    assert [message.id for message in checks.failures_are_heard_of(None)] == ["site.W002"]
    settings.SUPPORT_EMAIL = SUPPORT
    assert checks.failures_are_heard_of(None) == []
    sweep.sweep()
    assert len(to_support()) == 1


def test_the_signal_is_connected_once(visitor: Client) -> None:
    failures.listen()
    visitor.get("/broken")
    assert Failure.objects.get().count == 1


def test_a_silent_database_is_answered_all_the_same(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*given: object, **named: object) -> None:
        raise IntegrityError("gone")

    monkeypatch.setattr(records, "_count", away)
    assert visitor.get("/broken").status_code == 500
    assert not Failure.objects.exists()
