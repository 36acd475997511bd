"""A preview that somebody did not see themselves in, taken again: what the studio does otherwise.

A photographer who hears "that is not me" does not take the same picture again. Each reason moves the
style toward the selfie in that one thing, and leaves the rest of it alone. A reason given twice moves it
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .recipe import Lamp, Recipe, Relight
from .recipe_rules import RANGES

FLATTER = 0.5
"""Of the key-to-fill ratio in stops: half of the modelling, the same pattern."""
FILLED = 0.35
"""Of the key over the light from everywhere: a face then shows about half of its ratio."""
WIDER = 1.6
"""Of the key's size, so that its shadows lose their edges."""
WIDEST = 120.0
"""Degrees: a lamp wider than this is a room."""
WHITE = 5600.0
"""Kelvin of the lamps that light skin, so that only the selfie's own color is left in it."""
CLOSER = 1.25
"""How much the frame is drawn in, so that shoulders leave it."""
CLOSEST = 2.0
"""And how much at most, after several times."""
FASTEST = 1.8
"""f-number that melts what lies behind the eyes."""
LESS_RIM = 0.4
"""Of the power of lamps from behind: they draw every outline, also a wrong one."""
NEUTRAL = (1.0, 1.0, 1.0)
FROM_BEHIND = ("rim", "hair")


def aimed(recipe: Recipe, aims: Sequence[str]) -> Recipe:
    """The style, aimed at what was said of the pictures before.

    Parameters
    ----------
    recipe : Recipe
    aims : sequence of str
        Names of `AIMS`, in the order in which they were given; none leaves the style as it is.

    Returns
    -------
    Recipe
        With ``aims`` on record, and its numbers within their ranges.

    Raises
    ------
    KeyError
        When one of the names is not among `AIMS`.
    """
    for aim in aims:
        recipe = AIMS[aim](recipe)
    return replace(recipe, aims=tuple(aims)) if aims else recipe


def light(recipe: Recipe) -> Recipe:
    """Half of the modelling, from a wider lamp, with less sheen."""
    relight = _lamps(recipe.relight, ("key",), _wider)
    return replace(recipe, relight=_flatter(replace(relight, gloss=FLATTER * relight.gloss)))


def shape(recipe: Recipe) -> Recipe:
    """The selfie's own perspective, and a weaker key nearer to the camera: side light narrows a face."""
    relight = _lamps(recipe.relight, ("key",), lambda lamp: replace(lamp, azimuth=FLATTER * lamp.azimuth))
    return replace(recipe, place=replace(recipe.place, perspective=False), relight=_flatter(relight))


def skin(recipe: Recipe) -> Recipe:
    """White light on the skin and a neutral print; a style in black and white stays in it."""
    relight = _lamps(recipe.relight, ("key", "fill"), lambda lamp: replace(lamp, kelvin=WHITE, gel=NEUTRAL))
    neutral = replace(
        recipe.tone,
        saturation=1.0,
        warmth=0.0,
        shadow_tint=NEUTRAL,
        highlight_tint=NEUTRAL,
    )
    return replace(
        recipe,
        relight=replace(relight, exposure=0.0, gloss=FLATTER * relight.gloss),
        tone=neutral,
        grain=replace(recipe.grain, amount=FLATTER * recipe.grain.amount),
    )


def eyes(recipe: Recipe) -> Recipe:
    """The eyes as photographed, with their own reflections and no drawn ones."""
    return replace(recipe, relight=replace(recipe.relight, catchlights=False))


def cutout(recipe: Recipe) -> Recipe:
    """Closer, through a faster lens, with less light from behind."""
    place, lens = recipe.place, recipe.lens
    return replace(
        recipe,
        place=replace(place, closer=min(CLOSER * place.closer, CLOSEST)),
        relight=_lamps(recipe.relight, FROM_BEHIND, lambda lamp: replace(lamp, power=LESS_RIM * lamp.power)),
        lens=replace(lens, aperture=min(lens.aperture, FASTEST)),
    )


def other(recipe: Recipe) -> Recipe:
    """Nobody knows what it was: nearer to the selfie in light, shape and skin."""
    return skin(shape(light(recipe)))


def _flatter(relight: Relight) -> Relight:
    """The same plan with half of its ratio."""
    ratio = None if relight.ratio is None else max(FLATTER * relight.ratio, RANGES["relight"]["ratio"][0])
    ambient = min(relight.ambient / FILLED, RANGES["relight"]["ambient"][1])
    return replace(relight, ratio=ratio, ambient=ambient)


def _lamps(relight: Relight, roles: Sequence[str], change: Callable[[Lamp], Lamp]) -> Relight:
    """The same lights, those of ``roles`` changed."""
    return replace(
        relight, lamps=tuple(change(lamp) if lamp.role in roles else lamp for lamp in relight.lamps)
    )


def _wider(lamp: Lamp) -> Lamp:
    return replace(lamp, size=max(lamp.size, min(WIDER * lamp.size, WIDEST)))


AIMS: dict[str, Callable[[Recipe], Recipe]] = {
    "light": light,
    "shape": shape,
    "skin": skin,
    "eyes": eyes,
    "cutout": cutout,
    "other": other,
}
"""Every reason, and what it changes."""
