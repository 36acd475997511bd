"""The demonstration sitter: the one face that the site may show before any customer has come."""

import hashlib
import io
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps

DEFAULT = "astronaut"
DEFAULT_CAPTION = (
    "Demonstration sitter: Eileen Collins, a NASA photograph from the scikit-image package, "
    "as it is and not rendered by us. Neither NASA nor the sitter endorses this site."
)
DEFAULT_CAPTION_RENDERED = (
    "Demonstration sitter: Eileen Collins, a NASA photograph from the scikit-image package, rendered by us. "
    "It has 43 pixels between the eyes: it shows light and composition, and proves nothing about detail or "
    "likeness. Neither NASA nor the sitter endorses this site."
)
DEFAULT_ALTERNATIVE = (
    "An astronaut in an orange pressure suit, smiling, in front of a flag and a model of the Space Shuttle."
)
LONG_EDGE = 1600  # px of the copy that pages show


def picture() -> Path:
    """Return where the sitter's picture lies once it is placed."""
    return Path(settings.DATA_DIR) / "demo" / "sitter.png"


def caption() -> str:
    if settings.DEMO_SITTER_CAPTION:
        return str(settings.DEMO_SITTER_CAPTION)
    return DEFAULT_CAPTION if is_default() else ""


def caption_rendered() -> str:
    """Return what stands once on every page that shows our renders of the sitter."""
    if settings.DEMO_SITTER_CAPTION:
        return str(settings.DEMO_SITTER_CAPTION)
    return DEFAULT_CAPTION_RENDERED if is_default() else ""


def alternative() -> str:
    """Return the text that stands for the picture."""
    return DEFAULT_ALTERNATIVE if is_default() else "The demonstration sitter."


def is_default() -> bool:
    return str(settings.DEMO_SITTER) == DEFAULT


def place() -> Path:
    """Write the sitter of the setting DEMO_SITTER as a PNG that pages can show.

    Raises OSError for a bad picture.
    """
    image = _default() if is_default() else _own(Path(settings.DEMO_SITTER))
    target = picture()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".tmp")
    image.save(draft, format="PNG")
    draft.replace(target)
    _digest_file().write_text(hashlib.sha256(photograph()).hexdigest())
    return target


def photograph() -> bytes:
    """Return the photograph that portraits of the sitter are rendered from, with every pixel it has."""
    if not is_default():
        return Path(settings.DEMO_SITTER).read_bytes()
    written = io.BytesIO()
    _default().save(written, format="PNG")
    return written.getvalue()


def digest() -> str:
    """Return the SHA-256 of that photograph as it was when it was placed; empty while it is not."""
    try:
        return _digest_file().read_text()
    except FileNotFoundError:
        return ""


def _digest_file() -> Path:
    return picture().with_suffix(".sha256")


def _default() -> Image.Image:
    from skimage import data

    return Image.fromarray(data.astronaut())


def _own(path: Path) -> Image.Image:
    with Image.open(path, formats=["JPEG", "PNG", "WEBP"]) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    image.thumbnail((LONG_EDGE, LONG_EDGE))
    return image


def size() -> tuple[int, int] | None:
    """Return the placed picture's width and height in px; None while there is none."""
    try:
        with Image.open(picture(), formats=["PNG"]) as image:
            return image.size
    except OSError:
        return None
