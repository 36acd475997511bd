"""Recipes as the site reads them: kept once parsed, and refused in one sentence."""

import tomllib
from functools import lru_cache

from render.pipeline.recipe import Recipe, parse


class BadRecipe(Exception):
    """A recipe that the engine would not take. `sentence` says what to mend."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


@lru_cache(maxsize=256)
def parsed(slug: str, text: str) -> Recipe:
    """The recipe of a stored version, which was checked before it was stored."""
    return parse(slug, text)


def checked(slug: str, text: str) -> Recipe:
    """The recipe in a text that somebody wrote. Raises BadRecipe."""
    try:
        return parse(slug, text)
    except tomllib.TOMLDecodeError as error:
        raise BadRecipe(f"This is not TOML: {_plain(error)}. Mend that line.") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise BadRecipe(
            f"The engine cannot use this: {_plain(error, slug)}. Mend it and save again."
        ) from error


def _plain(error: Exception, slug: str = "") -> str:
    """What the error says, as the middle of a sentence."""
    said = str(error).removeprefix(f"style {slug!r}: ").rstrip(".")
    return f"{said[1:-1]} is missing" if isinstance(error.__cause__, KeyError) else said
