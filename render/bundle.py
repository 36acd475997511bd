"""The delivered portraits of a shoot, to be downloaded together."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from render import prints
from render.archive import Entry
from render.models import Portrait, PortraitFile, Shoot


@dataclass(frozen=True)
class Bundle:
    """What a page says of the ZIP before it is asked for. `bytes` is 0 where a size is not known."""

    count: int
    bytes: int


def of(shoot: Shoot) -> Bundle:
    found = _fulls(shoot).aggregate(count=Count("pk"), bytes=Sum("size"))
    count = _portraits(shoot).count()
    return Bundle(count, found["bytes"] or 0 if found["count"] == count else 0)


def entries(shoot: Shoot) -> list[Entry]:
    """Return the files, in the order of the sheet. FileLost where one is missing: a ZIP is all or nothing."""
    rows = {row.portrait_id: row for row in _fulls(shoot)}
    found = []
    for portrait in _portraits(shoot).order_by("number"):
        path, row = prints.full(portrait), rows.get(portrait.pk)
        prints.opened(path, row.size if row else None).close()
        assert portrait.delivered_at is not None
        found.append(
            Entry(
                name=f"{prints.saved_name(portrait)}.jpg",
                path=path,
                size=row.size if row else path.stat().st_size,
                sha256=row.sha256 if row else "",
                time=portrait.delivered_at,
            )
        )
    return found


def _portraits(shoot: Shoot) -> "QuerySet[Portrait]":
    rows = Portrait.objects.shown().filter(shoot=shoot, state=Portrait.State.DELIVERED)
    return rows.exclude(verdict=Portrait.Verdict.REJECTED)


def _fulls(shoot: Shoot) -> "QuerySet[PortraitFile]":
    return PortraitFile.objects.filter(portrait__in=_portraits(shoot), kind=PortraitFile.Kind.FULL)
