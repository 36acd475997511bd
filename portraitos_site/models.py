"""The site's own rows."""

from typing import ClassVar

from django.db import models


class Count(models.Model):
    """What is counted against one limit until its time is over: portraitos_site/limits.py.

    The key is a keyed hash: whose address or account it stands for cannot be read from it.
    """

    key = models.CharField(max_length=64, primary_key=True, editable=False)
    value = models.JSONField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="count_ends_at")]

    def __str__(self) -> str:
        return f"{self.key[:8]} until {self.ends_at:%H:%M:%S}"
