"""The person cut out of the photograph: coverage and the person's own color at the edges.

Several networks say roughly where the person is, and they are asked to vote (``vote``); the colors near by
correct what they say (``closed_form.person_odds``). The edge is drawn by the matting networks where they
draw it at the same place, and by closed-form matting where they do not, or are not installed. Multi-level
foreground estimation (Germer et al. 2020) takes the old background out of hair and edges.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from pymatting import estimate_foreground_ml

from render.pipeline.color import srgb
from render.pipeline.contract import Float, Landmarks

from . import vote
from .closed_form import above, enlarged, face, person_odds, solved
from .foreign import foreign
from .unmix import Unmixed, unmixed
from .wisps import with_wisps

MATTING_SIDE = 640
"""Long side, px, on which the person is told from the background and matting is solved: beyond it time
grows and hair gains nothing."""

FAINT, TINTED, COVERED = 0.1, 0.8, 0.97
"""Coverage from which a pixel tells the person's lightness, and from which (wholly from the last) the hue,
too."""

HALF = 0.5
"""Coverage below which the background shows in a dip of the matte."""

LIGHTNESS = (0.5, 0.85, 1.15, 1.7)
"""What an edge may differ in lightness from what is covered near by: away from the background's, and toward
it."""

CUT_WIDTH = 0.15
"""Of the head on the photograph's upper edge, in IPD: narrower is a lock of hair."""


def cut_out(
    pixels: Float,
    masks: Sequence[Float],
    landmarks: Landmarks,
    mattes: Sequence[Float] = (),
    finer: Sequence[float] = (),
) -> tuple[Float, Float]:
    """Separate the person from the background.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    masks : of (H, W) rough probability of "person", 0..1
    landmarks : Landmarks
        On the same grid: the face is surely person, and lengths follow the inter-pupil distance.
    mattes : of (H, W) coverage as matting networks see it, 0..1
    finer : of float
        How much each of them counts where the edge is drawn; all alike where it is left out.

    Returns
    -------
    matte : (H, W) coverage 0..1
    foreground : (H, W, 3) linear, defined everywhere, the person's color under every edge
    """
    height, width = pixels.shape[:2]
    ipd = landmarks.ipd
    scale = min(1.0, MATTING_SIDE / max(height, width))
    size = (round(width * scale), round(height * scale))
    encoded = srgb.encode(pixels)
    small = cv2.resize(encoded, size, interpolation=cv2.INTER_AREA)
    rough = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in masks]
    drawn = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in mattes]
    votes = vote.counted(rough, drawn)
    agreed = vote.agreed(votes, drawn, above(landmarks, votes.shape, scale))
    odds = person_odds(small, votes, landmarks, scale, agreed)
    matte = enlarged(solved(small, odds, ipd * scale), small, encoded, round(0.06 * ipd * scale))
    if mattes:
        matte = vote.joined(matte, mattes, drawn, odds, ipd * scale, finer)
        on_face = _enlarged(face(landmarks, odds.shape, scale), matte.shape)
        scraps = foreign(pixels, matte, on_face, ipd)
        edge = unmixed(pixels, matte, ipd, scraps)
        risen = with_wisps(pixels, edge.matte, ipd)
        untold = scraps.mixed | (risen > edge.matte)  # a single hair has the background's hue on both sides
        matte = _whole_face(risen, on_face)
    if not cut_above(matte, ipd):  # a lock of hair that touches the edge ends there, softly
        fade = np.linspace(0, 1, max(2, round(0.1 * ipd)), dtype=np.float32)
        matte[: len(fade)] *= fade[:, None]
    color = estimate_foreground_ml(pixels.astype(np.float32), matte.astype(np.float32)).astype(np.float32)
    if mattes:
        color = _of_the_person(color, edge, matte, untold)
    return matte, np.maximum(color, 0)


def _of_the_person(color: Float, edge: Unmixed, matte: Float, scraps: NDArray[np.bool_]) -> Float:
    """``color`` (H, W, 3), at the edge and in ``scraps`` (H, W) with the hue of what is wholly covered near
    by.

    Of a pixel that is half covered the estimate tells the lightness well and the hue badly: hair that was
    before a green lawn came out orange. Toward the background's luminance it tells little: what is lighter
    than the person before a light wall is the wall. But an earring is of neither side's color, and keeps its
    own.
    """
    own, behind = edge.person, edge.behind
    near = srgb.luminance(np.maximum(own, np.float32(1e-4)))
    lowest = np.where(behind < near, LIGHTNESS[1], LIGHTNESS[0]).astype(np.float32)
    highest = np.where(behind > near, LIGHTNESS[2], LIGHTNESS[3]).astype(np.float32)
    level = np.clip(srgb.luminance(np.maximum(color, 0)) / near, lowest, highest)
    level = 1 + np.clip((matte - FAINT) / (1 - FAINT), 0, 1) * (level - 1)
    share = np.clip((matte - TINTED) / (COVERED - TINTED), 0, 1)
    thing = edge.apart * np.clip((matte - HALF) / (TINTED - HALF), 0, 1)
    share = np.where(scraps, np.float32(0), np.maximum(share, thing))[..., None]
    tinted = own * level[..., None]
    return np.asarray(tinted + share * (color - tinted), np.float32)


def _enlarged(where: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """``where`` (h, w) on a grid of that shape."""
    return cv2.resize(where.astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def _whole_face(matte: Float, on_face: NDArray[np.bool_]) -> Float:
    """``matte`` (H, W) without holes in the face (H, W): a cheek may be of the wall's color.

    A dip that begins on the face is filled to its end, unless the background reaches it.
    """
    _, dips = cv2.connectedComponents((matte < COVERED).astype(np.uint8))
    open_ = np.zeros(dips.max() + 1, np.bool_)
    open_[dips[matte < HALF]] = True
    begun = np.zeros_like(open_)
    begun[dips[on_face]] = True
    begun[0] = False
    return np.where(on_face | (begun & ~open_)[dips], np.float32(1), matte)


def cut_above(matte: Float, ipd: float) -> bool:
    """Whether the upper edge of ``matte`` (H, W) runs through the head and not through a lock of hair."""
    return float((matte[:2] > 0.5).mean(axis=0).sum()) > CUT_WIDTH * ipd
