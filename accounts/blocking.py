"""A blocked account: nobody gets in, and nothing of it is lost. portraitos_site/blocking.py lets its credits
rest, too.

Staff says why, and the customer reads it: in a mail at once, and whenever they prove at sign-in who they are.
Whatever let somebody in before (sessions, half-finished sign-ins, codes, links to a new password) is over for
good, also after the account is opened again.
"""

from auditlog.context import set_actor
from auditlog.models import LogEntry
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from accounts import sessions
from accounts.models import User

SUBJECTS = {"blocked": "Your account at PortraitOS is blocked", "unblocked": "Your account is open again"}


class NotYours(Exception):
    """Staff accounts are blocked by a superuser, and nobody blocks themselves."""


class Erased(Exception):
    """An erased account stays closed."""


class NoReason(Exception):
    """Say why: the customer reads it."""


def block(*, by: User, user: User, reason: str) -> None:
    """End everything that lets somebody in, and let nothing begin. Again: only the reason changes."""
    _set(by=by, user=user, active=False, reason=reason)


def unblock(*, by: User, user: User, reason: str) -> None:
    _set(by=by, user=user, active=True, reason=reason)


def _set(*, by: User, user: User, active: bool, reason: str) -> None:
    said = reason.strip()
    if not said:
        raise NoReason
    with transaction.atomic(), set_actor(by):
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked == by or ((locked.is_staff or locked.is_superuser) and not by.is_superuser):
            raise NotYours
        if locked.erased_at is not None:
            raise Erased
        is_news = locked.is_active != active or locked.block_reason != ("" if active else said)
        locked.is_active = active
        locked.block_reason = "" if active else said
        locked.access_ended += 1  # both ways: what begins in between does not live on either
        # Saved, not updated: so that the audit log sees it.
        locked.save(update_fields=["is_active", "block_reason", "access_ended"])
        if active:
            LogEntry.objects.log_create(
                locked, force_log=True, action=LogEntry.Action.UPDATE, changes={"unblock_reason": ["", said]}
            )
        sessions.erase(locked, {locked.email})
        if is_news:
            _tell(locked, "unblocked" if active else "blocked", said)


def _tell(user: User, name: str, reason: str) -> None:
    said = context(user) | {"reason": reason}
    text, html = (render_to_string(f"account/email/{name}.{kind}", said) for kind in ("txt", "html"))
    send_mail(SUBJECTS[name], text, None, [user.email], html_message=html)


def context(user: User) -> dict[str, str]:
    """What the pages and mails about a blocked account say."""
    return {"reason": user.block_reason, "support": settings.SUPPORT_EMAIL, "site": settings.SITE_URL}
