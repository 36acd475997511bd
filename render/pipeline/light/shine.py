"""What lamps must not do to a place that shines already: light it again, burn it out, or turn it gray.

The selfie's own highlights cannot be divided out: they hold the lamp's color and little of the skin. What new
light is multiplied onto them looks hot, and what shade is, like ash. So a place that shone gets no more light
than it had, its shine is dulled as by powder, and what is burnt out stays light. All changes slowly over the
sitter but the blotting of small spots. ``skin`` is always told on the relief's `around_face`.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.contract import Float

from . import ambient
from .relief import Relief
from .soften import blur

Skin = NDArray[np.bool_]

SHINE, DULLEST, POWDERED = 1.2, 0.25, 0.4
"""Times the level that the face is exposed for, and linear luminance at least, from which skin shines; and
the share of what is above that a photographer's powder leaves."""

SPOT, DULL, BLOTTED, WHITE = 0.07, 0.15, 0.5, 0.5
"""How far around a spot the skin is read, IPD (one sigma), and the natural log over it from which the spot
shines: what is broader or weaker is the face's shape. The share of its shine that a broad lamp, whose mirror
image is as broad, takes from it; and the share of that which has the lamp's color, not the skin's."""

LEAST = 0.4
"""Share of a channel that is left where a spot shone most."""

POWDER_PUFF = 0.12
"""IPD (one sigma) that powder is spread over."""

CALM, MOST_CALM = 0.03, 2.0
"""IPD (one sigma) that the color is read over; and the most light that it is held for."""

SHONE = (0.0, 0.15)
"""Natural log over the middle of the selfie's skin from which a place is lifted less, and not at all: what
was lit already looks hot when it is lit again. An evenly lit face, as a plaster head, has no such place."""

WHITEST = 0.65
"""Linear luminance that lamps may lift a place to, on the mean: beyond it is the shoulder, and no texture."""

BURNT = (0.55, 0.80)
"""Linear light of the weakest channel from which a place begins to be burnt out, and is."""

HIGHLIGHT = (0.95, 1.25)
"""Times the level that the face is exposed for from which a pale place begins to be a highlight, and is one:
those stay pale."""


def powder(relief: Relief, skin: Skin, gain: Float, sheen: Float, read: float) -> Float:
    """What is left of the light where skin would shine, (h, w, 1): a lamp's highlight comes on top of the one
    that the selfie had. It changes slowly, and not at the edge of what was told to be skin.
    ``read`` is the percentile of the ``skin`` that the face is exposed for."""
    part = relief.around_face
    there = skin.astype(np.float32)
    left = np.ones((*relief.face.shape, 1), np.float32)
    if not skin.any():
        return left
    seen = srgb.luminance(relief.color[part] * gain[part] + sheen[part])
    knee = np.float32(max(SHINE * np.percentile(seen[skin], read), DULLEST))
    sigma = POWDER_PUFF * relief.ipd
    amount = np.maximum(cv2.GaussianBlur(there, (0, 0), sigma), np.float32(1e-3))
    mean = cv2.GaussianBlur(seen * there, (0, 0), sigma) / amount
    over = np.maximum(mean - knee, 0) * (1 - POWDERED) / np.maximum(mean, knee)
    face = cv2.GaussianBlur(relief.face[part], (0, 0), sigma) * np.clip(amount / np.float32(0.3), 0, 1)
    left[part] -= (face * over)[..., None].astype(np.float32)
    return left


def blot(relief: Relief, skin: Skin) -> Float:
    """What is left of the light on spots that shine, (h, w, 3): what a broad lamp mirrors is as broad. A spot
    has the lamp's color, and without it the skin's comes out."""
    part, sigma = relief.around_face, SPOT * relief.ipd
    left = np.ones((*relief.face.shape, 3), np.float32)
    if not skin.any():
        return left
    there = skin.astype(np.float32)
    amount = np.maximum(cv2.GaussianBlur(there, (0, 0), sigma), np.float32(1e-3))
    color = np.maximum(relief.color[part], np.float32(1e-3))
    own = srgb.luminance(color)
    # Eyes, lips and hair keep their gloss. What mirrors the lamp most has no longer the skin's color.
    spotted = np.maximum(there, ambient.bare(relief.close_up) * (own > np.median(own[skin])))
    spotted = cv2.GaussianBlur(cv2.erode(spotted, np.ones((3, 3), np.uint8)), (0, 0), 1.0)
    around = cv2.GaussianBlur(np.log(own) * there, (0, 0), sigma) / amount
    over = np.maximum(np.log(own) - around - np.float32(DULL), 0)
    over *= spotted * np.clip(amount / np.float32(0.3), 0, 1)
    shine = (own * (1 - np.exp(-np.float32(BLOTTED) * over)))[..., None]
    taken = shine * (np.float32(WHITE) / color + np.float32(1 - WHITE) / own[..., None])
    left[part] = np.maximum(1 - taken, np.float32(LEAST))
    return left


def calm(relief: Relief, gain: Float) -> Float:
    """Factor (h, w, 3), luminance kept, that holds the chroma of what is lit more than it was: shade that is
    lifted with its colors as they are looks red. Lab's chroma grows as the cube root of the light."""
    inside = (relief.matte > 0.5).astype(np.float32)[..., None]
    sigma = CALM * relief.ipd
    amount = np.maximum(blur(inside, sigma), np.float32(1e-3)).reshape(*inside.shape)
    color = np.maximum(blur(relief.color * inside, sigma) / amount, np.float32(1e-3))
    own = srgb.luminance(color)[..., None]
    share = np.clip(srgb.luminance(gain), 1, MOST_CALM)[..., None] ** np.float32(-1 / 3)
    return np.asarray((own + share * (color - own)) / color, np.float32)


def shone(relief: Relief, skin: Skin) -> Float:
    """How surely each place of the selfie mirrors its lamp already, (h, w) 0..1: not skin alone, but hair and
    white cloth too, so that no seam shows where the face ends. It changes slowly."""
    if not skin.any():
        return np.zeros(relief.face.shape, np.float32)
    luma = _slow(srgb.luminance(relief.color), relief)
    level = np.float32(np.median(luma[relief.around_face][skin]))
    over = np.log(np.maximum(luma, np.float32(1e-4)) / level)
    return _slow(np.clip((over - SHONE[0]) / (SHONE[1] - SHONE[0]), 0, 1), relief)


def unshone(shone: Float, relief: Relief, gain: Float) -> Float:
    """What is left of the ``gain`` (h, w, 3) over the selfie's level where it has ``shone``, (h, w, 1): a
    highlight mirrors the old lamp and no new one."""
    lifted = np.maximum(_slow(srgb.luminance(gain), relief), np.float32(1e-3))
    most = 1 + (1 - shone) * np.maximum(lifted - 1, 0)
    return np.asarray(_slow(most / np.maximum(lifted, most), relief)[..., None], np.float32)


def _slow(field: Float, relief: Relief) -> Float:
    """``field`` (h, w) averaged over the sitter near each place."""
    inside, sigma = (relief.matte > 0.5).astype(np.float32), POWDER_PUFF * relief.ipd
    return np.asarray(blur(field * inside, sigma) / np.maximum(blur(inside, sigma), np.float32(1e-3)))


def burnt(relief: Relief, push: float) -> Float:
    """How far the selfie is burnt out, (h, w, 1) 0..1, before its face was brightened by ``push``. It changes
    slowly."""
    weakest = _slow(relief.color.min(axis=2), relief) / np.float32(push)
    return np.asarray(np.clip((weakest - BURNT[0]) / (BURNT[1] - BURNT[0]), 0, 1)[..., None], np.float32)


def held(relief: Relief, gain: Float, sheen: Float, push: float) -> Float:
    """What is left of the light where it would burn out what the selfie holds, (h, w, 1): fair hair, collars
    and shirts that are white already. It changes slowly, so their texture stays. A dark face that was
    brightened by ``push`` does not take them along."""
    seen, own = (
        _slow(srgb.luminance(light), relief) for light in (relief.color * gain + sheen, relief.color)
    )
    most = np.maximum(own / np.float32(push), np.float32(WHITEST))
    return np.asarray(np.minimum(most / np.maximum(seen, np.float32(1e-4)), 1)[..., None], np.float32)


def colored(face: Relief, skin: Skin, lit: Float, read: float) -> Float:
    """Factor (h, w, 3) that gives the skin's hue back to pale places that lie in the new shade."""
    if not skin.any():
        return np.ones_like(lit)
    luma = srgb.luminance(lit)
    level = max(float(np.percentile(luma[skin], read)), 1e-4)
    seen = cv2.GaussianBlur(luma, (0, 0), ambient.PALE * face.ipd) / np.float32(level)
    shade = np.clip((HIGHLIGHT[1] - seen) / (HIGHLIGHT[1] - HIGHLIGHT[0]), 0, 1)
    return np.asarray(np.exp(shade[..., None] * ambient.pallor(face)), np.float32)
