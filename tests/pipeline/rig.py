"""A sitter of known shape, seen by a camera of known place: no photograph and no detector's opinion.

The head's points are the astronaut's, taken as true; hair, neck and shoulders are simple
shapes. Everything else (depth, light, place) can be compared with what is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from render.pipeline.contract import (
    Capture,
    Double,
    Float,
    Identity,
    Landmarks,
    Pose,
    Quality,
    SkinTone,
)
from render.pipeline.faces import topology
from render.pipeline.light import relief
from render.pipeline.light.relief import Relief

from . import selfies

IPD_MM = 63.0
SKIN = (0.42, 0.27, 0.19)
FOCAL_35MM = 26
DIAGONAL = 43.2666  # mm of the film that a 35 mm focal length refers to (CIPA DCG-001)


@cache
def head() -> Double:
    """(478, 3) millimeters from the middle of the pupils: x right, y down, z away from the camera."""
    points = selfies.landmarks(selfies.ENLARGED).points
    points = points - points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL]].mean(axis=0)
    return points * (IPD_MM / np.linalg.norm(points[topology.LEFT_PUPIL] - points[topology.RIGHT_PUPIL]))


def crooked(points: Double, size: float = 2.5) -> Double:
    """The head with one brow, eye and mouth corner higher by ``size`` mm, so that left is not right."""
    tilt = np.tanh(points[:, 0] / 20) * np.exp(-((points[:, 1] - 20) ** 2) / (2 * 60.0**2))
    return points - np.column_stack([np.zeros(len(points)), size * tilt, 0.5 * size * tilt])


@dataclass(frozen=True)
class Camera:
    """A pinhole in front of the eyes: ``distance`` in mm, picture ``width`` x ``height`` px."""

    distance: float
    width: int = 768
    height: int = 1024
    eyes: tuple[float, float] = (0.5, 0.42)  # where it sees them, fractions of the picture
    focal_35mm: float = FOCAL_35MM

    @property
    def focal_px(self) -> float:
        return self.focal_35mm / DIAGONAL * float(np.hypot(self.width, self.height))

    def see(self, points: Double) -> Double:
        """(k, 3): x, y in pixels, and depth in the scale that the eyes have."""
        scale = self.focal_px / self.distance
        center = np.array([self.width / 2, self.height / 2])
        eyes = np.array([self.width, self.height]) * self.eyes
        moved = points[:, :2] + (eyes - center) / scale
        flat = center + self.focal_px * moved / (self.distance + points[:, 2:])
        return np.column_stack([flat, points[:, 2] * scale])


def landmarks(points: Double, noise: float = 0.0) -> Landmarks:
    """Two measurements of ``points`` with ``noise`` (fraction of the pupils' distance) each."""
    draw = np.random.Generator(np.random.PCG64(11))
    ipd = float(np.linalg.norm(points[topology.LEFT_PUPIL] - points[topology.RIGHT_PUPIL]))
    first, second = (points + noise * ipd * draw.standard_normal(points.shape) for _ in range(2))
    return Landmarks(first, second, noise)


def sitter(
    points: Double, width: int, height: int, *, shoulders: float = 2.6, focal_35mm: float | None = None
) -> Identity:
    """Head, neck and shoulders around ``points`` (478, 3) px, in even light, of one skin.

    ``shoulders`` is their half width in inter-pupil distances; they reach the picture's lower edge.
    """
    found = landmarks(points)
    eyes = points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], :2].mean(axis=0)
    ipd = found.ipd
    matte = np.zeros((height, width), np.float32)

    def blob(x: float, y: float, a: float, b: float) -> None:
        center = (round(eyes[0] + x * ipd), round(eyes[1] + y * ipd))
        cv2.ellipse(matte, center, (round(a * ipd), round(b * ipd)), 0, 0, 360, 1.0, -1, cv2.LINE_AA)

    blob(0, 0.25, 1.25, 1.75)
    blob(0, 2.0, 0.75, 1.2)
    blob(0, 4.3, shoulders, 1.6)
    matte[round(min(eyes[1] + 4.3 * ipd, height)) :] = matte[round(min(eyes[1] + 4.3 * ipd, height - 1))]
    pixels = np.empty((height, width, 3), np.float32)
    pixels[:] = SKIN
    return Identity(
        pixels=pixels,
        matte=matte,
        location=np.full((32, 24, 3), 0.2, np.float32),
        capture=Capture("PNG", width, height, focal_length_35mm=focal_35mm),
        landmarks=found,
        pose=Pose(0, 0, 0),
        quality=Quality(0.5, 0.0, 0.3, 0.0, 0.0),
        skin=SkinTone((60.0, 15.0, 18.0), 30.0, "intermediate"),
        mirrored=False,
        versions={},
    )


@cache
def standard() -> tuple[Identity, Relief]:
    """A sitter in the middle of a roomy picture, and its relief."""
    camera = Camera(1500.0, 900, 1200)
    points = camera.see(head())
    middle = points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], :2].mean(axis=0)
    ipd = float(np.linalg.norm(points[topology.LEFT_PUPIL] - points[topology.RIGHT_PUPIL]))
    points = (points - [*middle, 0]) * (120 / ipd) + [450, 520, 0]
    person = sitter(points, 900, 1200)
    return person, relief.build(person)


def painted(relief_grid: Relief, log_light: Float, person: Identity) -> Float:
    """The sitter's own skin under ``log_light`` (h, w) on the relief's grid, as a picture (H, W, 3)."""
    size = person.matte.shape[::-1]
    light = cv2.resize(np.exp(log_light), size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(person.pixels * light[..., None], np.float32)
