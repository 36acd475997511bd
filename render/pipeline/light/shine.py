"""What lamps must not do to a place that shines already: light it again, burn it out, or turn it gray.

The selfie's own highlights cannot be divided out: they hold the lamp's color and little of the skin. What new
light is multiplied onto them looks hot, and what shade is, like ash. So a place that shone gets no more light
than it had, its shine is dulled as by powder, and what is burnt out or pale stays light. All changes slowly
over the sitter but the blotting of small spots and the skin's color. ``skin`` is always told on the relief's
`around_face`.
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

SHINE, DULLEST, POWDERED = 1.3, 0.40, 0.5
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

COLOR_READ, PALEST = 0.03, 0.3
"""IPD (one sigma) that the color is read over; and the share of the face's chroma from which a place has any
that can come out."""

SHONE = (0.0, 0.15)
"""Natural log over the middle of the selfie's skin from which a place is lifted less, and not at all: what
was lit already looks hot when it is lit again. An evenly lit face, as a plaster head, has no such place."""

WHITEST, CLOTH = 0.65, 0.88
"""Linear luminance that lamps may lift a place to, on the mean: beyond it is the shoulder, and no texture;
and what white cloth keeps: less of it in the middle of a shirt than at its rim looks like a smudge."""

BURNT = (0.55, 0.80)
"""Linear light of the weakest channel from which a place begins to be burnt out, and is."""

PALE, LIGHTER, EARS = (0.8, 1.05), 0.15, 0.15
"""Shares of the face's chroma below which a place is pale, and from which it is not; natural log over the
face's middle from which it is light; and IPD (one sigma) beyond the face that are as pale as it is there."""


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


def colored(relief: Relief, skin: Skin, gain: Float) -> Float:
    """Factor (h, w, 3), luminance kept, for the skin that the ``gain`` (h, w, 3) darkens.

    What is taken off a pale highlight was the lamp's, and without it the skin's own color comes out, up to
    that of the whole face. Shaded as it is, it looks like ash.
    """
    if not skin.any():
        return np.ones_like(gain)
    part = relief.around_face
    color, own = _color(relief, relief.color[part] * gain[part])
    chroma: Float = color / own[..., None] - np.float32(1)
    along = _along(chroma, skin)
    taken = 1 / np.clip(srgb.luminance(gain[part]), LEAST, 1)
    given: Float = np.clip(np.minimum(taken, 1 / np.maximum(along, PALEST)), 1, None) - np.float32(1)
    given = given * ambient.bare(relief.close_up) * (along > PALEST)
    share = 1 + cv2.GaussianBlur(given.astype(np.float32), (0, 0), 1.5)[..., None]
    factor = np.ones_like(gain)
    factor[part] = np.maximum(1 + share * chroma, np.float32(1e-2)) / (1 + chroma)
    return factor


def pale(relief: Relief, skin: Skin) -> Float:
    """How surely a place that is lighter than the face's middle mirrors the old lamp and shows little of the
    skin, (h, w, 1) 0..1: it has not the face's chroma. Darkened, it would be gray. It changes slowly."""
    found = np.zeros(relief.face.shape, np.float32)
    if not skin.any():
        return found[..., None]
    part, reach = relief.around_face, EARS * relief.ipd
    there = ambient.bare(relief.close_up)
    color, own = _color(relief, relief.color[part])
    along = _along(color / own[..., None] - np.float32(1), skin)
    share = there * np.clip((PALE[1] - along) / (PALE[1] - PALE[0]), 0, 1)
    # Ears, neck and scalp beside a pale place mirror the same lamp.
    amount = cv2.GaussianBlur(there, (0, 0), reach)
    beside = cv2.GaussianBlur(share, (0, 0), reach) / np.maximum(amount, np.float32(1e-3))
    beside *= np.clip(amount / np.float32(0.1), 0, 1) * (relief.matte[part] > 0.5)
    share = np.where(there > 0, share, beside)
    luma = cv2.GaussianBlur(srgb.luminance(relief.color[part]), (0, 0), COLOR_READ * relief.ipd)
    light = np.where(there > 0, own, luma)
    lighter = np.clip(np.log(np.maximum(light, 1e-3) / np.median(own[skin])) / np.float32(LIGHTER), 0, 1)
    found[part] = lighter * share
    return np.asarray(cv2.GaussianBlur(found, (0, 0), 2 * COLOR_READ * relief.ipd)[..., None], np.float32)


def _color(relief: Relief, picture: Float) -> tuple[Float, Float]:
    """A picture's color (h, w, 3) on the relief's `around_face`, averaged over the bare skin near each place,
    and its luminance (h, w)."""
    there, sigma = ambient.bare(relief.close_up), COLOR_READ * relief.ipd
    amount = np.maximum(cv2.GaussianBlur(there, (0, 0), sigma), np.float32(1e-3))[..., None]
    total = cv2.GaussianBlur(picture * there[..., None], (0, 0), sigma)
    color = np.maximum(total / amount, np.float32(1e-3))
    return color, srgb.luminance(color)


def _along(chroma: Float, skin: Skin) -> Float:
    """How much of the face's own chroma each place has, (h, w)."""
    face = np.median(chroma[skin], axis=0)
    return np.asarray(chroma @ face / max(float(face @ face), 1e-4), np.float32)


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
    most = np.maximum(np.maximum(own / np.float32(push), WHITEST), np.minimum(own, CLOTH))
    return np.asarray(np.minimum(most / np.maximum(seen, np.float32(1e-4)), 1)[..., None], np.float32)
