"""Several opinions of where the person is: counted for the whole, and joined at the edge.

Each network errs in its own way: one keeps a flag or a headrest, another cuts a hat or a glove away. What
most say is seldom wrong. And where an opinion is wrong about what belongs to the person, its edge is no
edge of the person: there it is not asked.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.contract import Float

from .color_models import signed_distance

SEEN, MOST, FEW = 0.9, 0.6, 0.3
"""Coverage that is as good as all; share of the votes that is most of them (both mattes alone are not), and
few."""

ASTRAY = 0.14
"""IPD: an outline that lies farther from the one that is believed in has taken up something else."""

AROUND = 0.25
"""IPD around such a place in which its edge is not asked either."""

INSIDE, OUTSIDE = 0.12, 0.45
"""IPD from the outline: what is deeper within is covered whole, what is farther outside not at all."""


def counted(masks: Sequence[Float], mattes: Sequence[Float]) -> Float:
    """Share of the opinions, (h, w) 0..1, that see the person: all count alike."""
    return np.asarray(np.mean([*masks, *mattes], axis=0), np.float32)


def agreed(
    votes: Float, mattes: Sequence[Float], above: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where all ``mattes`` (h, w) see the person, and most of the ``votes``; and where none does, and few.

    Colors have no say there: a sunlit ear may look like the wall behind it. ``above`` the eyes, (h, w), the
    mattes need no votes: the coarse opinions cut gray hats away before gray walls, and flags and headrests,
    for which they are asked, come from the sides.
    """
    if not mattes:
        nowhere = np.zeros(votes.shape, np.bool_)
        return nowhere, nowhere
    least, most = np.min(mattes, axis=0), np.max(mattes, axis=0)
    return (least > SEEN) & ((votes > MOST) | above), (most < 1 - SEEN) & (votes < FEW)


def joined(
    alone: Float,
    mattes: Sequence[Float],
    small: Sequence[Float],
    odds: Float,
    ipd: float,
    finer: Sequence[float] = (),
) -> Float:
    """Coverage, (H, W): the mean of the mattes that are to be trusted at each place.

    Parameters
    ----------
    alone : (H, W)
        Coverage without any of them; stands where none is to be trusted.
    mattes : of (H, W)
    small : of (h, w)
        The same, reduced.
    odds : (h, w)
        Log odds of "the sitter".
    ipd : float
        Inter-pupil distance in pixels of ``odds``.
    finer : of float
        How much each counts in the mean; all alike where it is left out.
    """
    size = alone.shape[::-1]
    depth = signed_distance(odds > 0) / np.float32(ipd)
    total, weight, trusted = np.zeros_like(alone), np.zeros_like(alone), np.zeros_like(alone)
    for matte, reduced, counts in zip(mattes, small, finer or [1.0] * len(mattes), strict=True):
        trust = cv2.resize(_trust(reduced, depth, ipd), size, interpolation=cv2.INTER_LINEAR)
        total += np.float32(counts) * trust * matte
        weight += np.float32(counts) * trust
        trusted += trust
    share = np.minimum(trusted, 1)
    found = share * total / np.maximum(weight, np.float32(1e-6)) + (1 - share) * alone
    within = cv2.resize(np.clip((depth - INSIDE) / INSIDE, 0, 1), size, interpolation=cv2.INTER_LINEAR)
    beyond = cv2.resize(np.clip((depth + OUTSIDE) / 0.1, 0, 1), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip((found + within * (1 - found)) * beyond, 0, 1), np.float32)


def _trust(matte: Float, depth: Float, ipd: float) -> Float:
    """Where a matte draws the outline at the place that is believed in, (h, w) 0..1."""
    other = (matte > 0.5) != (depth > 0)
    astray = (other & (np.abs(depth) > ASTRAY)).astype(np.uint8)
    reach = 2 * max(1, round(AROUND * ipd)) + 1
    near = cv2.dilate(astray, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    return np.asarray(1 - cv2.GaussianBlur(near.astype(np.float32), (0, 0), 0.06 * ipd), np.float32)
