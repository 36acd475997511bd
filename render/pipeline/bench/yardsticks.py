"""The least that the same pictures cost: libvips, in the same run."""

from __future__ import annotations

from typing import Any

from render.pipeline.contract import Code

from .cost import RUNS_OF_A_RATIO, Cost, measure

BLUR_PX = 4.0
LENS_PX = 2.2
"""The widest Gaussian that the lens's own fit has."""


def enlarged_jpeg(approved: Code, enlargement: int) -> Cost | None:
    """Bicubic enlargement of ``approved`` (h, w, 3), a Gaussian blur, a JPEG; None without libvips."""
    return _cost(
        "libvips: enlarge, blur, JPEG",
        approved,
        lambda small: small.resize(enlargement, kernel="cubic").gaussblur(BLUR_PX),
    )


def blurred_jpeg(large: Code, *, linear: bool = False) -> Cost | None:
    """A Gaussian blur of ``large`` (H, W, 3) and a JPEG; None without libvips.

    In 8-bit integers on encoded values, or where a lens must act: in ``linear`` light and floats.
    """
    if not linear:
        return _cost("libvips: blur, JPEG", large, lambda picture: picture.gaussblur(LENS_PX))
    return _cost(
        "libvips: blur in linear light, JPEG",
        large,
        lambda picture: (
            picture.colourspace("scrgb").gaussblur(LENS_PX, precision="float").colourspace("srgb")
        ),
    )


def _cost(name: str, picture: Code, change: Any) -> Cost | None:
    try:
        import pyvips
    except (ImportError, OSError):
        return None

    def work() -> bytes:
        height, width = picture.shape[:2]
        given = pyvips.Image.new_from_memory(picture.data, width, height, 3, "uchar")
        return bytes(change(given).jpegsave_buffer(Q=95, subsample_mode="off"))

    return measure(name, work, RUNS_OF_A_RATIO)[0]
