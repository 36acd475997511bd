"""The contact sheet: styles with their real renders, in two queries however many there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from render.pipeline.contract import CANVASES, ENGINE_VERSION
from render.pipeline.recipe import Recipe
from studio import light_words, sitter
from studio.catalogue_models import Category, Demonstration, Style

OPENING = ("rembrandt", "corporate", "clamshell")
"""Styles that show best what is done: the light is another one, the face is the same."""


@dataclass(frozen=True)
class Frame:
    """One style on the sheet: its render, or the words that stand there instead."""

    style: Style
    recipe: Recipe
    shown: Demonstration | None
    why: str = ""  # it is shown to this sitter before others

    @property
    def ready(self) -> bool:
        return self.shown is not None and not self.shown.refusal

    @property
    def refused(self) -> bool:
        return self.shown is not None and bool(self.shown.refusal)

    @property
    def format(self) -> str:
        """Of the frame, as the stylesheet's classes name it: `f4x5`."""
        return "f" + self.recipe.place.aspect.replace(":", "x")

    @property
    def width(self) -> int:
        return CANVASES[self.recipe.place.aspect].width

    @property
    def height(self) -> int:
        return CANVASES[self.recipe.place.aspect].height

    @property
    def small_width(self) -> int:
        return round(480 * self.width / max(self.width, self.height))

    @property
    def alternative(self) -> str:
        """What stands for the picture where it cannot be seen."""
        return f"The demonstration sitter in the style {self.style.name}: {self.recipe.summary}"

    @property
    def light(self) -> str:
        lamp = light_words.key(self.recipe)
        return f"{light_words.pattern(self.recipe)}, key {light_words.side(lamp.azimuth)}"

    @property
    def glass(self) -> str:
        return f"{self.recipe.lens.focal_length_mm:g} mm at f/{self.recipe.lens.aperture:g}"


@dataclass(frozen=True)
class Shelf:
    """One category with its frames."""

    category: Category
    frames: tuple[Frame, ...]


def shelves() -> list[Shelf]:
    """Every style on offer, by category."""
    found = frames(Style.objects.offered().with_recipes())
    return [
        Shelf(category, tuple(group))
        for category, group in groupby(found, key=lambda frame: frame.style.category)
    ]


@dataclass(frozen=True)
class Spread:
    """One style's page: its frame, the shelf that it stands on, and the frames beside it."""

    frame: Frame
    shelf: Shelf
    beside: tuple[Frame, ...]


def spread(slug: str) -> Spread | None:
    """The page of a style on offer; None where there is none of that name."""
    for shelf in shelves():
        for frame in shelf.frames:
            if frame.style.slug == slug:
                return Spread(frame, shelf, tuple(other for other in shelf.frames if other != frame))
    return None


def window(count: int) -> list[Frame]:
    """The first style with a picture of each category, for the door: at most `count`."""
    seen = [next((frame for frame in shelf.frames if frame.ready), shelf.frames[0]) for shelf in shelves()]
    return seen[:count]


def shown_in_full() -> Frame | None:
    """The render that the front page opens with: the first that there is, in the order of `OPENING`."""
    ready = {
        frame.style.slug: frame for frame in frames(Style.objects.offered().with_recipes()) if frame.ready
    }
    return next((ready[slug] for slug in OPENING if slug in ready), next(iter(ready.values()), None))


def frames(styles: Iterable[Style]) -> Iterator[Frame]:
    shown = {
        row.version_id: row for row in Demonstration.objects.of(engine=ENGINE_VERSION, sitter=sitter.digest())
    }
    for style in styles:
        if style.current_id is not None:
            yield Frame(style, style.recipe, shown.get(style.current_id))
