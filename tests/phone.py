"""What a phone keeps of a selfie: many pixels, stored as the sensor lay, with the notes of a camera.

Messengers and studios take such notes away, so a studio's portrait proves little about the files that people
send. These are made of one: cut to the sensor's aspect, enlarged, turned, and noted.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Any

import cv2
import numpy as np
import pillow_heif
from PIL import ExifTags, Image, TiffImagePlugin

from render.pipeline.contract import Code
from tests.pipeline import selfies

JPEG, HEIC, MPO, PNG, WEBP = CONTAINERS = ("JPEG", "HEIC", "MPO", "PNG", "WEBP")
ASPECTS = {"3:4": 3 / 4, "4:3": 4 / 3, "1:1": 1.0, "9:16": 9 / 16}
"""Width over height of the upright selfie."""

QUALITY = 92
FULL_FRAME_MM, SENSOR_MM = 43.27, 5.6
"""Diagonal of the film that a 35 mm focal length refers to, and of a front camera's sensor."""

MAKER_NOTE = b"Apple iOS\0\0\1MM" + bytes(range(256)) * 4
"""A kilobyte that only its maker can read, and that starts like the real ones."""


@dataclass(frozen=True)
class Original:
    """A file as a phone would keep it.

    Attributes
    ----------
    sitter : str
        A name of `selfies.picture`.
    focal_length_35mm : int or None
        What EXIF says; None where it says nothing.
    orientation : int
        EXIF's tag, 1 to 8; the pixels are stored so that it shows them upright.
    megapixels : float
    container, aspect : str
        One of `CONTAINERS`, and of `ASPECTS`.
    """

    sitter: str
    focal_length_35mm: int | None = 26
    orientation: int = 6
    megapixels: float = 12
    container: str = JPEG
    aspect: str = "3:4"

    @property
    def name(self) -> str:
        """All of it in words."""
        lens = f"{self.focal_length_35mm} mm" if self.focal_length_35mm else "no focal length"
        seen = f"{self.megapixels:g} MP, {self.aspect}, {lens}"
        return f"{self.sitter}, {self.container}, {seen}, tag {self.orientation}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        wide = ASPECTS[self.aspect]
        height = 8 * round(sqrt(self.megapixels * 1e6 / wide) / 8)
        return 8 * round(height * wide / 8), height

    def picture(self) -> Code:
        """What it shows, upright, (height, width, 3)."""
        cut = _cut(selfies.picture(self.sitter), self.sitter, ASPECTS[self.aspect])
        return np.asarray(cv2.resize(cut, self.size, interpolation=cv2.INTER_CUBIC), np.uint8)

    def file(self) -> bytes:
        """The whole file."""
        return _file(self)


def selfie(sitter: str = selfies.CLOSE) -> bytes:
    """What most people send: 12 megapixels of a phone that was held upright."""
    return Original(sitter).file()


@lru_cache(maxsize=2)
def _file(original: Original) -> bytes:
    image = Image.fromarray(original.picture())
    how = selfies.UPRIGHT[original.orientation]
    stored = image if how is None else image.transpose(how)
    exif = notes(original.orientation, original.focal_length_35mm).tobytes()
    file = io.BytesIO()
    if original.container == HEIC:
        heif: Any = pillow_heif.from_pillow(stored)
        heif.save(file, quality=QUALITY, exif=exif, enc_params={"preset": "ultrafast"})
    elif original.container == MPO:  # with a second, smaller picture behind, as a gain map is kept
        gains = stored.convert("L").reduce(4)
        stored.save(file, "MPO", quality=QUALITY, exif=exif, save_all=True, append_images=[gains])
    else:
        stored.save(file, original.container, quality=QUALITY, exif=exif, compress_level=1, method=0)
    return file.getvalue()


def notes(orientation: int, focal_length_35mm: int | None) -> Image.Exif:
    """EXIF as a phone writes it: maker, lens, place, time, and a block of the maker's own."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Apple", "iPhone 15 Pro"
    exif[ExifTags.Base.Software], exif[ExifTags.Base.DateTime] = "18.1", "2026:08:14 12:00:00"
    exif[ExifTags.Base.Orientation] = orientation
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.ExifVersion] = b"0232"
    details[ExifTags.Base.LensModel] = "iPhone 15 Pro front TrueDepth camera 2.69mm f/1.9"
    details[ExifTags.Base.MakerNote] = MAKER_NOTE
    if focal_length_35mm is not None:
        own = TiffImagePlugin.IFDRational(round(100 * focal_length_35mm * SENSOR_MM / FULL_FRAME_MM), 100)
        details[ExifTags.Base.FocalLength] = own
        details[ExifTags.Base.FocalLengthIn35mmFilm] = focal_length_35mm
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (47.0, 22.0, 7.0)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (8.0, 32.0, 25.0)
    return exif


def _cut(code: Code, sitter: str, aspect: float) -> Code:
    """The largest part of ``code`` (H, W, 3) of that aspect, around the face."""
    height, width = code.shape[:2]
    wide, tall = (round(min(width, height * aspect)), round(min(height, width / aspect)))
    middle = selfies.landmarks(sitter).points[:, :2]
    x, y = (middle.min(axis=0) + middle.max(axis=0)) / 2
    left = int(np.clip(x - wide / 2, 0, width - wide))
    top = int(np.clip(y - tall / 2, 0, height - tall))
    return np.ascontiguousarray(code[top : top + tall, left : left + wide])
