"""Errors sent to a Sentry, where SENTRY_DSN names one. Off by default, and then its library is not imported.

Nothing is sent that could hold a customer's data. The SDK's own integrations stay off: what is sent is what
`render/jobs/failures.py` records, and `stripped` builds the event anew from the few fields that are ours.
"""

import uuid
from typing import TYPE_CHECKING, Any

from render.jobs import failures
from render.jobs.cause import Cause

if TYPE_CHECKING:
    from sentry_sdk.types import Event

FLUSH_SECONDS = 2.0  # for workers, which may end at once
OURS = ("event_id", "timestamp", "level", "platform", "environment", "fingerprint", "tags", "sdk")
FRAME = ("module", "function", "filename", "lineno", "in_app")


def start(dsn: str, **more: Any) -> None:
    """Begin to send, unless there is no DSN or a malformed one (`manage.py check` refuses that)."""
    if not dsn or malformed(dsn):
        return
    import sentry_sdk
    from django.conf import settings

    sentry_sdk.init(
        dsn=dsn,
        environment="development" if settings.DEBUG else "production",
        default_integrations=False,
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=None,
        auto_session_tracking=False,
        send_client_reports=False,
        before_send=stripped,
        **more,
    )
    failures.on_record(send)


def malformed(dsn: str) -> bool:
    from sentry_sdk.utils import BadDsn, Dsn

    try:
        Dsn(dsn)
    except (BadDsn, ValueError):
        return True
    return False


def send(cause: Cause, error: BaseException | None, job: uuid.UUID | None, given_up: bool) -> None:
    """Send one error. Sentry groups it as we do."""
    import sentry_sdk

    with sentry_sdk.new_scope() as scope:
        scope.fingerprint = [cause.fingerprint]
        scope.set_level("error" if given_up else "warning")
        scope.set_tags({"kind": cause.kind, "exception": cause.exception, "place": cause.place})
        if job is not None:
            scope.set_tag("job", str(job))
        if error is None:
            sentry_sdk.capture_message(str(cause), scope=scope)
        else:
            sentry_sdk.capture_exception(error, scope=scope)
    if job is not None:
        sentry_sdk.flush(FLUSH_SECONDS)


def stripped(event: "Event", hint: dict[str, Any]) -> "Event":
    """Return the event with our own fields alone: no request, user, message, local variable or host name."""
    sent: dict[str, Any] = {name: event[name] for name in OURS if name in event}  # type: ignore[literal-required]
    found: Any = event.get("exception") or {}
    sent["exception"] = {"values": [_exception(one) for one in found.get("values", [])]}
    if not sent["exception"]["values"]:
        del sent["exception"]
        tags = sent.get("tags", {})
        sent["message"] = f"{tags.get('kind')}: {tags.get('exception')} in {tags.get('place')}"
    return sent  # type: ignore[return-value]


def _exception(found: dict[str, Any]) -> dict[str, Any]:
    frames = (found.get("stacktrace") or {}).get("frames", [])
    return {
        "type": found.get("type"),
        "module": found.get("module"),
        "stacktrace": {"frames": [{key: frame[key] for key in FRAME if key in frame} for frame in frames]},
    }
