from typing import ClassVar

from django.db import models
from django.db.models import Q

from studio.face_models import Identity, Selfie

__all__ = ["Identity", "Selfie", "Style"]


class StyleQuerySet(models.QuerySet["Style"]):
    def offered(self) -> "StyleQuerySet":
        return self.filter(active=True)


class Style(models.Model):
    """One look of the catalogue.

    Its recipe is the text of a file in render/pipeline/styles, loaded, never edited.
    """

    slug = models.SlugField(primary_key=True)
    category = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    recipe = models.TextField(help_text="TOML, exactly as in the catalogue.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the recipe, in hex.")
    version = models.PositiveIntegerField(default=1, help_text="Counts the recipes that this style has had.")
    active = models.BooleanField(default=True, help_text="Whether new portraits can be ordered in it.")

    objects = StyleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["category", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(version__gte=1), name="style_version_positive"),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="style_digest_hex"),
        ]

    def __str__(self) -> str:
        return self.name
