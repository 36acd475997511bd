"""What a lens makes of what is out of focus: its aperture's disc, in linear light.

A point behind the plane of focus becomes a picture of the aperture. Surfaces are
convolved with that disc; bright points are drawn as discs one by one, because
toward the corners the barrel cuts them into cat's eyes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import cv2
import numpy as np

from render.pipeline.contract import SHORT_SIDE_MM, Float
from render.pipeline.recipe import Lens

Distance = TypeVar("Distance", float, Float)

BLADES = 9
ROUND_TO = 2.0
"""Aperture up to which the opening is a circle; further down the blades show."""


def disc_diameter(lens: Lens, subject_distance_m: float, point_distance_m: Distance) -> Distance:
    """Diameter of the blur disc of a point before or behind the plane of focus, over the short side.

    Parameters
    ----------
    lens : Lens
        Its focal length and aperture.
    subject_distance_m : float
        Camera to the plane of focus, meters.
    point_distance_m : float or array of any shape
        Camera to the point, meters.

    Returns
    -------
    float or array
        Fraction of the short side, which is 24 mm of sensor (``contract.SHORT_SIDE_MM``).

    Notes
    -----
    Thin lens: c = A m |D - s| / D with A = f / N and m = f / (s - f); S. F. Ray,
    Applied Photographic Optics, 3rd ed. 2002, ch. 22. An 85 mm lens at f/1.8, 1.5 m and
    3 m gives 1.42 mm: 363 px where 6144 px are 24 mm, 303 px where 7680 px are 36 mm.
    """
    focal = lens.focal_length_mm / 1000
    magnification = focal / (subject_distance_m - focal)
    defocus = abs(point_distance_m - subject_distance_m) / point_distance_m
    return focal / lens.aperture * magnification * defocus * 1000 / SHORT_SIDE_MM


def roundness(aperture: float) -> float:
    """1 for a circular opening, falling toward 0.35 as curved blades close it."""
    return float(np.clip(1 - 0.65 * np.log2(max(aperture, ROUND_TO) / ROUND_TO) / 3, 0.35, 1))


def opening(x: Float, y: Float, round_: float) -> Float:
    """Distance from the opening's center over its radius in that direction: 1 on the rim.

    ``x`` and ``y`` are in radii, any shape; ``round_`` mixes polygon and circle.
    """
    radius = np.hypot(x, y)
    if round_ >= 1:
        return radius.astype(np.float32)
    sector = 2 * np.pi / BLADES
    bearing = np.mod(np.arctan2(y, x) + 0.3, sector) - sector / 2
    rim = round_ + (1 - round_) * np.cos(sector / 2) / np.cos(bearing)
    return np.asarray(radius / rim, np.float32)


@lru_cache(maxsize=32)
def _kernel(diameter_px: float, round_: float, apodization: float) -> Float:
    """The aperture's picture as a kernel of sum 1, edges antialiased by 8 x 8 samples."""
    half = int(np.ceil(diameter_px / 2))
    fine = 8
    axis = (np.arange((2 * half + 1) * fine, dtype=np.float32) + 0.5) / fine - half - 0.5
    axis *= 2 / diameter_px
    rim = opening(axis[None, :], axis[:, None], round_)
    light = np.where(rim <= 1, (1 + 0.12 * rim**4) * passed(rim, apodization), 0)
    size = 2 * half + 1
    kernel = light.reshape(size, fine, size, fine).mean(axis=(1, 3))
    return np.asarray(kernel / kernel.sum(), np.float32)


def passed(rim: Float, apodization: float) -> Float:
    """Share of the light that a filter lets through at ``rim``, 0 in the center and 1 at the opening's edge.

    It is a Gaussian, ``apodization`` stops darker at the edge: a point out of focus has no rim then, and no
    disc is seen. A little light gathers at the rim of a lens without one (``_kernel``).
    """
    return np.asarray(np.exp2(-np.float32(apodization) * rim**2), np.float32)


def blur(image: Float, diameter_px: float, aperture: float, apodization: float = 0.0) -> Float:
    """Convolve ``image`` (H, W) or (H, W, C) with the aperture's disc; brightness is kept."""
    if diameter_px < 1.2:
        return image
    kernel = _kernel(round(diameter_px, 2), round(roundness(aperture), 3), apodization)
    blurred = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    return np.maximum(blurred, 0)  # the convolution runs through a Fourier transform


def disc_patch(
    offset: tuple[float, float],
    radius_px: float,
    field: tuple[float, float],
    round_: float,
    vignetting: float,
    apodization: float = 0.0,
) -> Float:
    """One highlight's disc, mean brightness 1 over the full disc.

    Parameters
    ----------
    offset : tuple of float
        The disc's center within its square patch, pixels.
    radius_px : float
        Its radius.
    field : tuple of float
        Where in the picture it lies: x, y from the axis, 1 at the corner.
    round_ : float
        From `roundness`.
    vignetting : float
        0 none; 1 the barrel's rim reaches the axis ray of the corner (cat's eye).
    apodization : float
        Stops that a filter takes from the rim (`passed`); the light of the whole disc stays.

    Returns
    -------
    Float
        Square patch, side ``2 ceil(radius) + 3``.
    """
    side = 2 * int(np.ceil(radius_px)) + 3
    x = (np.arange(side, dtype=np.float32)[None, :] + 0.5 - offset[0]) / radius_px
    y = (np.arange(side, dtype=np.float32)[:, None] + 0.5 - offset[1]) / radius_px
    soft = min(radius_px / 1.5, 9.0)  # the rim is as soft as the pixels it is drawn on, and never a vector's
    rim = opening(x, y, round_)
    disc = np.clip((1 - rim) * soft + 0.5, 0, 1) * (0.93 + 0.2 * np.minimum(rim, 1) ** 5)
    if apodization > 0:
        whole, disc = disc.sum(), disc * passed(rim, apodization)
        disc *= whole / disc.sum()
    if vignetting > 0:
        # The front rim, seen from off axis, slides over the pupil toward the axis.
        slide_x, slide_y = field[0] * vignetting, field[1] * vignetting
        barrel = np.hypot(x + slide_x, y + slide_y) / 1.08
        disc = disc * np.clip((1 - barrel) * soft + 0.5, 0, 1)
    return np.asarray(disc, np.float32)
