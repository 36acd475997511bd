"""What leaves for a Sentry: where our code broke, and nothing that a customer gave us."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path
from pytest_django import Settings
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from portraitos_site import checks, sentry
from portraitos_site.urls import urlpatterns as site
from render.jobs import cause, failures
from tests.cast import Cast, logged_in
from tests.jobs.test_set_up import python

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]

DSN = "https://0123456789abcdef@sentry.invalid/42"
SECRETS = ("alice@example.org", "q-secret", "b-secret", "c-secret", "h-secret", "m-secret", "l-secret")


def broken(request: HttpRequest) -> HttpResponse:
    held = "l-secret of alice@example.org"
    try:
        raise LookupError(f"m-secret {held}")  # noqa: TRY301
    except LookupError as error:
        raise ValueError(f"m-secret {request.GET} {held}") from error


handler500 = "portraitos_site.views.broken"
urlpatterns = [path("broken", broken, name="broken"), *site]


class Caught(Transport):
    """Keeps what would be sent."""

    sent: list[Envelope]

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope)

    @property
    def bytes(self) -> str:
        return b"".join(envelope.serialize() for envelope in self.sent).decode()

    @property
    def event(self) -> Any:
        (envelope,) = self.sent
        return json.loads(json.dumps(envelope.get_event()))


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> Iterator[Caught]:
    monkeypatch.setattr(failures, "_listeners", [])
    transport = Caught()
    sentry.start(DSN, transport=transport)
    yield transport
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def test_an_event_leaves_with_none_of_the_customers_data(
    caught: Caught, cast: Cast, settings: Settings
) -> None:
    settings.ROOT_URLCONF = __name__
    client = logged_in(cast.alice)
    client.raise_request_exception = False
    client.cookies["c"] = "c-secret"
    answer = client.post("/broken?q=q-secret", {"email": "b-secret"}, headers={"X-Own": "h-secret"})
    assert answer.status_code == 500
    assert [secret for secret in SECRETS if secret in caught.bytes] == []
    assert str(client.session.session_key) not in caught.bytes
    event = caught.event
    assert [one["type"] for one in event["exception"]["values"]] == ["LookupError", "ValueError"]
    frame = event["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert (frame["module"], frame["function"]) == (__name__, "broken")
    assert event["tags"]["kind"] == "view broken"
    assert set(event) <= {*sentry.OURS, "exception"}, "nothing that nobody has looked at"


def test_it_is_grouped_as_the_admin_groups_it_and_names_the_job(caught: Caught) -> None:
    job = uuid.uuid4()
    lost = cause.lost(kind="full", stage="detail")
    failures.note(lost, job=job, given_up=False)
    event = caught.event
    assert event["fingerprint"] == [lost.fingerprint]
    assert event["tags"]["job"] == str(job)
    assert (event["level"], event["message"]) == ("warning", "full: worker lost in stage detail")


def test_whatever_a_scope_was_given_stays_here(caught: Caught) -> None:
    request = RequestFactory().get("/", headers={"Cookie": "c-secret"})
    with sentry_sdk.new_scope() as scope:
        scope.set_user({"email": "alice@example.org"})
        scope.set_context("request", {"headers": dict(request.headers)})
        scope.set_extra("held", "l-secret")
        scope.add_breadcrumb({"message": "m-secret"})
        failures.record(ValueError("m-secret"), kind="full")
    assert [secret for secret in SECRETS if secret in caught.bytes] == []


def test_a_sentry_that_breaks_breaks_nothing(caught: Caught, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caught, "capture_envelope", lambda envelope: 1 / 0)
    failures.record(ValueError(), kind="full")
    assert failures.last_hour() == 1


READ = """
import sys, django
django.setup()
print("sentry_sdk" in sys.modules)
if "sentry_sdk" in sys.modules:
    client = sys.modules["sentry_sdk"].get_client()
    shown = ("send_default_pii", "include_local_variables", "max_request_body_size", "traces_sample_rate")
    print(client.is_active(), sorted(client.integrations), *(client.options[name] for name in shown))
"""


@pytest.mark.parametrize(
    ("dsn", "told"),
    [("", "False\n"), (DSN, "True\nTrue [] False False never None\n"), ("no-dsn", "True\nFalse")],
)
def test_it_begins_with_a_dsn_and_without_one_is_not_even_imported(dsn: str, told: str) -> None:
    assert python("-c", READ, SENTRY_DSN=dsn).stdout.startswith(told)


@pytest.mark.parametrize(
    "dsn", ["no-dsn", "https://sentry.invalid/42", "ftp://key@host/1", "https://key@host/"]
)
def test_a_malformed_dsn_does_not_start(settings: Settings, dsn: str) -> None:
    settings.DEBUG, settings.SENTRY_DSN = True, dsn
    (message,) = checks.failures_are_heard_of(None)
    assert message.id == "site.E005"
    assert message.hint
    settings.SENTRY_DSN = DSN
    assert checks.failures_are_heard_of(None) == []


def test_what_went_wrong_is_told_encrypted(settings: Settings) -> None:
    settings.DEBUG, settings.SENTRY_DSN = True, "http://key@sentry.example/42"
    assert [message.id for message in checks.failures_are_heard_of(None)] == ["site.E014"]
    for dsn in ("https://key@sentry.example/42", "http://key@127.0.0.1/42"):
        settings.SENTRY_DSN = dsn
        assert checks.failures_are_heard_of(None) == []
