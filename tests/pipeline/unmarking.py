"""What is done to a preview to get rid of its mark. Pictures are (h, w, 3) uint8 of one size, masks (h, w).

`old_mark` is the one of before, to show that these attacks work.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage.restoration import inpaint_biharmonic

from render.pipeline.contract import Code, Double, Float
from render.pipeline.faces.topology import FACE_OVAL

Mask = NDArray[np.bool_]

OPACITIES = np.arange(0.04, 0.72, 0.02, dtype=np.float32)
INPAINTERS = {"Telea": cv2.INPAINT_TELEA, "Navier-Stokes": cv2.INPAINT_NS}


def psnr(found: Code, truth: Code, under: Mask) -> float:
    """Peak signal to noise of what was found under a mask, dB."""
    errors = found[under].astype(float) - truth[under]
    return float(10 * np.log10(255**2 / max(float(np.mean(errors**2)), 1e-9)))


def subtracted(shown: Code, pattern: Float, *, dark_above: float = 255) -> Code:
    """Take off a known pattern that was blended in: white, or black where the picture is lighter than that.

    The opacity is not known: the one is taken that leaves the least steps along the pattern's own edges.
    """
    inside = np.asarray(pattern > 0.5, np.uint8)
    outlines = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    seen = shown.astype(np.float32)
    around = inpainted(shown, pattern > 0.02, cv2.INPAINT_TELEA).astype(np.float32)
    tried = [_unblended(seen, around, o * pattern[..., None], dark_above) for o in OPACITIES]
    best = min(range(len(tried)), key=lambda n: _steps(tried[n], outlines))
    # Once more, now that it is known about what lies around.
    around = cv2.medianBlur(tried[best], 3).astype(np.float32)
    return _unblended(seen, around, OPACITIES[best] * pattern[..., None], dark_above)


def _unblended(seen: Float, around: Float, cover: Float, dark_above: float) -> Code:
    """What lies under the pattern. Where both inks are possible, the answer nearer to what lies around."""
    dark, light = seen / (1 - cover), (seen - 255 * cover) / (1 - cover)
    black, white = dark.mean(axis=-1) > dark_above, light.mean(axis=-1) <= dark_above
    nearer = np.abs(dark - around).sum(axis=-1) < np.abs(light - around).sum(axis=-1)
    under = np.where((black & (nearer | ~white))[..., None], dark, light)
    return np.clip(np.rint(under), 0, 255).astype(np.uint8)


def _steps(picture: Code, where: Mask) -> float:
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.hypot(cv2.Sobel(gray, -1, 1, 0), cv2.Sobel(gray, -1, 0, 1))[where].mean())


def old_mark(shape: tuple[int, ...]) -> Float:
    """Coverage by the mark of before on a picture of ``shape`` (h, w, ...), (h, w) 0..1."""
    size = shape[1], shape[0]
    side = int(1.5 * max(size))
    sheet = Image.new("L", (side, side))
    font = ImageFont.load_default(size=max(14, 800 // 34))
    for row, y in enumerate(range(0, side, 130)):
        for x in range(-120 * (row % 2), side, 330):
            ImageDraw.Draw(sheet).text((x, y), "PortraitOS preview", fill=255, font=font)
    turned = sheet.rotate(24, resample=Image.Resampling.BICUBIC)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    return np.asarray(turned.crop((left, top, left + size[0], top + size[1])), np.float32) / 255


def averaged(pictures: Sequence[Code]) -> Code:
    return np.rint(np.mean(pictures, axis=0)).astype(np.uint8)


def median(pictures: Sequence[Code]) -> Code:
    return np.rint(np.median(pictures, axis=0)).astype(np.uint8)


def merged(pictures: Sequence[Code], masks: Sequence[Mask]) -> Code:
    """Where one picture hides something, take it from those that do not; inpaint what all of them hide."""
    open_to_see = 1.0 - np.asarray(masks)[..., None]
    seen = (np.asarray(pictures) * open_to_see).sum(axis=0) / np.maximum(open_to_see.sum(axis=0), 1)
    return inpainted(np.rint(seen).astype(np.uint8), np.all(masks, axis=0), cv2.INPAINT_TELEA)


def inpainted(shown: Code, under: Mask, how: int, radius: float = 4) -> Code:
    """Guess what is under a mask, whose exact outline is known, by OpenCV."""
    return np.asarray(cv2.inpaint(shown, under.astype(np.uint8), radius, how), np.uint8)


def inpainted_smoothly(shown: Code, under: Mask) -> Code:
    """The same by scikit-image's biharmonic equation."""
    found = inpaint_biharmonic(shown, under, split_into_regions=True, channel_axis=-1)
    return np.clip(np.rint(255 * found), 0, 255).astype(np.uint8)


def carried(shown: Code, under: Mask, points: Double, other: Code, hidden: Mask, there: Double) -> Code:
    """Guess from another style of the same person: laid over face by face, its light fitted place by place.

    ``under`` and ``points`` are the picture's mask and landmarks, ``hidden`` and ``there`` the other's. What
    both hide is inpainted.
    """
    size = shown.shape[1::-1]
    lay, _ = cv2.estimateAffinePartial2D(there[FACE_OVAL, :2], points[FACE_OVAL, :2])
    over = cv2.warpAffine(other, lay, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    also = cv2.warpAffine(hidden.astype(np.uint8), lay, size, flags=cv2.INTER_NEAREST, borderValue=1) > 0
    told = under & ~also
    known = ~(under | also)
    fitted = _fitted(over, shown, known)
    found = shown.copy()
    found[told] = fitted[told]
    return inpainted(found, under & also, cv2.INPAINT_TELEA)


def _fitted(over: Code, shown: Code, known: Mask, sigma: float = 8) -> Code:
    """``over`` in the light of ``shown``: by least squares, a gain and an offset of each place."""
    weight = known.astype(np.float32)[..., None]
    one, two = over.astype(np.float32), shown.astype(np.float32)

    def mean(values: Float) -> Float:
        return cv2.GaussianBlur(values * weight, (0, 0), sigma) / total

    total = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma)[..., None], 1e-3)
    low, high = mean(one), mean(two)
    gain = (mean(one * two) - low * high) / (mean(one * one) - low * low + 25)
    return np.clip(np.rint(high + gain * (one - low)), 0, 255).astype(np.uint8)
