"""What a face lit from one side lacks once the light is taken from it.

A phone exposes such a face for its lit side. Without that light every place of it is as light as its middle
is, and that lies in the shade: a stop and more below the face in even light.
"""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Float, Identity
from render.pipeline.faces.exposure import lack
from render.pipeline.faces.patch import Face

from .ambient import skin_mask
from .relief import Relief

UNEVEN = 1.8
"""Stops between the lit tenth of the skin and the shaded one from which a face is lit from one side."""

UNSURE, SURE = 0.35, 0.6
"""Stops that it must lack in even light before it is lifted at all, and from which it gets all of them."""


def lift(identity: Identity, relief: Relief, old: Float) -> float:
    """Factor, 1 and more, from the face's level in the photograph to its level in even light.

    Parameters
    ----------
    identity : Identity
    relief : Relief of the same identity
    old : (h, w, 3)
        Its illumination on the relief's grid (``ambient.estimate``).

    Notes
    -----
    The face is asked as in `faces.exposure`, so dark skin is lifted no further than it reflects; and no face
    further than its lit side, which the phone exposed, is above its middle.
    """
    size = relief.depth.shape[::-1]
    picture = np.maximum(cv2.resize(identity.pixels, size, interpolation=cv2.INTER_AREA), 1e-4)
    skin = skin_mask(relief, picture) > 0.5
    if not skin.any():
        return 1.0
    shaded, bright = np.percentile(np.log2(srgb.luminance(old))[skin], [10, 90])
    if bright - shaded < UNEVEN:
        return 1.0
    light = cv2.resize(old, identity.matte.shape[::-1], interpolation=cv2.INTER_LINEAR)
    stops = lack(Face(identity.pixels / np.maximum(light, np.float32(1e-3)), identity.landmarks))
    share = float(np.clip((stops - UNSURE) / (SURE - UNSURE), 0, 1))
    return float(2 ** (share * min(stops, float(bright))))
