"""What the audit log watches. Each app registers its own models; fields of faces stay out."""

from auditlog.registry import auditlog

from accounts.models import Consent, User


def watch() -> None:
    auditlog.register(
        User,
        exclude_fields=["password", "last_login", "access_ended"],
        m2m_fields={"groups", "user_permissions"},
    )
    auditlog.register(Consent)
