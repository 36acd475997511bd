"""The rows of a face; what they stand for lies sealed in the storage."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone


class Selfie(models.Model):
    """A photograph that somebody sent of themselves: the row; the pixels lie sealed in the storage."""

    class Verdict(models.TextChoices):
        WAITING = "waiting", "not looked at yet"
        PASSED = "passed", "fit for portraits"
        REFUSED = "refused", "not fit for portraits"

    class Age(models.TextChoices):
        """Whether the age has to be looked at. The guess itself is not kept."""

        NONE = "", "nobody was asked"
        HELD = "held", "a moderator is asked"
        CLEARED = "cleared", "a moderator has looked, and it goes on"

    class Text(models.TextChoices):
        READABLE = "readable", "It can be read"
        BACKWARD = "backward", "It runs backward"
        NONE = "none", "There is no text"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="selfies")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    rear_camera = models.BooleanField(
        default=False, help_text="The file named a lens on the phone's back: such lenses do not mirror."
    )
    text = models.CharField(
        max_length=10,
        choices=Text.choices,
        blank=True,
        help_text="Is there text in the picture, and can it be read?",
    )
    statement = models.CharField(
        max_length=20,
        blank=True,
        help_text="Version of the line about age that was ticked; empty: sent before there was one.",
    )
    stated_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.WAITING)
    code = models.CharField(max_length=40, blank=True)
    sentence = models.CharField(max_length=200, blank=True)
    fix = models.CharField(max_length=200, blank=True)
    age = models.CharField(max_length=10, choices=Age.choices, blank=True, default=Age.NONE)
    seen = models.BinaryField(null=True, help_text="Sealed: where the coach saw faces, and its warnings.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        permissions: ClassVar = [("see_face", "Can look at a customer's face; every look is recorded")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verdict="refused") ^ Q(code=""), name="selfie_refused_has_code"
            ),
            models.CheckConstraint(
                condition=Q(verdict="waiting", answered_at__isnull=True)
                | (~Q(verdict="waiting") & Q(answered_at__isnull=False)),
                name="selfie_answered_has_time",
            ),
            models.CheckConstraint(
                condition=Q(statement="") ^ Q(stated_at__isnull=False), name="selfie_statement_has_time"
            ),
            models.CheckConstraint(condition=Q(age__in=["", "held", "cleared"]), name="selfie_age_known"),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="selfie_has_size"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["verdict", "answered_at"], name="selfie_verdict"),
            models.Index(fields=["owner"], condition=Q(age="held"), name="selfie_held"),
        ]

    def __str__(self) -> str:
        return f"selfie {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("selfie", args=[self.id])

    @property
    def held(self) -> bool:
        """Whether nothing is made of it until a moderator has looked."""
        return self.age == self.Age.HELD

    @property
    def mirrored(self) -> bool:
        return self.text == self.Text.BACKWARD

    @property
    def possibly_mirrored(self) -> bool:
        """Whether to ask: phones may store what the front camera's mirror showed."""
        return not self.rear_camera and not self.text

    @property
    def answerable(self) -> bool:
        """Whether an answer, given or not, can be given anew."""
        return bool(self.text) or not self.rear_camera

    @property
    def forgotten_at(self) -> datetime | None:
        """When it is deleted by itself; None while nobody has refused it."""
        if self.verdict != self.Verdict.REFUSED or self.answered_at is None:
            return None
        return self.answered_at + timedelta(hours=settings.REFUSED_SELFIE_HOURS)

    @property
    def file(self) -> str:
        return f"selfies/{self.id.hex[:2]}/{self.id}.sealed"


class IdentityQuerySet(models.QuerySet["Identity"]):
    def listed(self) -> "IdentityQuerySet":
        return self.select_related("owner", "selfie__owner").order_by("created_at")


class Identity(models.Model):
    """What is needed to render a person again without a new upload: the row; the model lies sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="identities")
    selfie = models.OneToOneField(Selfie, on_delete=models.PROTECT, related_name="identity")
    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=1, help_text="Counts how often it was measured.")
    engine = models.CharField(max_length=200, help_text="What measured it.")
    mirrored = models.BooleanField(default=False, help_text="The selfie was stored mirrored; this is not.")
    facts = models.BinaryField(help_text="Sealed: points, asymmetries, skin tone, noise.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    measured_at = models.DateTimeField(default=timezone.now)

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "identities"
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="identity_name_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="identity_version_positive"),
            models.CheckConstraint(condition=~Q(name=""), name="identity_has_name"),
        ]
        indexes: ClassVar = [models.Index(fields=["engine"], name="identity_engine")]

    def __str__(self) -> str:
        return f"identity {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("identity", args=[self.id])

    @property
    def file(self) -> str:
        return self.file_of(self.version)

    def file_of(self, version: int) -> str:
        return f"identities/{self.id.hex[:2]}/{self.id}-{version}.sealed"
