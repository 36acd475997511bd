"""Pictures for other uses, cut from a full portrait: never enlarged, never with an invented pixel.

The head's share of the height and the line of the eyes decide; the frame has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .contract import Code, Double
from .errors import Refused
from .faces.topology import CHIN, LEFT_PUPIL, RIGHT_PUPIL
from .stages.encode import PIXELS_PER_INCH
from .stages.place import CROWN_ABOVE_CHIN

MM_PER_INCH = 25.4

MARK = "Not for identity documents"
MARK_SHARE = 0.07
"""Height of the strip that says so, of the picture's."""


class CropTooTight(Refused):
    code = "crop_too_tight"
    sentence = "The head does not fit into this crop of the portrait."
    fix = "Choose another crop, or a style with a wider frame."


@dataclass(frozen=True)
class Face:
    """Where the head lies, pixels of the picture: the middle of the eyes, the chin, the crown."""

    x: float
    eyes: float
    chin: float
    crown: float

    def times(self, scale: float) -> Face:
        """The same in a picture ``scale`` times as large."""
        return Face(self.x * scale, self.eyes * scale, self.chin * scale, self.crown * scale)


@dataclass(frozen=True)
class Crop:
    """A use, and how a head stands in it.

    Attributes
    ----------
    slug, name : str
    aspect : float
        Width over height.
    head : float
        Chin to crown over the crop's height, at the least that the frame allows.
    eye_line : float
        Of the eyes from the top, over the height.
    tallest : int
        Pixels of its height at the most.
    marked : bool
        Whether it says that it is not for identity documents.
    width_mm : float
        Of its print; 0 where it is for no print of a certain size.
    """

    slug: str
    name: str
    aspect: float
    head: float
    eye_line: float
    tallest: int
    marked: bool = False
    width_mm: float = 0.0


CROPS = {
    crop.slug: crop
    for crop in (
        Crop("square", "Square", 1.0, 0.52, 0.42, 4096),
        # LinkedIn's help page on profile photos: the face takes up about 60 % of the frame.
        Crop("linkedin", "LinkedIn", 1.0, 0.60, 0.44, 1600),
        Crop("4x5", "4:5", 0.8, 0.42, 0.38, 5120),
        Crop("16x9", "16:9", 16 / 9, 0.56, 0.42, 2160),
        # ICAO 9303, part 3: the head fills 70 to 80 % of the height; 45 mm at 600 dpi.
        Crop("print35x45", "35 x 45 mm print", 35 / 45, 0.74, 0.45, 1063, marked=True, width_mm=35.0),
    )
}


def face(points: Double) -> Face:
    """The head of landmarks (478, 2 or 3) in pixels; its crown is where anthropometry has it above the chin.

    Notes
    -----
    Chin to crown is 3.55 distances between the pupils (stages/place.py), along the head's own upright.
    """
    right, left, chin = points[RIGHT_PUPIL, :2], points[LEFT_PUPIL, :2], points[CHIN, :2]
    middle = (right + left) / 2
    up = (middle - chin) / max(float(np.linalg.norm(middle - chin)), 1e-9)
    crown = chin + CROWN_ABOVE_CHIN * float(np.linalg.norm(left - right)) * up
    return Face(float(middle[0]), float(middle[1]), float(chin[1]), float(crown[1]))


def window(crop: Crop, head: Face, height: int, width: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of the crop in a picture of (``height``, ``width``).

    Raises
    ------
    CropTooTight
        When what the frame allows does not hold the face from the brow to the chin.
    """
    tall = min((head.chin - head.crown) / crop.head, height, width / crop.aspect)
    wide = tall * crop.aspect
    top = min(max(head.eyes - crop.eye_line * tall, 0.0), height - tall)
    left = min(max(head.x - wide / 2, 0.0), width - wide)
    brow = head.eyes - (head.chin - head.eyes) / 2
    if brow < top or head.chin > top + tall:
        raise CropTooTight
    return round(left), round(top), int(wide), int(tall)


def cut(picture: Code, crop: Crop, head: Face) -> Code:
    """The crop of a full portrait (H, W, 3), reduced by averaging areas where it is taller than its use."""
    left, top, wide, tall = window(crop, head, *picture.shape[:2])
    part = np.ascontiguousarray(picture[top : top + tall, left : left + wide])
    if tall > crop.tallest:
        size = (round(crop.tallest * crop.aspect), crop.tallest)
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _marked(part) if crop.marked else part


def dots_per_inch(crop: Crop, picture: Code) -> int:
    """What a file of the crop ``picture`` (H, W, 3) states, so that it prints at the crop's size."""
    if not crop.width_mm:
        return PIXELS_PER_INCH
    return round(picture.shape[1] / crop.width_mm * MM_PER_INCH)


def _marked(picture: Code) -> Code:
    """With a strip beneath it that says what it is not for."""
    height, width = picture.shape[:2]
    strip = Image.new("RGB", (width, round(height * MARK_SHARE)), "white")
    font = ImageFont.load_default(size=width / 16)
    ImageDraw.Draw(strip).text((width / 2, strip.height / 2), MARK, fill="black", font=font, anchor="mm")
    return np.concatenate([picture, np.asarray(strip)])
