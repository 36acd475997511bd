"""What went wrong on our side: a row a cause, and a row each time."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class FailureQuerySet(models.QuerySet["Failure"]):
    def unsettled(self) -> "FailureQuerySet":
        """Causes that have made work fail since a person last settled them."""
        return self.filter(Q(settled_at__isnull=True) | Q(last_at__gt=F("settled_at")), last_at__isnull=False)

    def untold(self) -> "FailureQuerySet":
        """Unsettled, and nobody was told since."""
        return self.unsettled().filter(Q(told_at__isnull=True) | Q(told_at__lt=F("settled_at")))


class Failure(models.Model):
    """One cause of errors of ours. It names code, and nobody's data: render/jobs/cause.py."""

    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    kind = models.CharField(max_length=200, help_text="The work that failed.")
    exception = models.CharField(max_length=200)
    place = models.CharField(max_length=200, help_text="Innermost function of our own code, or the stage.")
    line = models.PositiveIntegerField(null=True, blank=True, help_text="Where it was met last.")

    count = models.PositiveIntegerField(default=0, help_text="How often work was given up for it.")
    retried = models.PositiveIntegerField(default=0, help_text="Attempts that another attempt followed.")
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(null=True, blank=True, help_text="When work was last given up for it.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When staff were told by e-mail.")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=40, blank=True)

    objects = FailureQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = [F("last_at").desc(nulls_last=True)]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(count=0, last_at__isnull=True) | Q(count__gt=0, last_at__isnull=False),
                name="failure_counted_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.exception} in {self.place}"

    @property
    def is_settled(self) -> bool:
        return self.last_at is None or (self.settled_at is not None and self.settled_at >= self.last_at)


class FailureEvent(models.Model):
    """One time that a cause struck. Old ones are pruned; the count stays with the cause."""

    failure = models.ForeignKey(Failure, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    job = models.UUIDField(null=True, blank=True, help_text="Its log lines carry this id.")
    given_up = models.BooleanField(default=True, help_text="Whether no other attempt followed.")

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["failure", "at"], name="failure_event_of"),
            models.Index(fields=["at"], name="failure_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"
