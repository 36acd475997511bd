import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone


class Accounts(BaseUserManager["User"]):
    """Makes users, who log in by e-mail."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractUser):
    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    erased_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when the row stands for nobody: accounting rows still point to it.",
    )

    block_reason = models.CharField(
        max_length=300, blank=True, help_text="Why the account is blocked; the customer reads it."
    )
    access_ended = models.PositiveIntegerField(
        default=0,
        help_text="How often sessions, codes and links were all ended: what is older lets nobody in.",
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    objects = Accounts()  # type: ignore[assignment, misc]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(is_active=False), name="user_erased_is_inactive"
            ),
        ]
        permissions: ClassVar = [("block_user", "Can block and unblock accounts")]

    def __str__(self) -> str:
        return self.email

    def get_session_auth_hash(self) -> str:
        return self._of_this_access(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for found in super().get_session_auth_fallback_hash():
            yield self._of_this_access(found)

    def _of_this_access(self, fingerprint: str) -> str:
        return f"{fingerprint}:{self.access_ended}" if self.access_ended else fingerprint


class UserKey(models.Model):
    """The key that all of one user's face is sealed under, wrapped by a master key (accounts/vault.py)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    master = models.CharField(max_length=40, help_text="Name of the master key that wraps it.")
    wrapped = models.BinaryField()

    def __str__(self) -> str:
        return f"key of user {self.user_id}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def standing(self) -> "ConsentQuerySet":
        return self.filter(withdrawn_at__isnull=True)


class Consent(models.Model):
    """That a person agreed to a text: which one, when, in which language, and until when."""

    class Kind(models.TextChoices):
        FACE = "face", "processing of your face"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    version = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text as it was shown, in hex.")
    locale = models.CharField(max_length=20)
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-given_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "kind"], condition=Q(withdrawn_at__isnull=True), name="consent_one_standing"
            ),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="consent_digest_hex"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Receipt(models.Model):
    """That something was erased, and when. It names nobody: who has its address can show it."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", "account"
        FACES = "faces", "face data"
        IDENTITY = "identity", "one identity"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    made_at = models.DateTimeField(default=timezone.now)
    counts = models.JSONField(default=dict, help_text="What was erased, in words, and how many of each.")

    class Meta:
        ordering: ClassVar = ["-made_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["account", "faces", "identity"]), name="receipt_kind_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.made_at:%Y-%m-%d}"


class LetterQuerySet(models.QuerySet["Letter"]):
    def waiting(self) -> "LetterQuerySet":
        return self.filter(state=Letter.State.WAITING)


class Letter(models.Model):
    """A mail in the outbox. When it has gone, what it said and to whom is erased."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        GIVEN_UP = "given_up"

    CONTENT: ClassVar = ("recipient", "sender", "subject", "text", "html")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.UUIDField(null=True, blank=True, unique=True, help_text="What is written once has one.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    recipient = models.EmailField(blank=True)
    sender = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    written_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True)
                | Q(
                    state__in=["sent", "given_up"],
                    ended_at__isnull=False,
                    recipient="",
                    sender="",
                    subject="",
                    text="",
                    html="",
                ),
                name="letter_ended_is_empty",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["state", "next_try_at"], name="letter_next_try")]

    def __str__(self) -> str:
        return f"letter {self.id}"


class SessionMark(models.Model):
    """Whom a stored session speaks of, so that it is found unopened (accounts/session_store.py)."""

    # No constraint in the database: a request may save a session while another deletes it; what that
    # leaves is swept.
    session = models.ForeignKey(
        "sessions.Session", on_delete=models.CASCADE, related_name="marks", db_constraint=False
    )
    whose = models.CharField(
        max_length=254, db_index=True, help_text="The number of an account, or an address in small letters."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "whose"], name="session_mark_once")
        ]

    def __str__(self) -> str:
        return f"mark of session {self.session_id[:4]}..."


class AddressChange(models.Model):
    """An account's change of address, while the old one can undo it (accounts/address_changes.py)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="address_changes")
    old = models.EmailField("old e-mail address")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["changed_at"]

    def __str__(self) -> str:
        return f"change of {self.changed_at:%Y-%m-%d}"
