"""The catalogue as rows: categories, styles, the versions that styles have had, and what each looks like."""

from typing import Any, ClassVar

from auditlog.registry import auditlog
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from render.pipeline.recipe import Recipe
from studio import recipes


class Category(models.Model):
    """A shelf of the catalogue. Files name it; its name on the page and its place are the staff's."""

    slug = models.SlugField(primary_key=True)
    name = models.CharField(max_length=60, unique=True)
    order = models.PositiveSmallIntegerField(default=0, help_text="Smaller stands first.")

    class Meta:
        ordering: ClassVar = ["order", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class StyleQuerySet(models.QuerySet["Style"]):
    def offered(self) -> "StyleQuerySet":
        return self.filter(offered=True)

    def with_recipes(self) -> "StyleQuerySet":
        return self.select_related("category", "current")


class Style(models.Model):
    """One look of the catalogue: what it is called, whether it is offered, and which version is ordered."""

    slug = models.SlugField(primary_key=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="styles")
    name = models.CharField(max_length=80)
    current = models.ForeignKey(
        "StyleVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    offered = models.BooleanField(default=False, help_text="Whether new portraits can be ordered in it.")
    follows_file = models.BooleanField(
        default=True, help_text="Whether loading the catalogue may change it; staff's first change ends that."
    )

    objects = StyleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["category__order", "category__name", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(offered=False) | Q(current__isnull=False), name="style_offered_has_version"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def recipe(self) -> Recipe:
        """What an order in this style is rendered by. Only a style with a current version has one."""
        assert self.current is not None
        return self.current.parsed


class Immutable(Exception):
    """A version is what portraits were made with: it is written once."""


class StyleVersionQuerySet(models.QuerySet["StyleVersion"]):
    def update(self, **values: Any) -> int:
        raise Immutable

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Immutable


class StyleVersion(models.Model):
    """One exact text of a style. Portraits keep the version that they were made with."""

    class Origin(models.TextChoices):
        FILE = "file", "the catalogue's file"
        STAFF = "staff", "staff"

    style = models.ForeignKey(Style, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    recipe = models.TextField(help_text="TOML, exactly as written.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the recipe, in hex.")
    origin = models.CharField(max_length=10, choices=Origin.choices)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = StyleVersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["style", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["style", "number"], name="styleversion_number_once"),
            models.UniqueConstraint(fields=["style", "digest"], name="styleversion_text_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="styleversion_number_positive"),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="styleversion_digest_hex"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["file", "staff"]), name="styleversion_origin_known"
            ),
            models.CheckConstraint(
                condition=~Q(origin="file") | Q(created_by__isnull=True),
                name="styleversion_file_has_no_author",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.style_id}, version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Immutable
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Immutable

    @property
    def parsed(self) -> Recipe:
        return recipes.parsed(self.style_id, self.recipe)


class DemonstrationQuerySet(models.QuerySet["Demonstration"]):
    def of(self, *, engine: str, sitter: str) -> "DemonstrationQuerySet":
        return self.filter(engine=engine, sitter=sitter)


class Demonstration(models.Model):
    """The demonstration sitter in one version of a style, or why there is no picture."""

    version = models.ForeignKey(StyleVersion, on_delete=models.CASCADE, related_name="demonstrations")
    engine = models.CharField(max_length=20)
    sitter = models.CharField(max_length=64, help_text="SHA-256 of the sitter's photograph, in hex.")
    key = models.CharField(max_length=24, unique=True, help_text="Names the files.")
    width = models.PositiveIntegerField(default=0, help_text="Pixels of the large picture.")
    height = models.PositiveIntegerField(default=0)
    refusal = models.CharField(max_length=300, blank=True, help_text="Why the engine showed nothing.")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DemonstrationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "engine", "sitter"], name="demonstration_once"),
            models.CheckConstraint(
                condition=Q(refusal="", width__gt=0, height__gt=0) | (~Q(refusal="") & Q(width=0, height=0)),
                name="demonstration_shows_or_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} by engine {self.engine}"


# Who offered, withdrew or published what, and who renamed a shelf. No faces: every field is on record.
auditlog.register(Category)
auditlog.register(Style)
