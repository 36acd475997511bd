"""What a file holds, before any color is made of it: codes, orientation, and the few notes that matter."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from render.pipeline.color import icc
from render.pipeline.color.srgb_profile import srgb_profile
from render.pipeline.color.stated import ADOBE_RGB, chromaticities, code_points, power
from render.pipeline.color.xyz import D65, SRGB_PRIMARIES
from render.pipeline.containers import boxes, parts, png, torn
from render.pipeline.contract import Code
from render.pipeline.errors import FileTooLarge, IncompleteFile, PhotographTooSmall, Refused, UnreadableFile
from render.pipeline.limits import MAX_PIXELS, MAX_SIDE, MIN_SIDE

# AVIF before HEIF: both answer to the brand "mif1", and libavif knows at once what is not its own.
FORMATS = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WebP", "AVIF": "AVIF", "HEIF": "HEIC"}
"""Pillow's readers that may look at the bytes, and what their formats are called."""

NEAR_GAMMA = 0.01

pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


Codes: TypeAlias = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class Notes:
    """What the file says about itself, as far as anybody needs it."""

    format: str
    orientation: int = 1
    focal_length_35mm: float | None = None
    camera: str | None = None
    lens: str | None = None


@dataclass(frozen=True)
class Scan:
    """What a reader hands out: ``codes`` (H, W, 3), ``alpha`` (H, W) or None, 0..``maximum``."""

    codes: Codes
    alpha: Codes | None
    maximum: int
    profile: icc.Profile


def scan(data: bytes) -> tuple[Scan, Notes]:
    """Read the first frame of a photograph as it is stored, within its limits.

    Parameters
    ----------
    data : bytes
        A whole JPEG, PNG, WebP, HEIC/HEIF or AVIF file. Its name plays no part.

    Raises
    ------
    FileTooLarge
        Over 60 megapixels or 12,000 pixels on a side; said before any pixel is read.
    PhotographTooSmall
        Under 512 pixels on a side.
    IncompleteFile
        The file ends early, and pixels are missing. One that lacks only its end is read.
    TooManyParts
        A JPEG of more than 64 scans, or any file of more segments or chunks than a camera writes.
    UnreadableFile
        Empty, damaged, or something else than a photograph.

    Notes
    -----
    The limit of bytes is for what a customer sends, and whoever takes it checks it (`confined.ask`, the
    command line): our own copy of a photograph is often larger than its file was.
    """
    parts.check(data)
    try:
        return _opened(data)
    except UnreadableFile:
        if not torn.is_cut(data):
            raise
    whole = torn.mended(data)
    if whole is None:
        raise IncompleteFile
    return _opened(whole)


def _opened(data: bytes) -> tuple[Scan, Notes]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of broken notes, which are left out
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _read(data)
    except (Refused, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileTooLarge from error
    except Exception as error:  # hostile bytes make a dozen libraries raise whatever they like
        raise UnreadableFile from error


def _read(data: bytes) -> tuple[Scan, Notes]:
    stated = png.Stated()
    if data[:8] == png.SIGNATURE:
        data, stated = png.read(data)
    with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
        _check_size(*image.size)
        size = image.size
        notes = _notes(image)
        found = _scan(image, data, _profile(image, data, stated))
        if found.codes.shape[1::-1] != size:  # the header and the pixels tell different sizes
            raise UnreadableFile
        if notes.format == "JPEG" and torn.lacks_rows(data, found.codes):
            raise IncompleteFile
        return found, notes


def upright(stored: Codes, orientation: int) -> Codes:
    """A view of the picture as EXIF 2.32 (tag 274) wants it seen: (H, W, ...) to (H', W', ...)."""
    if orientation >= 5:
        stored = stored.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        stored = stored[::-1]
    if orientation in (2, 3, 6, 7):
        stored = stored[:, ::-1]
    return stored


def _check_size(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise PhotographTooSmall
    if max(width, height) > MAX_SIDE:
        raise FileTooLarge(fix=f"Send one with at most {MAX_SIDE:,} pixels on each side.")
    if width * height > MAX_PIXELS:
        raise FileTooLarge


def _notes(image: Image.Image) -> Notes:
    """The file's notes; what is missing or damaged is left out."""
    name = "JPEG" if image.format == "MPO" else FORMATS[image.format or ""]
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # noqa: BLE001 - a photograph with broken notes is still a photograph
        return Notes(name)
    orientation = exif.get(ExifTags.Base.Orientation)
    focal_length = details.get(ExifTags.Base.FocalLengthIn35mmFilm)
    return Notes(
        format=name,
        orientation=orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        focal_length_35mm=float(focal_length)
        if isinstance(focal_length, int) and 5 <= focal_length <= 1000
        else None,
        camera=_camera(exif.get(ExifTags.Base.Make), exif.get(ExifTags.Base.Model)),
        lens=_camera(details.get(ExifTags.Base.LensModel), None),
    )


def _camera(make: object, model: object) -> str | None:
    """Maker and model in one line; many models begin with their maker's name already."""
    words = [
        "".join(c for c in word if c.isprintable()).strip() for word in (make, model) if isinstance(word, str)
    ]
    if len(words) == 2 and words[1].lower().startswith(words[0].lower()):
        words = words[1:]
    return " ".join(words).strip()[:80] or None


def _scan(image: Image.Image, data: bytes, profile: icc.Profile | None) -> Scan:
    if profile is None:
        return _through_littlecms(image)
    if image.format == "HEIF" and image.info.get("bit_depth", 8) > 8:
        return _deep_heif(data, profile)
    if image.format == "PNG" and data[24] == 16:  # IHDR's bit depth
        image.load()  # Pillow refuses truncated and damaged files, where OpenCV shows what it has
        return _deep_png(data, profile)
    return _plain(image, profile)


def _profile(image: Image.Image, data: bytes, stated: png.Stated) -> icc.Profile | None:
    """The picture's color space; None where it takes LittleCMS to convert it.

    What counts first: in PNG ``cICP``, then the profile, ``sRGB``, ``cHRM`` and ``gAMA``; in HEIF and AVIF
    the profile, then ``nclx``; then EXIF. A profile of another kind of picture is left out.
    """
    embedded = stated.profile or image.info.get("icc_profile") or b""
    space = _space(image)
    suits = icc.suits(embedded, space) and not (image.format == "PNG" and embedded[16:20] != space)
    image.info["icc_profile"] = embedded if suits else b""
    try:
        if stated.code_points is not None:
            return code_points(*stated.code_points)
        if image.mode == "CMYK":
            return None
        if suits:
            return icc.parse(embedded)
        return _stated(image, data, stated)
    except icc.UnsupportedProfileError:
        return None


def _space(image: Image.Image) -> bytes:
    """The color space of the stored codes, as ICC names it."""
    if image.mode == "CMYK":
        return b"CMYK"
    return b"GRAY" if image.mode in ("1", "L", "LA", "I;16", "I;16B", "I") else b"RGB "


def _stated(image: Image.Image, data: bytes, stated: png.Stated) -> icc.Profile:
    """The color space that the file states without a profile."""
    if stated.is_srgb:
        return icc.SRGB
    if stated.chromaticities or stated.gamma:
        return _stated_in_png(stated)
    points = _code_points(image, data)
    if points is not None:
        return code_points(*points)
    return ADOBE_RGB if _is_adobe_rgb(image) else icc.SRGB


def _stated_in_png(stated: png.Stated) -> icc.Profile:
    """Of ``cHRM`` and ``gAMA``; 1/2.2 over sRGB's primaries is how programs write sRGB."""
    white, *primaries = stated.chromaticities or (D65, *SRGB_PRIMARIES)
    red, green, blue = primaries
    curve = icc.SRGB.curves[0] if stated.gamma is None else power(stated.gamma)
    found = chromaticities("stated by PNG", (red, green, blue), white, curve)
    if found.has_srgb_primaries and stated.gamma is not None and abs(stated.gamma - 2.2) < NEAR_GAMMA:
        return icc.SRGB
    return found


def _code_points(image: Image.Image, data: bytes) -> tuple[int, int] | None:
    if image.format == "AVIF":
        return boxes.stated_color(data)
    nclx = image.info.get("nclx_profile")
    return None if nclx is None else (nclx["color_primaries"], nclx["transfer_characteristics"])


def _is_adobe_rgb(image: Image.Image) -> bool:
    """Whether EXIF says so: DCF 2.0 by the interoperability index R03, some cameras by color space 2."""
    try:
        exif = image.getexif()
        space = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)
        index = exif.get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex)
    except Exception:  # noqa: BLE001 - a photograph with broken notes is still a photograph
        return False
    return space == 2 or (space != 1 and isinstance(index, str) and index.strip("\0 ") == "R03")


def _through_littlecms(image: Image.Image) -> Scan:
    """CMYK and look-up table profiles, to 8-bit sRGB; a profile that does not work is left out."""
    alpha = np.asarray(image.convert("RGBA"))[..., 3] if image.has_transparency_data else None
    image = image if image.mode in ("CMYK", "L") else image.convert("RGB")
    name = "sRGB"
    if embedded := image.info.get("icc_profile"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
            target = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
            converted = ImageCms.profileToProfile(
                image,
                source,
                target,
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            image = converted or image
            name = ImageCms.getProfileDescription(source).strip()[:60] or "unnamed"
        except (ImageCms.PyCMSError, OSError, ValueError):
            name = "sRGB"
    return Scan(
        np.asarray(image.convert("RGB")), alpha, 255, icc.Profile(name, icc.SRGB.curves, icc.SRGB.matrix)
    )


def _plain(image: Image.Image, profile: icc.Profile) -> Scan:
    if image.has_transparency_data:
        pixels: Code = np.asarray(image.convert("RGBA"))
        return Scan(pixels[..., :3], pixels[..., 3], 255, profile)
    return Scan(np.asarray(image.convert("RGB")), None, 255, profile)


def _deep_png(data: bytes, profile: icc.Profile) -> Scan:
    """16 bits a channel, which Pillow would reduce to 8."""
    pixels: Any = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))
    if pixels.dtype != np.uint16:
        raise UnreadableFile
    return _deep(pixels[..., [2, 1, 0, 3][: pixels.shape[2]]] if pixels.ndim == 3 else pixels, 65535, profile)


def _deep_heif(data: bytes, profile: icc.Profile) -> Scan:
    """10 and 12 bits a channel, as the decoder has them."""
    heif = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=False)
    frame = heif[heif.primary_index]
    pixels: Any = np.array(frame)  # a copy: the decoder's memory goes when ``heif`` does
    return _deep(pixels, (1 << int(frame.info["bit_depth"])) - 1, profile)


def _deep(pixels: Codes, maximum: int, profile: icc.Profile) -> Scan:
    """Gray (H, W), RGB (H, W, 3) or RGBA (H, W, 4) as a scan."""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    alpha = pixels[..., 3] if pixels.shape[2] == 4 else None
    return Scan(pixels[..., :3], alpha, maximum, profile)
