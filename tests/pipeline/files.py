"""Files that people send, made here: good ones in every format, and bad ones."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from render.pipeline.color import lab, srgb
from render.pipeline.contract import Code, Double, Float

WIDTH, HEIGHT = 640, 512

FORMATS = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WebP", "AVIF": "AVIF", "HEIC": "HEIC"}
"""As `save` calls them, and as a Capture does."""


def scene() -> Code:
    """(512, 640, 3): smooth colors with a red top left, so that turns and mirrors show."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture = np.stack([60 + x * 120 / WIDTH, 60 + y * 120 / HEIGHT, 180 - x * 100 / WIDTH], axis=-1)
    picture[:100, :140] = (200, 40, 30)
    codes: Code = np.rint(picture).astype(np.uint8)
    return codes


def scene_linear() -> Double:
    """The scene's linear light, exactly."""
    return srgb.decode_exactly(scene() / 255)


def distance(pixels: Float, linear: Double) -> float:
    """The mean CIEDE2000 over a coarse grid."""
    first, second = (lab.from_linear(picture[4::9, 4::9]) for picture in (pixels, linear))
    return float(lab.difference(first, second).mean())


def far(pixels: Float, expected: ArrayLike) -> float:
    """The largest difference of linear light."""
    return float(np.abs(pixels - np.asarray(expected)).max())


def save(picture: Code | Image.Image, format: str, **options: Any) -> bytes:  # noqa: A002
    """A file by Pillow, packed quickly where nothing is lost by it; HEIC by pillow-heif."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    if format == "HEIC":
        pillow_heif.from_pillow(image).save(file, **{"quality": 90, "chroma": 444} | options)
    else:
        quick = {"quality": 95, "speed": 10, "method": 0, "compress_level": 1}
        image.save(file, format, **quick | options)
    return file.getvalue()


def deep_heic(codes: NDArray[np.uint16], **options: Any) -> bytes:
    """16-bit codes (H, W, 3) as a lossless 10-bit HEIC."""
    height, width, _ = codes.shape
    file = io.BytesIO()
    heif = pillow_heif.from_bytes("RGB;16", (width, height), codes.tobytes())
    heif.save(file, **{"quality": -1, "chroma": 444, "matrix_coefficients": 0} | options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(codes: NDArray[Any], profile: bytes = b"") -> bytes:
    """Codes (H, W) or (H, W, 2..4), 8 or 16 bit, as a PNG; Pillow cannot write 16-bit color."""
    channels = 1 if codes.ndim == 2 else codes.shape[2]
    depth = codes.dtype.itemsize * 8
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = codes.astype(codes.dtype.newbyteorder(">")).reshape(len(codes), -1)
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows), 1)
    header = struct.pack(">2I5B", codes.shape[1], codes.shape[0], depth, kind, 0, 0, 0)
    color = chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile)) if profile else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + color + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def claim(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is this large."""
    header = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def claim_heic(width: int, height: int) -> bytes:
    """A HEIC whose header lies about the size of its picture."""
    data = save(scene(), "HEIC")
    true = struct.pack(">2I", WIDTH, HEIGHT)
    at = data.index(b"ispe") + 8
    assert data[at : at + 8] == true
    return data[:at] + struct.pack(">2I", width, height) + data[at + 8 :]


NOT_PHOTOGRAPHS = {
    "nothing": b"",
    "one byte": b"\xff",
    "text": b"This is a photograph. Believe me. " * 50,
    "html": b"<!DOCTYPE html><html><body><img src=x onerror=alert(1)></body></html>",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>',
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 900 900\n%%EndComments\nshowpage\n%%EOF\n",
    "pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n",
    "jpeg marker alone": b"\xff\xd8\xff\xe0",
    "heic brand alone": b"\0\0\0\x18ftypheic\0\0\0\0heicmif1",
    "avif brand alone": b"\0\0\0\x18ftypavif\0\0\0\0avifmif1",
}
