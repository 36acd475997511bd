"""How far a face is underexposed: by what shines in it, its eyes, and what skin of its color reflects."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline import errors
from render.pipeline.color import srgb

from . import topology
from .patch import Face, fill
from .white import eye_whites

SHINE = 0.73
"""Linear; the brightest 1 % of a well exposed face reach it, whatever its tone: teeth, and where the lamp is
mirrored."""

INNER = 0.9
"""Share of the face's outline that is looked at for it: a bright background must not shine in."""

WHITES = 0.6
"""Linear; the lighter part of the whites of the eyes reaches it in no more than good light, lids shade it."""

PALER = 1.4
"""Skin in its own light reflects about (green over red) to this power: melanin takes green before red, so
darker skin is redder. The darkest is no redder than brown skin, and there the eyes and the shine decide."""

UNSURE, SURE = 0.25, 0.50
"""Stops that a face must lack before it is brightened at all, and from which it gets all of them."""

SPARE = 0.1
"""Stops that it gets on top: good photographs have as much, and more, to spare."""

MOST = 3.0
"""Stops that a face is brightened by at most: of more, noise is left and little else."""

BRIGHT = 0.4
"""Linear luminance that a quarter of the picture reaches where the light stands behind the sitter."""

SPARSE = 8
"""Pixels between those that are looked at for it."""


def lack(face: Face) -> float:
    """Stops that the face lacks to what it would be in a good photograph; negative where it has more.

    Parameters
    ----------
    face : Face
        White balanced, for skin tells by its color how much it reflects.

    Notes
    -----
    The smallest of three witnesses counts. What skin of a color reflects is known within a stop; matte skin
    has no shine, and by it alone dark skin would be made light; the whites of eyes lie in shade more often
    than not. Each says how far is too far.
    """
    level = cv2.GaussianBlur(face.level, (0, 0), max(0.01 * face.points.ipd, 0.5))
    mask = np.zeros(level.shape, np.float32)
    oval = face.points.points[topology.FACE_OVAL, :2]
    middle = oval.mean(axis=0)
    fill(mask, middle + INNER * (oval - middle), 1.0)
    skin = np.maximum(face.lit_skin, 1e-4)
    room = [float(min(skin[1] / skin[0], 1.0)) ** PALER / float(srgb.luminance(skin))]
    for seen, percentile, most in (
        (level[mask > 0.5], 99, SHINE),
        (srgb.luminance(eye_whites(face.photograph, face.landmarks)), 80, WHITES),
    ):
        if seen.size:
            room.append(most / max(float(np.percentile(seen, percentile)), 1e-4))
    return float(np.log2(min(room)))


def push(face: Face, lost: float = 0.0) -> float:
    """Factor 1..8 that an underexposed face is brightened by.

    Parameters
    ----------
    face : Face
        As in `lack`.
    lost : float
        Stops that a lamp's color may have taken from the picture: up to them no more certainty is asked for.
    """
    stops = lack(face)
    share = float(np.clip((stops - UNSURE) / (SURE - UNSURE), 0, 1))
    stops += SPARE
    given = max(share * stops, min(stops, lost), 0.0)
    return float(2 ** min(given, MOST))


def check(face: Face) -> None:
    """Refuse a face before so bright a background that no exposure carries both.

    Raises
    ------
    Backlit
    """
    bright = float(np.percentile(srgb.luminance(face.photograph[::SPARSE, ::SPARSE]), 75)) > BRIGHT
    if bright and lack(face) > MOST + SURE:
        raise errors.Backlit
