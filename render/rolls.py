"""Everything that a person had made, a page at a time: shoots with their first frames, and favorites."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch

from accounts.models import User
from render.models import Portrait, Shoot

A_PAGE = 10
STRIP = 5
"""Frames that are shown of a shoot on the list."""
SHOWN = (
    "shoot", "number", "version", "aims", "state", "proof", "verdict", "verdict_words", "approved_at",
)  # fmt: skip
"""What a small picture is told by; the rest of two hundred rows stays where it is."""
FAVORITES_FIRST, FAVORITES_A_PAGE = 5, 24
"""Favorites above the list, and on a page of their own."""


@dataclass(frozen=True)
class Roll:
    """A shoot on the list."""

    shoot: Shoot
    frames: tuple[Portrait, ...]

    @property
    def strip(self) -> tuple[Portrait, ...]:
        """The first frames that can be shown."""
        return tuple(row for row in self.frames if row.proof and not row.rejected)[:STRIP]

    @property
    def taken_down(self) -> tuple[Portrait, ...]:
        """Those that a moderator rejected."""
        return tuple(row for row in self.frames if row.rejected)

    @property
    def words(self) -> str:
        names = dict.fromkeys(row.version.style.name for row in self.frames)
        return f"{len(self.frames)} frame{'' if len(self.frames) == 1 else 's'}: {', '.join(names)}"


def shoots(owner: User, number: str) -> tuple[Page[Shoot], list[Roll]]:
    """A page of shoots, the last one first; five queries however many there are."""
    # Versions in a query of their own: two hundred frames share some twenty of them.
    rows = Portrait.objects.only(*SHOWN).order_by("number").prefetch_related("version__style")
    frames = Prefetch("portraits", rows)
    page = Paginator(Shoot.objects.of(owner).prefetch_related(frames), A_PAGE).get_page(number)
    return page, [Roll(shoot, tuple(shoot.portraits.all())) for shoot in page]


def favorites(owner: User, number: str, of: int = FAVORITES_A_PAGE) -> Page[Portrait]:
    """A page of favorites, the last one first."""
    kept = Portrait.objects.of(owner).filter(favorite=True).exclude(verdict=Portrait.Verdict.REJECTED)
    rows = kept.only(*SHOWN).exclude(proof="").order_by("-created_at").prefetch_related("version__style")
    return Paginator(rows, of).get_page(number)
