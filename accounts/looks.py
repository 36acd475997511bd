"""Every look of a member of staff at a customer's face is a row of the audit log."""

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from accounts.models import User


def record_look(staff: User, seen: Model) -> LogEntry:
    """Record that this member of staff was shown what the row holds.

    The row is named by its kind and key alone: nothing personal enters the log.
    """
    kind = ContentType.objects.get_for_model(seen)
    return LogEntry.objects.create(
        actor=staff,
        actor_email=staff.email,
        action=LogEntry.Action.ACCESS,
        content_type=kind,
        object_pk=str(seen.pk),
        object_id=seen.pk if isinstance(seen.pk, int) else None,
        object_repr=f"{kind.name} {seen.pk}",
        changes={},
    )
