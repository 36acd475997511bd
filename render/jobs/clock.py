"""A time in a row may lie ahead, because a clock was set back meanwhile. Then it says nothing of now."""

from datetime import datetime, timedelta

from django.utils import timezone

APART = timedelta(seconds=5)
"""By so much the clocks of several hosts may differ: docs/jobs.md."""


def latest() -> datetime:
    """Return the latest time that a row can tell of something that has happened."""
    return timezone.now() + APART
