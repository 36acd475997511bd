"""What strangers send is read by a child with limits: one sentence, quickly, in little memory."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import ExifTags, Image

from render.pipeline import confined, errors
from render.pipeline.color import lab, srgb
from render.pipeline.contract import Code, Float
from render.pipeline.plain_copy import plain_copy

from . import bombs, selfies
from .files import NOT_PHOTOGRAPHS, claim, claim_heic, deep_heic, png, save, scene
from .profiles import DISPLAY_P3

LONGEST_S, MOST_MB = 1.0, 300.0

BAD: dict[str, tuple[bytes, type[errors.Refused]]] = {
    "65-byte PNG of 65535 x 65535": (claim(65535, 65535), errors.FileTooLarge),
    "half a megabyte of 169 megapixels": (png(np.zeros((13_000, 13_000), np.uint8)), errors.FileTooLarge),
    "HEIC with a false size": (claim_heic(2000, 1500), errors.UnreadableFile),
    "HEIC with a false and large size": (claim_heic(30_000, 30_000), errors.FileTooLarge),
    "truncated": (save(scene(), "JPEG")[:-2000], errors.IncompleteFile),
    "too big": (bytes(25_000_001), errors.FileTooLarge),
    "3,000 scans": (bombs.scans(3000), errors.TooManyParts),
    "too small": (save(Image.new("RGB", (400, 400)), "PNG"), errors.PhotographTooSmall),
    **{name: (data, errors.UnreadableFile) for name, data in NOT_PHOTOGRAPHS.items()},
}


@pytest.fixture(scope="module", autouse=True)
def _server() -> None:
    """As in a site that has been up for a second."""
    confined.ask(b"")


@pytest.mark.parametrize("name", BAD)
def test_bad_files_end_in_one_sentence(name: str) -> None:
    data, reason = BAD[name]
    answer = confined.ask(data)
    assert type(answer.refused) is reason
    assert answer.copy is None
    assert answer.seconds < LONGEST_S
    assert answer.peak_mb < MOST_MB


def test_the_peak_is_measured() -> None:
    """A good and large photograph takes what the bad ones may not."""
    large = save(Image.fromarray(scene()).resize((7700, 7000)), "JPEG")
    answer = confined.ask(large)
    assert answer.copy is not None
    assert answer.peak_mb > MOST_MB


def test_a_late_answer_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "LONGEST_S", 0.0)
    with pytest.raises(confined.LateError):
        confined.copy(save(scene(), "JPEG"))


def test_many_at_once_are_all_answered() -> None:
    """From threads, as a web process has them."""
    good = save(scene(), "JPEG")
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(confined.ask, [good, b"no"] * 6))
    assert [answer.copy is not None for answer in answers] == [True, False] * 6


def test_the_copy_is_upright_and_looks_the_same() -> None:
    code = selfies.picture(selfies.ENLARGED)[:600, 200:900]
    for orientation in selfies.UPRIGHT:
        copy = confined.copy(selfies.turned(code, orientation))
        assert (copy.width, copy.height) == (700, 600)
        assert np.abs(_pixels(copy.data).astype(int) - code).mean() < 1


def test_nothing_of_the_file_goes_on_but_the_focal_length() -> None:
    exif = selfies.note(orientation=6, focal_length_35mm=26)
    exif[ExifTags.Base.Make] = "SECRETMAKER"
    exif[ExifTags.Base.ImageDescription] = "SECRET prompt"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (48.0, 8.0, 15.0)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.LensModel] = "phone back camera 4.2mm"
    data = save(scene(), "JPEG", exif=exif, comment=b"SECRET comment", icc_profile=DISPLAY_P3)
    assert b"SECRET" in data
    copy = plain_copy(data)
    assert copy.rear_camera
    assert b"SECRET" not in copy.data
    with Image.open(io.BytesIO(copy.data)) as image:
        found = image.getexif()
        assert dict(found) == {ExifTags.IFD.Exif: found[ExifTags.IFD.Exif]}
        assert dict(found.get_ifd(ExifTags.IFD.Exif)) == {ExifTags.Base.FocalLengthIn35mmFilm: 26}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "exif"}
    again = plain_copy(save(scene(), "PNG"))
    assert not again.rear_camera
    with Image.open(io.BytesIO(again.data)) as image:
        assert not dict(image.getexif())


@pytest.mark.parametrize("kind", ["CMYK", "16 bit", "animated", "transparent", "HEIC", "wide gamut"])
def test_what_is_unusual_is_normalized(kind: str) -> None:
    code = scene()
    image = Image.fromarray(code)
    blue = Image.new("RGB", image.size, "blue")
    deep = np.asarray(code.astype(np.uint16) * 257, np.uint16)
    files = {
        "CMYK": lambda: save(image.convert("CMYK"), "JPEG"),
        "16 bit": lambda: png(deep),
        "animated": lambda: save(image, "PNG", save_all=True, append_images=[blue], duration=90),
        "transparent": lambda: save(image.convert("RGBA"), "PNG"),
        "HEIC": lambda: deep_heic(deep),
        "wide gamut": lambda: save(image, "JPEG", icc_profile=DISPLAY_P3),
    }
    seen = _lab(_pixels(confined.copy(files[kind]()).data))
    far = float(lab.difference(seen, _lab(code)).mean())
    assert (far > 2) == (kind == "wide gamut")  # the same numbers mean other colors there


def _pixels(data: bytes) -> Code:
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "JPEG"
        return np.asarray(image.convert("RGB"))


def _lab(code: Code) -> Float:
    return np.asarray(lab.from_linear(srgb.decode(code[4::9, 4::9].astype(np.float32) / 255)), np.float32)
