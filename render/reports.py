"""Who reported what, and how often somebody may: a keyed digest knows a person again and names nobody."""

import ipaddress
from datetime import timedelta

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from render.errors import TooManyReports
from render.jobs.registry import on_sweep
from render.models import Case, Portrait, Report

A_DAY = 20
"""Reports of one account or address within a day, about whatever it sees."""

ABOUT_ONE = 3
"""Reports of one account or address about one picture, while it is remembered."""

COUNTED = 1000
"""Reports of an open case; a moderator learns nothing from more."""

REMEMBERED = timedelta(days=90)
"""After which nobody can tell any more whose reports were one person's."""

IPV6_HOME = 64
"""Bits of an IPv6 address that one household has for itself."""


def reporter(request: HttpRequest) -> str:
    """Whoever reports: the account that is signed in, or the address."""
    if isinstance(request.user, User):
        return account(request.user)
    address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    home = ipaddress.ip_network((address, IPV6_HOME if address.version == 6 else 32), strict=False)
    return _digest(f"address {home}")


def account(user: User) -> str:
    return _digest(f"account {user.pk}")


def known(*, portrait: Portrait, reporter: str, words: str) -> bool:
    """Whether this was said by the same person before: it is being looked at, or was decided."""
    return Report.objects.filter(case__subject=portrait.pk, reporter=reporter, words=words).exists()


def add(*, case: Case, reporter: str, words: str) -> None:
    """Count a report. Raise TooManyReports where somebody reports more than a person would."""
    theirs = Report.objects.filter(reporter=reporter)
    today = theirs.filter(created_at__gt=timezone.now() - timedelta(days=1)).count()
    if today >= A_DAY or theirs.filter(case__subject=case.subject).count() >= ABOUT_ONE:
        raise TooManyReports
    if case.reports.count() < COUNTED:
        Report.objects.create(case=case, reporter=reporter, words=words)


@on_sweep
def forget() -> None:
    """Forget whose reports they were."""
    old = Report.objects.filter(created_at__lt=timezone.now() - REMEMBERED)
    old.exclude(reporter="").update(reporter="")


def _digest(who: str) -> str:
    return salted_hmac("render.reports", who, algorithm="sha256").hexdigest()
