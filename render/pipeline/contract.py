"""What the stages hand on: shape, range, encoding and axes, in one place.

Pixels
    float32, scene-linear, sRGB primaries, D65 white, 1.0 = display white, unless a
    name says ``encoded`` (sRGB transfer, 0..1) or ``code`` (uint8).
Positions
    ``(x, y)`` in pixels, x to the right, y down; the picture covers
    ``[0, width] x [0, height]`` and the first pixel's center is ``(0.5, 0.5)``.
    So a change of resolution is a multiplication and nothing else.
Directions
    ``(x, y, z)`` with x to the camera's right, y up, z toward the camera.
    A face that looks into the lens has the normal ``(0, 0, 1)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float: TypeAlias = NDArray[np.float32]
Double: TypeAlias = NDArray[np.float64]
Code: TypeAlias = NDArray[np.uint8]

ENGINE = "relight"
ENGINE_VERSION = "8"

SHORT_SIDE_MM = 24.0
"""The picture's short side on the full-frame sensor that all lengths refer to."""

FULL_FRAME_DIAGONAL_MM = hypot(36.0, SHORT_SIDE_MM)
"""What EXIF's 35 mm equivalents compare (CIPA DCG-001): all that the sensor saw, whatever its aspect."""


@dataclass(frozen=True)
class Capture:
    """Facts about the file a photograph came from."""

    format: str
    width: int
    height: int
    bits: int = 8
    profile: str = "sRGB"
    orientation: int = 1
    focal_length_35mm: float | None = None
    camera: str | None = None

    @property
    def focal_px(self) -> float | None:
        """The focal length in pixels of the photograph; None where the file does not tell it."""
        if self.focal_length_35mm is None:
            return None
        return self.focal_length_35mm / FULL_FRAME_DIAGONAL_MM * hypot(self.width, self.height)


@dataclass(frozen=True)
class Photograph:
    """A decoded picture: ``pixels`` is (H, W, 3), linear, upright."""

    pixels: Float
    capture: Capture

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True)
class Landmarks:
    """478 points of one face, averaged over many crops, measured twice.

    ``first`` and ``second`` are (478, 3) float64 means of two independent sets of
    crops: x, y in pixels of the photograph, z in the same unit, growing *away* from
    the camera as the detector gives it. ``noise`` is the repeatability of the two,
    as a fraction of the inter-pupil distance.
    """

    first: Double
    second: Double
    noise: float

    @property
    def points(self) -> Double:
        """The best estimate: the mean of both measurements, (478, 3)."""
        return (self.first + self.second) / 2

    @property
    def ipd(self) -> float:
        """Inter-pupil distance in pixels, measured in three dimensions."""
        return float(np.linalg.norm(self.points[LEFT_PUPIL] - self.points[RIGHT_PUPIL]))


# Iris centers in MediaPipe's numbering; left and right are the sitter's own.
RIGHT_PUPIL = 468
LEFT_PUPIL = 473


@dataclass(frozen=True)
class Pose:
    """Head rotation in degrees. Yaw > 0: the nose points to the camera's right."""

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True)
class Quality:
    """What the analysis found out about the photograph, over the face."""

    sharpness_sigma: float  # blur of the strongest edges, pixels of the photograph
    noise_sigma: float  # encoded units, 0..1
    median_luminance: float  # linear, over the skin
    clipped_fraction: float  # of the skin with a channel at its maximum
    dark_fraction: float  # of the skin below 2 % luminance


@dataclass(frozen=True)
class SkinTone:
    """Median skin color of the lit side. ITA is the individual typology angle, degrees."""

    lab: tuple[float, float, float]
    ita: float
    group: str


@dataclass(frozen=True)
class WhiteBalance:
    """The lamp that was found in a photograph, and how much of it was taken out.

    Attributes
    ----------
    kelvin, duv : float
        Correlated color temperature, and the distance from daylight and black bodies (CIE 1960), green > 0.
    strength : float
        0..1.
    ratios : (float, float)
        Natural logs of red over green and of blue over green that a white sheet had, linear sRGB.
    """

    kelvin: float
    duv: float
    strength: float
    ratios: tuple[float, float]


@dataclass(frozen=True)
class Identity:
    """Everything needed to render this person again with no new upload.

    Arrays share the grid of ``pixels`` (H, W): ``matte`` is the person's coverage 0..1,
    ``pixels`` the person's own color with the old background taken out of the edges. The
    ``location`` (h, w, 3) is what was behind the person, out of focus, over the same rectangle on
    a coarser grid (``render.pipeline.location``). The ``residual`` (H, W, 3), in stops, is what
    the photograph shows at the outline beyond these three (``faces.residual``). The grid is the
    photograph reduced by ``reduction``, cut to what a frame can show and widened by ``beside``
    columns on both sides (``faces.shoulders``); ``axis`` is where the photograph's center lies on
    it. The landmarks are on it too.
    """

    pixels: Float
    matte: Float
    location: Float
    capture: Capture
    landmarks: Landmarks
    pose: Pose
    quality: Quality
    skin: SkinTone
    mirrored: bool
    versions: dict[str, str]
    reduction: float = 1.0
    axis: tuple[float, float] | None = None  # None: the grid's own center
    beside: int = 0
    push: float = 1.0  # exposure factor that ``pixels`` carry against the photograph
    white: WhiteBalance | None = None  # what was taken out of their color; None: nothing
    residual: Float | None = None  # None of an identity that was stored before it was kept
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Canvas:
    """A format: its name, the proof's size in pixels, and the enlargement to full size."""

    aspect: str
    width: int
    height: int
    enlargement: int

    @property
    def short_side(self) -> int:
        return min(self.width, self.height)


CANVASES: dict[str, Canvas] = {
    "4:5": Canvas("4:5", 1024, 1280, 6),
    "1:1": Canvas("1:1", 1280, 1280, 6),
    "16:9": Canvas("16:9", 1280, 720, 6),
    "3:2": Canvas("3:2", 1536, 1024, 5),
}


@dataclass(frozen=True)
class Window:
    """Rows ``top`` to ``bottom`` of a canvas rendered ``scale`` times the proof's size."""

    canvas: Canvas
    scale: int
    top: int
    bottom: int

    @property
    def width(self) -> int:
        return self.canvas.width * self.scale

    @property
    def shape(self) -> tuple[int, int]:
        return self.bottom - self.top, self.width

    @classmethod
    def whole(cls, canvas: Canvas, scale: int = 1) -> Window:
        return cls(canvas, scale, 0, canvas.height * scale)
