"""What readers get: pictures that are alike in all but their pixels, contact sheets, and one page."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from render.pipeline.color.srgb_profile import srgb_profile
from render.pipeline.contact_sheet import GAP, INK, PAPER, contact_sheet
from render.pipeline.contract import Code
from render.pipeline.errors import Refused, UnreadableFile

from .pairs_html import HTML

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
LONGEST = 960  # px: what a page shows of a picture; nobody is asked about what only 100 % shows
SHORTEST = 256  # px: less is no picture to judge
MOST_CROPPED = 0.5  # of a picture's width, to bring it to the shape of the picture beside it
ON_A_SHEET = 12  # pictures, so six pairs
BOARDS_ON_A_SHEET = 4  # pictures, so two portraits with their boards
PORTRAIT = 640  # px: width of a portrait beside its board, so that a sheet is 1,600 wide
ABOVE, BELOW = 34, 20  # px, with its key above it, and nothing below
COLUMNS = 4
STRIP = 54  # px: the question above a sheet
LONG_AGO = 946_684_800  # 2000-01-01: when every file was written, as far as a reader can see

Refs = tuple[str, ...]


class NotAlike(ValueError):
    """Pictures that cannot be shown beside each other; says which and why in one sentence."""


def pictures_in(folder: Path) -> dict[str, str]:
    """The pictures of a folder: {name without its suffix: file name}.

    Raises
    ------
    Refused
        When there is none, or a name stands there with two suffixes.
    """
    names = [path for path in sorted(folder.glob("*")) if path.suffix.lower() in SUFFIXES]
    if not names:
        raise Refused(f"There is no picture in {folder}.", "Give a folder of PNG, JPEG or WebP files.")
    found = {path.stem: path.name for path in names}
    if len(found) < len(names):
        raise Refused(f"{folder} holds one name twice.", "Keep one file of each name.")
    return found


def read(path: Path) -> bytes:
    """The bytes of a file.

    Raises
    ------
    UnreadableFile
        When there are none to be had.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read.", "Give the path of a picture.") from error


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; raises as `read`."""
    return hashlib.sha256(read(path)).hexdigest()


def upright(path: Path) -> Image.Image:
    """The picture in ``path``, RGB in sRGB, turned as its EXIF says.

    Raises
    ------
    UnreadableFile
        When it cannot be read or is no picture.
    """
    try:
        with Image.open(path) as file:
            picture: Image.Image = ImageOps.exif_transpose(file)
            profile = picture.info.get("icc_profile")
            picture = picture.convert("RGB")
        if profile and profile != srgb_profile():
            own, ours = (ImageCms.ImageCmsProfile(io.BytesIO(data)) for data in (profile, srgb_profile()))
            if own.profile.xcolor_space.strip() == "RGB":
                ImageCms.profileToProfile(picture, own, ours, inPlace=True)
        return picture
    except (OSError, UnidentifiedImageError, ImageCms.PyCMSError) as error:
        raise UnreadableFile(
            f"{path} cannot be read as a picture.", "Give PNG, JPEG or WebP files."
        ) from error


def common_size(sizes: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """Width and height that all pictures can be brought to by cropping their sides and reducing them.

    Parameters
    ----------
    sizes : {name: (width, height)}, px

    Raises
    ------
    NotAlike
        When a picture would lose more than half of its width, or is too small.
    """
    shape = min(width / height for width, height in sizes.values())
    for name, (width, height) in sizes.items():
        if 1 - shape * height / width > MOST_CROPPED:
            raise NotAlike(f"{name} is of quite another shape than the pictures beside it")
        if min(width, height) < SHORTEST:
            raise NotAlike(f"{name} is smaller than {SHORTEST} pixels")
    height = min(height for _, height in sizes.values())
    scale = min(1.0, LONGEST / max(height, shape * height))
    return max(1, round(shape * height * scale)), max(1, round(height * scale))


def alike(picture: Image.Image, size: tuple[int, int]) -> Code:
    """``picture`` at ``size`` (width, height) px, its sides cropped alike: (height, width, 3) uint8."""
    wide = min(picture.width, picture.height * size[0] / size[1])
    left = (picture.width - wide) / 2
    box = (left, 0, left + wide, picture.height)
    if picture.size == size:
        return np.asarray(picture)
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=None))


def plain_png(code: Code) -> bytes:
    """A PNG of ``code`` (H, W, 3) uint8 with nothing in it but pixels.

    It is stored without compression: a smooth backdrop would else make a smaller file than the wall
    behind a selfie, and the size would say which is which.
    """
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(code)).save(file, "PNG", compress_level=0)
    return file.getvalue()


@dataclass(frozen=True)
class Asked:
    """One question as it is shown: its pictures from left to right, and beside a single one the ``board``
    (h, w, 3) uint8 of what it is chosen from."""

    key: str
    paths: tuple[Path, ...]
    board: Code | None = None

    @property
    def files(self) -> Refs:
        """The names of what is shown."""
        if self.board is not None:
            return f"{self.key}-portrait.png", f"{self.key}-choices.png"
        return (
            (f"{self.key}.png",)
            if len(self.paths) == 1
            else (f"{self.key}-left.png", f"{self.key}-right.png")
        )


def write_page(
    out: Path,
    questions: Sequence[Asked],
    question: str,
    answers: tuple[str, ...],
    size: tuple[int, int] | None,
) -> str:
    """Write all that readers get into the new folder ``out``.

    Parameters
    ----------
    out : Path
        Created here.
    questions : sequence of Asked
    question : str
        The one that is asked of all of them.
    answers : tuple of str
        What can be answered.
    size : (width, height) or None
        In px, of every picture; None: each pair has its own.

    Returns
    -------
    str
        The page's name: a digest of all its pictures in their order.

    Raises
    ------
    NotAlike
        As `common_size`.
    UnreadableFile
        As `upright`.
    OSError
        When the folder cannot be written.
    """
    out.mkdir(parents=True)
    seen = hashlib.sha256()
    sheet: list[tuple[str, Code]] = []
    sheets = 0
    for number, asked in enumerate(questions, 1):
        for name, code in zip(asked.files, _shown(asked, size), strict=True):
            data = plain_png(code)
            seen.update(data)
            (out / name).write_bytes(data)
            sheet.append((name.removesuffix(".png").replace("-", " "), code))
        most = ON_A_SHEET if asked.board is None else BOARDS_ON_A_SHEET
        if len(sheet) == most or number == len(questions):
            sheets += 1
            if asked.board is None:
                laid = contact_sheet(sheet, min(COLUMNS, len(sheet)))
            else:
                laid = _beside_boards(sheet)
            (out / f"sheet-{sheets:02}.png").write_bytes(_sheet(laid, f"{question}  {' / '.join(answers)}"))
            sheet = []
    page = seen.hexdigest()[:12]
    keys = [{"key": asked.key, "files": asked.files} for asked in questions]
    told = {"page": page, "question": question, "answers": answers, "questions": keys}
    (out / "index.html").write_text(_html(told), "utf-8")
    for path in (*out.iterdir(), out):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return page


def _shown(asked: Asked, size: tuple[int, int] | None) -> list[Code]:
    """The pictures of a question, of one size, and its board."""
    pictures = [upright(path) for path in asked.paths]
    sizes = {str(path): one.size for path, one in zip(asked.paths, pictures, strict=True)}
    if asked.board is not None:
        # The board leaves room for no more than a square, and what matters is in its middle.
        sizes["a square"] = (pictures[0].height, pictures[0].height)
    here = size or common_size(sizes)
    codes = [alike(picture, here) for picture in pictures]
    return codes if asked.board is None else [*codes, asked.board]


def _beside_boards(pictures: list[tuple[str, Code]]) -> Code:
    """Portraits, each beside its board, below each other: (h, w, 3) uint8."""
    boards = pictures[1::2]
    height, width = boards[0][1].shape[:2]
    row = ABOVE + height + BELOW
    whole = Image.new("RGB", (PORTRAIT + width + 3 * GAP, len(boards) * row), PAPER)
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(size=24)
    for number, ((caption, code), (_, board)) in enumerate(zip(pictures[::2], boards, strict=True)):
        portrait = Image.fromarray(code)
        portrait.thumbnail((PORTRAIT, height), Image.Resampling.LANCZOS)
        draw.text((GAP, number * row), caption.split()[0], fill=INK, font=font)
        top = number * row + ABOVE
        whole.paste(portrait, (GAP + PORTRAIT - portrait.width, top))
        whole.paste(Image.fromarray(board), (PORTRAIT + 2 * GAP, top))
    return np.asarray(whole)


def _sheet(laid: Code, headline: str) -> bytes:
    """Captioned pictures below the question, as a PNG without metadata."""
    below = Image.fromarray(laid)
    font = ImageFont.load_default(size=24)
    left, _, right, _ = font.getbbox(headline)
    whole = Image.new("RGB", (max(below.width, round(right - left) + 2 * GAP), below.height + STRIP), PAPER)
    whole.paste(below, (0, STRIP))
    ImageDraw.Draw(whole).text((GAP, GAP), headline, fill=INK, font=font)
    file = io.BytesIO()
    whole.save(file, "PNG", compress_level=6)
    return file.getvalue()


def _html(told: Mapping[str, object]) -> str:
    # "<" is written otherwise, so that no text can end the script.
    return HTML.replace("TOLD", json.dumps(told).replace("<", "\\u003c"))
