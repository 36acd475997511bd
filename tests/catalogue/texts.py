"""Recipes that tests write, and the rows that they make."""

from render.pipeline.contract import ENGINE_VERSION
from render.pipeline.recipe import Recipe, find, parse
from studio import demonstration, sitter
from studio.catalogue_models import Demonstration, StyleVersion


def text(name: str = "Rembrandt", *, azimuth: float = -48, category: str = "classic painting") -> str:
    return f"""name = "{name}"
category = "{category}"
summary = "One warm lamp."
prompt = "studio portrait photograph"

[relight]
lamps = [{{ role = "key", azimuth = {azimuth:g}, elevation = 38 }}]

[backdrop]
kind = "canvas"
"""


def recipe(slug: str, name: str = "", *, azimuth: float = -48, category: str = "business") -> Recipe:
    return parse(slug, text(name or slug.title(), azimuth=azimuth, category=category))


def filed(slug: str = "rembrandt") -> Recipe:
    """The recipe that the catalogue ships."""
    return find(slug)


def show(version: StyleVersion, *, refusal: str = "", files: bool = False) -> Demonstration:
    """Put down what a render would leave behind."""
    digest = sitter.digest()
    key = demonstration.Made(version, digest).key
    for size in demonstration.SIZES if files else ():
        path = demonstration.path(key, size)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{size} picture".encode())
    width, height = (0, 0) if refusal else (1024, 1280)
    return Demonstration.objects.create(
        version=version,
        engine=ENGINE_VERSION,
        sitter=digest,
        key=key,
        width=width,
        height=height,
        refusal=refusal,
    )
