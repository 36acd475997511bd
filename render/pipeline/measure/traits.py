"""What an identity tells about the styles that suit it: its place, its light and its outline."""

from __future__ import annotations

import numpy as np

from render.pipeline.color import lab, srgb
from render.pipeline.contract import Identity
from render.pipeline.faces import topology
from render.pipeline.faces.color_models import signed_distance
from render.pipeline.faces.patch import Face
from render.pipeline.location import key
from render.pipeline.ranking import Traits

FINE = (0.3, 1.2)
"""Half-covered pixels above the chin, squares of the IPD: a smooth head's, and loose hair's."""

OUTLINE = (0.01, 0.06)
"""IPD within the matte in which the outline's own lightness is read."""


def read(identity: Identity) -> Traits:
    """Read from an identity what ``ranking.ranked`` asks for."""
    place, ipd = identity.location, identity.landmarks.ipd
    points, height = identity.landmarks.points, identity.matte.shape[0]
    chin = round(points[topology.CHIN, 1])
    scale = place.shape[0] / height
    head = identity.matte[:chin]
    half = float(((head > 0.1) & (head < 0.9)).sum()) / ipd**2
    middle, reach = points[topology.FACE_OVAL, 0].mean() * scale, 2.4 * ipd * scale
    columns = slice(max(0, int(middle - reach)), int(middle + reach))
    beside = srgb.luminance(place[: max(1, int(chin * scale)), columns])
    return Traits(
        key=key(identity.pixels, identity.landmarks),
        behind=float(np.cbrt(beside).mean() ** 3),
        depth=float(np.std(lab.from_linear(place.reshape(-1, 3))[:, 0])),
        loose=float(np.clip((half - FINE[0]) / (FINE[1] - FINE[0]), 0, 1)),
        side=_side(identity),
        outline=_outline(identity, chin),
    )


def _outline(identity: Identity, chin: int) -> float:
    """Linear luminance of the head's outline; black where the frame cuts it all round."""
    depth = signed_distance(identity.matte > 0.5)[:chin] / identity.landmarks.ipd
    light = srgb.luminance(identity.pixels[:chin])[(depth > OUTLINE[0]) & (depth < OUTLINE[1])]
    return float(np.median(light)) if light.size else 0.0


def _side(identity: Identity) -> float:
    """Stops between the halves of the face's skin."""
    face = Face(identity.pixels, identity.landmarks)
    luma, skin = np.maximum(face.level, np.float32(1e-4)), face.skin
    right = np.arange(luma.shape[1]) > face.points.points[topology.FACE_OVAL, 0].mean()
    halves = [luma[skin & (right == there)] for there in (True, False)]
    if not all(half.size for half in halves):
        return 0.0
    return float(np.log2(np.median(halves[0]) / np.median(halves[1])))
