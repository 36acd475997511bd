"""The sitter as measured, and the studio as set up for one style: everything a window needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from .contract import Float, Identity, Window
from .faces import highlights
from .faces.eyes import sparkling, without_catchlights
from .light import ambient, catchlights, evened, relief
from .light.meter import Meter, meter
from .light.relief import Relief
from .light.side import agreeing
from .optics import source
from .placement import Placement
from .recipe import Recipe
from .stages.backdrop import backdrop
from .stages.lens import luminance
from .stages.place import place
from .stages.relight import Lighting, Metering, relight


@dataclass(frozen=True)
class Sitter:
    """An identity ready to be lit: shape, the selfie's own light, the photograph with its catchlights taken
    out, a meter, the photograph's own blur in its pixels, and the factor to its face's level in even
    light."""

    identity: Identity
    relief: Relief
    old_light: Float
    plate: Float
    meter: Meter | None
    source_sigma: float
    lift: float = 1.0

    @cached_property
    def eyes(self) -> tuple[catchlights.Eye, catchlights.Eye]:
        """The right and the left one, in pixels of the identity."""
        return catchlights.eyes(self.identity)

    @cached_property
    def sparkling(self) -> bool:
        """Whether the selfie's own reflections make both eyes look alive."""
        color = np.maximum(self.relief.color, np.float32(1e-4))
        skin = ambient.skin_mask(self.relief, color) > 0.5
        level = float(np.median(luminance(color)[skin])) if skin.any() else 1.0
        return sparkling(self.identity.pixels, self.identity.landmarks, level)

    @cached_property
    def own_eyes(self) -> Float:
        """The plate with the reflections that were in the eyes."""
        of = self.identity
        return highlights.restore(of.pixels, of.matte, of.landmarks, of.push)


@dataclass(frozen=True)
class Scene:
    """One style set up around one sitter; the same at every size."""

    sitter: Sitter
    recipe: Recipe
    seed: int
    placement: Placement
    lighting: Lighting
    backdrop: Float

    @property
    def plate(self) -> Float:
        """The photograph that the lamps fall on."""
        return self.sitter.plate if self.recipe.relight.catchlights else self.sitter.own_eyes

    @cached_property
    def matte(self) -> Float:
        """The sitter's coverage on the proof's grid, (h, w) 0..1."""
        return self._coverage(Window.whole(self.placement.canvas))

    def matte_in(self, window: Window) -> Float:
        """The sitter's coverage of ``window``, (rows, width) 0..1, the caller's own."""
        if window.scale == 1:
            return self.matte[window.top : window.bottom].copy()
        return self._coverage(window)

    def _coverage(self, window: Window) -> Float:
        return np.clip(self.placement.look(self.sitter.identity.matte, window), 0, 1)

    def source_sigma(self, scale: int = 1) -> float:
        """Blur of the sitter's photograph in pixels of the proof enlarged ``scale`` times."""
        return source.enlarged(self.sitter.source_sigma, scale / self.placement.zoom)


def seat(identity: Identity) -> Sitter:
    """Prepare an identity once for any number of styles."""
    shape = relief.build(identity)
    plate = without_catchlights(identity.pixels, identity.landmarks)
    plate = highlights.restore(plate, identity.matte, identity.landmarks, identity.push)
    blur = round(source.sigma(luminance(identity.pixels), identity.matte > 0.9), 2)
    old = ambient.estimate(identity, shape)
    return Sitter(identity, shape, old, plate, meter(shape), blur, evened.lift(identity, shape, old))


def set_up(sitter: Sitter, recipe: Recipe, seed: int) -> Scene:
    """Place the sitter, hang the backdrop, put the lamps up.

    The scene's recipe has them on the side that the selfie's light came from, and eyes that mirror that light
    go on doing so.
    """
    recipe = agreeing(recipe, sitter.relief, sitter.old_light)
    if sitter.sparkling:
        recipe = replace(recipe, relight=replace(recipe.relight, catchlights=False))
    placement = place(sitter.identity, sitter.relief, recipe.place)
    behind = backdrop(sitter.identity, placement, recipe, seed)
    surround = np.array(cv2.mean(behind)[:3], np.float32)
    old, spec = sitter.old_light, recipe.relight
    lighting = relight(
        sitter.identity, sitter.relief, spec, old, surround, _metering(sitter, recipe), lift=sitter.lift
    )
    return Scene(sitter, recipe, seed, placement, lighting, behind)


def _metering(sitter: Sitter, recipe: Recipe) -> Metering | None:
    """How the style's ratio is met on this sitter; None where it is taken as the lamps give it."""
    if sitter.meter is None or recipe.relight.ratio is None:
        return None
    return Metering(sitter.meter, recipe.relight.ratio, recipe.tone)
