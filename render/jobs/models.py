"""The job row is the truth; django-q2 only rings the bell."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone

from render.jobs import clock
from render.jobs.failure_models import Failure, FailureEvent

__all__ = ["Canary", "Failure", "FailureEvent", "Job"]


class JobQuerySet(models.QuerySet["Job"]):
    def live(self) -> "JobQuerySet":
        return self.filter(state__in=Job.LIVE)

    def held(self, *, job_id: uuid.UUID, token: uuid.UUID) -> "JobQuerySet":
        """The row, for the holder of its lease. Every write of a worker goes through this filter."""
        return self.filter(pk=job_id, state=Job.State.RUNNING, lease_token=token)

    def waiting(self, queue: str) -> "JobQuerySet":
        """Queued jobs in the order in which they are claimed: in every round one of each account."""
        rows = self.filter(queue=queue, state=Job.State.QUEUED)
        rows = rows.filter(cancel_wanted=False, attempt__lt=F("max_attempts"))
        return rows.order_by("turn", "created_at", "pk")

    def line(self, queue: str) -> "JobQuerySet":
        """Live jobs of a queue: first those at work, then the others as they will be claimed."""
        at_work = Case(When(state=Job.State.RUNNING, then=0), default=1)
        return self.live().filter(queue=queue).order_by(at_work, "turn", "created_at", "pk")

    def expired(self, now: datetime) -> "JobQuerySet":
        return self.filter(state=Job.State.RUNNING, lease_end__lt=now)

    def unanswered(self, since: datetime) -> "JobQuerySet":
        """Queued jobs whose doorbell rang before `since`, or at a time that a clock has gone back from."""
        ahead = Q(rung_at__gt=clock.latest())
        return self.filter(Q(rung_at__lt=since) | ahead, state=Job.State.QUEUED)

    def ended_before(self, time: datetime) -> "JobQuerySet":
        return self.filter(state__in=Job.ENDED, ended_at__lt=time)


class Job(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELED = "canceled"

    LIVE: ClassVar = (State.QUEUED, State.RUNNING)
    ENDED: ClassVar = (State.DONE, State.FAILED, State.CANCELED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    queue = models.CharField(max_length=40)
    subject = models.UUIDField(help_text="What the work is for. Opaque here: the app that enqueues knows.")
    owner = models.BigIntegerField(
        null=True, blank=True, help_text="Number of the account that waits for it; empty: none does."
    )
    turn = models.PositiveIntegerField(
        default=0, help_text="Round of its queue in which it is claimed: in each, one job of an account."
    )
    payload = models.JSONField(default=dict, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=2)
    cancel_wanted = models.BooleanField(default=False)

    lease_token = models.UUIDField(
        null=True, blank=True, help_text="The fencing token of the attempt at work."
    )
    lease_end = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True, help_text="The last sign of life from a worker.")
    stage = models.CharField(max_length=60, blank=True)
    progress = models.FloatField(default=0.0)

    error_code = models.CharField(max_length=40, blank=True, help_text="Of the last attempt that went wrong.")
    error_sentence = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict, blank=True)
    files = models.JSONField(
        default=list, blank=True, help_text="Name, size and SHA-256 of each file that it has delivered."
    )

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    rung_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(state__in=["queued", "running"]), name="job_one_live"
            ),
            models.UniqueConstraint(fields=["lease_token"], name="job_token_unique"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "canceled"]),
                name="job_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_token__isnull=False, lease_end__isnull=False)
                | (~Q(state="running") & Q(lease_token__isnull=True, lease_end__isnull=True)),
                name="job_lease_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], ended_at__isnull=True)
                | Q(state__in=["done", "failed", "canceled"], ended_at__isnull=False),
                name="job_ended_has_end",
            ),
            models.CheckConstraint(condition=~Q(state="failed", error_code=""), name="job_failed_has_code"),
            models.CheckConstraint(condition=Q(progress__gte=0, progress__lte=1), name="job_progress_range"),
            models.CheckConstraint(condition=Q(attempt__lte=F("max_attempts")), name="job_attempt_limit"),
            models.CheckConstraint(condition=Q(max_attempts__gte=1), name="job_attempts_positive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["queue", "state", "created_at"], name="job_queue_state"),
            models.Index(fields=["queue", "beat_at"], name="job_queue_beat"),
            models.Index(
                fields=["queue", "turn", "created_at", "id"], condition=Q(state="queued"), name="job_line"
            ),
            models.Index(
                fields=["owner", "queue", "turn"],
                condition=Q(state__in=["queued", "running"]),
                name="job_owner_turn",
            ),
            models.Index(fields=["owner", "kind", "created_at"], name="job_owner_kind"),
            models.Index(fields=["state", "lease_end"], name="job_lease_end"),
            models.Index(fields=["subject"], name="job_subject"),
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="job_ended_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.state})"

    @property
    def ended(self) -> bool:
        return self.state in self.ENDED

    @property
    def ahead(self) -> int:
        """How many jobs of the same queue stand before this one: the customer's place in the line."""
        if self.state != self.State.QUEUED:
            return 0
        earlier = Q(turn__lt=self.turn) | Q(turn=self.turn, created_at__lt=self.created_at)
        before = Q(state=self.State.RUNNING) | Q(earlier, state=self.State.QUEUED)
        return Job.objects.filter(before, queue=self.queue).count()


class Canary(models.Model):
    """One row a queue: when a canary was last sent through it, and when one last came out."""

    queue = models.CharField(max_length=40, primary_key=True)
    sent_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "canaries"

    def __str__(self) -> str:
        return f"{self.queue}: heard {self.heard_at}"
