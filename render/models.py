"""The rows of an order: a shoot, and its portraits with their states."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from render.jobs.errors import SENTENCES
from render.pipeline.aims import aimed
from render.pipeline.contract import CANVASES, Canvas
from render.pipeline.recipe import Recipe
from studio.catalogue_models import StyleVersion
from studio.models import Identity


class ShootQuerySet(models.QuerySet["Shoot"]):
    def of(self, owner: User) -> "ShootQuerySet":
        return self.filter(owner=owner).select_related("owner", "identity__owner", "identity__selfie")


class Shoot(models.Model):
    """One order: a stored identity, and the styles that it is seen in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shoots")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="shoots")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    previews_told = models.BooleanField(default=False, help_text="Whether its owner was told of them.")

    objects = ShootQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["owner", "-created_at"], name="shoot_list")]

    def __str__(self) -> str:
        return f"shoot {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("shoot", args=[self.id])


class PortraitQuerySet(models.QuerySet["Portrait"]):
    def shown(self) -> "PortraitQuerySet":
        """With everything that a page or a worker reads of them."""
        return self.select_related("shoot__owner", "shoot__identity__owner", "version__style")

    def of(self, owner: User) -> "PortraitQuerySet":
        return self.filter(shoot__owner=owner)


class Portrait(models.Model):
    """One sitter in one style. Its recipe, seed and engine are those that it was made with."""

    class State(models.TextChoices):
        PROOFING = "proofing", "the preview is being made"
        REFUSED = "refused", "no preview"
        PROVED = "proved", "preview"
        APPROVED = "approved", "being made at full size"
        DELIVERED = "delivered", "delivered"
        RETURNED = "returned", "returned"

    class Reason(models.TextChoices):
        """Why somebody does not see themselves."""

        LIGHT = "light", "The light changes my face too much"
        SHAPE = "shape", "My face looks wider or narrower"
        SKIN = "skin", "My skin is not my skin"
        EYES = "eyes", "My eyes look wrong"
        CUTOUT = "cutout", "Hair, ears or shoulders are cut wrong"
        OTHER = "other", "Something else"

    class Verdict(models.TextChoices):
        """What moderation says."""

        NONE = "", "nobody asked"
        REPORTED = "reported", "reported"
        APPROVED = "approved", "approved"
        REJECTED = "rejected", "rejected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shoot = models.ForeignKey(Shoot, on_delete=models.PROTECT, related_name="portraits")
    number = models.PositiveSmallIntegerField(help_text="Of the frame on its sheet.")
    version = models.ForeignKey(StyleVersion, on_delete=models.PROTECT, related_name="+")
    seed = models.PositiveIntegerField(default=1)
    aims = models.JSONField(default=list, blank=True, help_text="The reasons that it answers, in order.")
    mends = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="again")
    engine = models.CharField(max_length=20, blank=True, help_text="Version of the engine of its proof.")

    state = models.CharField(max_length=10, choices=State.choices, default=State.PROOFING)
    sentence = models.CharField(max_length=300, blank=True, help_text="What went wrong last.")
    measured = models.JSONField(default=dict, blank=True, help_text="Likeness in few numbers.")
    proof = models.CharField(max_length=60, blank=True, help_text="Folder of the preview's files.")
    proof_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the approved proof.")
    full = models.CharField(max_length=60, blank=True, help_text="Folder of the full portrait's files.")
    hold = models.UUIDField(null=True, blank=True, help_text="The credit that pays for it.")
    untold = models.BooleanField(default=False, help_text="Whether it failed and its owner is to be told.")
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True, help_text="Of its return.")

    favorite = models.BooleanField(default=False)
    share = models.CharField(max_length=43, null=True, blank=True, unique=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True, default=Verdict.NONE)
    verdict_words = models.CharField(max_length=300, blank=True, help_text="What the customer is told.")

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = PortraitQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["shoot", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shoot", "number"], name="portrait_number_once"),
            models.UniqueConstraint(fields=["hold"], name="portrait_hold_once"),
            models.CheckConstraint(
                condition=Q(state__in=["proofing", "refused", "proved", "approved", "delivered", "returned"]),
                name="portrait_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proofing", "refused"])
                | (~Q(proof="") & Q(proof_digest__regex=r"^[0-9a-f]{64}$")),
                name="portrait_proved_has_proof",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["delivered", "returned"]) ^ Q(full=""),
                name="portrait_delivered_has_full",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["approved", "delivered", "returned"]) ^ Q(hold__isnull=True),
                name="portrait_paid_has_hold",
            ),
            models.CheckConstraint(
                condition=Q(state="returned") ^ Q(reason=""), name="portrait_returned_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["", "reported", "approved", "rejected"]),
                name="portrait_verdict_known",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="rejected") | ~Q(verdict_words=""), name="portrait_rejected_has_words"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state"], name="portrait_state"),
            models.Index(fields=["verdict"], name="portrait_verdict"),
            models.Index(fields=["shoot"], condition=Q(favorite=True), name="portrait_favorite"),
            models.Index(fields=["shoot"], condition=Q(untold=True), name="portrait_untold"),
        ]

    def __str__(self) -> str:
        return f"portrait {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("portrait", args=[self.id])

    @property
    def owner(self) -> User:
        return self.shoot.owner

    @property
    def recipe(self) -> Recipe:
        """What it is rendered by."""
        return aimed(self.version.parsed, self.aims)

    @property
    def canvas(self) -> Canvas:
        return CANVASES[self.recipe.place.aspect]

    @property
    def fix(self) -> str:
        """What its owner can do after a failure of ours; the sentence of a refusal says so itself."""
        ours = self.state == self.State.PROVED and self.sentence in SENTENCES.values()
        return "Approve it again. If it fails again, write to us." if ours else ""

    @property
    def rejected(self) -> bool:
        return self.verdict == self.Verdict.REJECTED

    @property
    def taken_down(self) -> str:
        """What its owner reads of a moderator's rejection, without the reason; empty where there is none."""
        if not self.rejected:
            return ""
        credit = "Your credit is back." if self.approved_at else "It has cost nothing."
        return f"A moderator took this portrait down. {credit}"

    @property
    def small_url(self) -> str:
        """Address of what a sheet shows: another one when the picture is, or a browser keeps the first."""
        paid = "?full" if self.state == self.State.DELIVERED else ""
        return f"{reverse('portrait-small', args=[self.pk])}{paid}"

    @property
    def approvable(self) -> bool:
        return self.state == self.State.PROVED and not self.rejected

    def save_fields(self, **values: Any) -> None:
        """Set these fields and save no other."""
        for name, value in values.items():
            setattr(self, name, value)
        self.save(update_fields=list(values))


class Copy(models.Model):
    """A delivered portrait in another format or crop, made when somebody asks for it."""

    class State(models.TextChoices):
        MAKING = "making"
        MADE = "made"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    portrait = models.ForeignKey(Portrait, on_delete=models.CASCADE, related_name="copies")
    name = models.CharField(max_length=20, help_text="A format or a crop: render/copies.py.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAKING)
    folder = models.CharField(max_length=60, blank=True)
    sentence = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "copies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["portrait", "name"], name="copy_once"),
            models.CheckConstraint(
                condition=Q(state__in=["making", "made", "failed"]), name="copy_state_known"
            ),
            models.CheckConstraint(condition=Q(state="made") ^ Q(folder=""), name="copy_made_has_folder"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.portrait_id}"


class PortraitFile(models.Model):
    """A file of a portrait. The portrait owns it, whatever becomes of the job that wrote it."""

    class Kind(models.TextChoices):
        """What it shows; but for copies, the name of the file without its suffix."""

        PREVIEW = "preview"
        PROOF = "proof"
        SMALL = "small"
        SELFIE = "selfie"
        REPORT = "report"
        FULL = "full"
        SCREEN = "screen"
        PHONE = "phone"
        COPY = "copy"

    portrait = models.ForeignKey(Portrait, on_delete=models.CASCADE, related_name="files")
    copy = models.ForeignKey(Copy, on_delete=models.CASCADE, null=True, blank=True, related_name="files")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    folder = models.CharField(max_length=60, help_text="In the folder of results: render/jobs/files.py.")
    name = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["folder", "name"], name="portrait_file_path_once"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "preview",
                        "proof",
                        "small",
                        "selfie",
                        "report",
                        "full",
                        "screen",
                        "phone",
                        "copy",
                    ]
                ),
                name="portrait_file_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(kind="copy") ^ Q(copy__isnull=True), name="portrait_file_copy_has_copy"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="portrait_file_digest_is_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"


class Case(models.Model):
    """Something that a moderator is asked to look at, and what came of it."""

    class Kind(models.TextChoices):
        PORTRAIT = "portrait"
        SELFIE = "selfie"
        AGE = "age", "Age of a selfie"

    class State(models.TextChoices):
        OPEN = "open"
        APPROVED = "approved"
        REJECTED = "rejected"

    class Scope(models.TextChoices):
        """How far a rejection goes."""

        PICTURE = "picture", "This picture, under whatever address it comes back"
        IDENTITY = "identity", "This face: the photograph and everything made of it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.UUIDField(help_text="Of the portrait or the selfie; it may be erased meanwhile.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases")
    words = models.CharField(max_length=300, help_text="Why it is here.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decision = models.CharField(max_length=300, blank=True, help_text="What the customer was told.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    scope = models.CharField(max_length=10, choices=Scope.choices, blank=True, help_text="Of a rejection.")
    identity = models.UUIDField(null=True, blank=True, help_text="Whose picture it is; it may be erased.")
    style = models.CharField(max_length=60, blank=True, help_text="Of the picture.")
    seed = models.PositiveIntegerField(null=True, blank=True)
    aims = models.JSONField(default=list, blank=True)
    proof_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the picture's proof.")
    photograph = models.CharField(
        max_length=64, blank=True, help_text="Fingerprint of the photograph: accounts/vault.py."
    )

    class Meta:
        ordering: ClassVar = ["created_at"]
        permissions: ClassVar = [("decide_case", "Can approve and reject what is reported")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(state="open"), name="case_one_open"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["portrait", "selfie", "age"]), name="case_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | Q(state__in=["approved", "rejected"], decided_at__isnull=False),
                name="case_decided_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(decision=""), name="case_rejected_has_words"
            ),
            models.CheckConstraint(
                condition=Q(state="rejected", scope__in=["picture", "identity"])
                | (~Q(state="rejected") & Q(scope="")),
                name="case_rejected_has_scope",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["subject"], name="case_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Report(models.Model):
    """What somebody said of a case's picture."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports")
    reporter = models.CharField(
        max_length=64, blank=True, help_text="Digest of the account or address; empty: staff, or forgotten."
    )
    words = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["created_at"]
        indexes: ClassVar = [models.Index(fields=["reporter", "created_at"], name="report_reporter")]

    def __str__(self) -> str:
        return f"report of {self.case_id}"
