"""Colors that sRGB cannot show, brought to its edge."""

from __future__ import annotations

import numpy as np

from render.pipeline.contract import Float

from .srgb import luminance


def into_srgb(linear: Float) -> Float:
    """Remove negative channels by moving a color toward gray of its own luminance.

    A wide-gamut photograph has negative sRGB channels in its most saturated parts. A
    plain clip would brighten them and turn their hue; a soft one would also shift skin,
    which lies inside. On the line to the gray of equal luminance only saturation gives,
    the tone survives, and every color inside the gamut stays exactly as it is. Values
    above 1 are light and stay too: the tone curve has a shoulder for them.

    Parameters
    ----------
    linear : (..., 3) float32
        Linear light with sRGB primaries; changed in place.

    Returns
    -------
    (..., 3) float32
        The same array, no channel below 0.
    """
    least = np.minimum(np.minimum(linear[..., 0], linear[..., 1]), linear[..., 2])
    outside = least < 0
    if outside.any():
        colors, low = linear[outside], least[outside]
        gray = np.maximum(luminance(colors), 0)
        keep = gray / (gray - low)
        linear[outside] = np.maximum(gray[:, None] + keep[:, None] * (colors - gray[:, None]), 0)
    return linear
