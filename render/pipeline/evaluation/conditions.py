"""Conditions of phones: what near cameras, lamps, rooms and messengers make of a good portrait.

Each is a pure function of a good portrait, so that the truth is known; seeds are fixed. Pictures are
(H, W, 3) uint8, sRGB, a matte is the person's coverage (H, W) on the same grid. Light is changed in linear
light. What moves the face returns where it now lies.
"""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import cv2
import numpy as np
from PIL import ExifTags, Image
from scipy.interpolate import RBFInterpolator
from skimage import data

from render.pipeline import errors
from render.pipeline.contract import FULL_FRAME_DIAGONAL_MM, Code, Double, Float, Landmarks
from render.pipeline.faces import topology

from .disguises import mask
from .light_conditions import (
    backlit,
    cast,
    exposed,
    extent,
    gains,
    in_linear_light,
    sensor,
    sun_patch,
    tube_light,
    window_light,
)
from .surroundings import busy_room, white_wall, with_bystander, with_hand


@dataclass(frozen=True)
class Spoiled:
    """The new picture, and where the face now lies on it."""

    code: Code
    face: Landmarks


# Perspective

PUPILS_M = 0.063
PORTRAIT_M = 2.0
"""From where the good portrait was taken: about there a face stops changing."""

BACK_M = 0.09
"""Hair, ears and neck have no landmarks: they fall back behind the eyes to here."""


def camera_distance_m(shape: tuple[int, ...], ipd: float, focal_length_35mm: float) -> float:
    """From where a phone photographs a face this large: wide lenses have to be near.

    A 35 mm equivalent compares diagonals (CIPA DCG-001), so the picture must be all that the sensor saw.
    """
    focal_px = focal_length_35mm / FULL_FRAME_DIAGONAL_MM * np.hypot(shape[0], shape[1])
    return float(focal_px * PUPILS_M / ipd)


def from_near(points: Double, eyes_z: float, ipd: float, shape: tuple[int, ...], distance_m: float) -> Double:
    """Points (N, 3) as a camera at ``distance_m`` projects them; the plane of the eyes keeps its size.

    What is z behind the eyes is drawn d / (d + z) as large, and D / (D + z) in the portrait. Both lenses
    look through the picture's center. From beyond the portrait's own distance nothing changes.
    """
    near, far = min(distance_m, PORTRAIT_M), PORTRAIT_M
    z = (points[:, 2] - eyes_z) / ipd * PUPILS_M
    grow = near / (near + z) * (far + z) / far
    axis = np.array([shape[1], shape[0]]) / 2
    return np.column_stack([axis + (points[:, :2] - axis) * grow[:, None], points[:, 2]])


def wide_angle(code: Code, face: Landmarks, focal_length_35mm: float) -> Spoiled:
    """The face as a phone of that focal length records it at this size: a large nose, small ears.

    The face is projected exactly, hair and neck by a guessed depth. A near camera would show more of the
    room than was photographed; here the frame stays, and the room stretches between it and the sitter.
    """
    distance = camera_distance_m(code.shape, face.ipd, focal_length_35mm)
    eyes_z = float(face.points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], 2].mean())
    project = partial(from_near, eyes_z=eyes_z, ipd=face.ipd, shape=code.shape, distance_m=distance)
    around, holds = _around(code, face, eyes_z)
    start = np.concatenate([face.points, around])
    move = project(start)[:, :2] - start[:, :2]
    move[len(face.points) :] *= holds
    end = (start[:, :2] + move) / face.ipd
    back = RBFInterpolator(end, -move, kernel="thin_plate_spline", smoothing=1e-3)
    height, width = code.shape[:2]
    columns, rows = (int(np.ceil(side / (0.05 * face.ipd))) for side in (width, height))
    x, y = np.meshgrid((np.arange(columns) + 0.5) / columns * width, (np.arange(rows) + 0.5) / rows * height)
    coarse = back(np.column_stack([x.ravel(), y.ravel()]) / face.ipd).reshape(rows, columns, 2)
    shift = cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    at = x + shift[..., 0], y + shift[..., 1]
    seen = cv2.remap(code, *at, cv2.INTER_CUBIC, None, cv2.BORDER_REPLICATE)
    return Spoiled(np.asarray(seen, np.uint8), _moved(face, project))


def _around(code: Code, face: Landmarks, eyes_z: float) -> tuple[Double, Double]:
    """Points (N, 3) outside the face, and how far each moves as it should (N, 1): 0 at the frame."""
    low, high = extent(face)
    size = np.array(code.shape[1::-1], np.float64)
    x, y = (np.linspace(0, side, int(side / (0.25 * face.ipd)) + 2) for side in size)
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    radius = np.hypot(*((places - (low + high) / 2) / (high - low) * 2).T)
    places, radius = places[radius > 1.15], radius[radius > 1.15]
    oval = face.points[topology.FACE_OVAL]
    rim = oval[np.linalg.norm(places[:, None] - oval[:, :2], axis=2).argmin(axis=1), 2]
    back = np.clip((radius - 1) / 0.9, 0, 1) * (eyes_z + BACK_M / PUPILS_M * face.ipd - rim)
    room = np.column_stack([places / [0.75, 0.3], (size - places) / 0.75]) / face.ipd  # above is only wall
    return np.column_stack([places, rim + back]), np.clip(room.min(axis=1, keepdims=True), 0, 1)


def file(code: Code, focal_length_35mm: int | None, quality: int = 92) -> bytes:
    """A JPEG with the EXIF of a phone."""
    exif = Image.Exif()
    if focal_length_35mm is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLengthIn35mmFilm] = focal_length_35mm
    stored = io.BytesIO()
    Image.fromarray(code).save(stored, "JPEG", exif=exif.tobytes(), quality=quality)
    return stored.getvalue()


# What phones do to pixels


def night(code: Code) -> Code:
    """A dim warm room: noise, then the phone's smear that takes pores with it, then its bright outlines."""
    warm = (0.4 * gains(4000)).astype(np.float32)
    noise = in_linear_light(code, lambda light: sensor(light * warm, 500))
    calm = cv2.fastNlMeansDenoisingColored(noise, None, 15, 25, 5, 15)
    flat = cv2.bilateralFilter(calm, 7, 25, 3).astype(np.float32)
    sharp = flat + 0.9 * (flat - cv2.GaussianBlur(flat, (0, 0), 1.6))
    return np.asarray(np.clip(np.rint(sharp), 0, 255), np.uint8)


def jpeg_again(code: Code, quality: int) -> Code:
    """The picture after a messenger has saved it."""
    file = io.BytesIO()
    Image.fromarray(code).save(file, "JPEG", quality=quality)
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


def messenger(code: Code, face: Landmarks, side: int = 720, quality: int = 60) -> Spoiled:
    """Sent on twice: reduced to ``side`` pixels, never enlarged, and saved as JPEG each time."""
    scale = min(1.0, side / max(code.shape[:2]))
    size = round(code.shape[1] * scale), round(code.shape[0] * scale)
    small = np.asarray(cv2.resize(code, size, interpolation=cv2.INTER_AREA), np.uint8)
    sent = jpeg_again(jpeg_again(small, quality), quality)
    return Spoiled(sent, _moved(face, lambda points: points * scale))


# The frame


def cut_shoulders(code: Code, face: Landmarks) -> Spoiled:
    """The head whole, the shoulders cut on both sides."""
    (left, top), (right, bottom) = extent(face)
    side, above, below = 0.75 * face.ipd, 1.5 * face.ipd, 1.3 * face.ipd
    return _cut(code, face, left - side, top - above, right + side, bottom + below)


def cut_at_chin(code: Code, face: Landmarks) -> Spoiled:
    """The frame ends between lips and chin."""
    lip, chin = face.points[[topology.LOWER_LIP_MID, topology.CHIN], 1]
    return _cut(code, face, 0, 0, code.shape[1], (lip + chin) / 2)


def cut_at_crown(code: Code, face: Landmarks) -> Spoiled:
    """The frame begins at the hairline: crown gone, brows kept."""
    brow = float(face.points[[*topology.RIGHT_BROW, *topology.LEFT_BROW], 1].min())
    top = float(face.points[topology.FOREHEAD, 1])
    return _cut(code, face, 0, top + 0.1 * (brow - top), code.shape[1], code.shape[0])


def _cut(code: Code, face: Landmarks, left: float, top: float, right: float, bottom: float) -> Spoiled:
    x0, y0 = max(0, round(left)), max(0, round(top))
    x1, y1 = min(code.shape[1], round(right)), min(code.shape[0], round(bottom))
    part = np.ascontiguousarray(code[y0:y1, x0:x1])
    return Spoiled(part, _moved(face, lambda points: points - [x0, y0, 0]))


def border(code: Code, face: Landmarks, share: float = 0.05) -> Spoiled:
    """A photographed print: white around it."""
    edge = round(share * max(code.shape[:2]))
    framed = cv2.copyMakeBorder(code, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(250, 250, 248))
    return Spoiled(np.asarray(framed, np.uint8), _moved(face, lambda points: points + [edge, edge, 0]))


def upside_down(code: Code, face: Landmarks) -> Spoiled:
    """Stored the wrong way round, with no EXIF that says so."""
    size = [code.shape[1], code.shape[0], 0]
    turned = np.ascontiguousarray(code[::-1, ::-1])
    return Spoiled(turned, _moved(face, lambda points: size + points * [-1, -1, 1]))


def _moved(face: Landmarks, change: Callable[[Double], Double]) -> Landmarks:
    return Landmarks(change(face.first), change(face.second), face.noise)


# All of them


@dataclass(frozen=True)
class Condition:
    """How it is made, and what is right: a portrait ("taken"), or "refused" by ``refusal``.

    ``function`` is given what it names of ``code``, ``face`` and ``matte``. ``refusal`` is None too where
    the engine has no class yet for what should be refused. A refusal named in ``may`` is right, too.
    """

    function: Callable[..., Code | Spoiled]
    answer: Literal["taken", "refused"] = "taken"
    refusal: type[errors.Refused] | None = None
    focal_length_35mm: int | None = None
    may: tuple[type[errors.Refused], ...] = ()

    def make(self, code: Code, face: Landmarks, matte: Float) -> Spoiled:
        given = {"code": code, "face": face, "matte": matte}
        asked = inspect.signature(self.function).parameters.keys() & given.keys()
        result = self.function(**{name: given[name] for name in asked})
        return result if isinstance(result, Spoiled) else Spoiled(result, face)

    def stored(self, made: Spoiled) -> bytes:
        """What `make` made, as the phone stores it."""
        return file(made.code, self.focal_length_35mm)


def _with_a_stranger(code: Code, face: Landmarks, matte: Float) -> Code:
    mirrored = np.ascontiguousarray(np.asarray(data.astronaut(), np.uint8)[:, ::-1])
    return with_bystander(code, face, matte, mirrored)


def _in_sun(code: Code, face: Landmarks) -> Code:
    return sun_patch(exposed(code, 2**-1.5), face)


DARK = (errors.Backlit, errors.TooDark)

CONDITIONS: dict[str, Condition] = {
    **{
        f"wide angle, {mm} mm": Condition(partial(wide_angle, focal_length_35mm=mm), focal_length_35mm=mm)
        for mm in (21, 24, 28, 32)
    },
    **{f"backlit by {stops}": Condition(partial(backlit, stops=stops), may=DARK) for stops in (1, 2, 3)},
    **{f"cast, {kelvin} K": Condition(partial(cast, kelvin=kelvin)) for kelvin in (2700, 4000, 9000)},
    "tube light": Condition(tube_light),
    "window on the left": Condition(partial(window_light, side="left")),
    "window on the right": Condition(partial(window_light, side="right")),
    "sun patch": Condition(_in_sun, "refused", errors.SunPatch),
    "night": Condition(night),
    "messenger": Condition(messenger),
    "cut shoulders": Condition(cut_shoulders),
    "cut at the chin": Condition(cut_at_chin, "refused", errors.CutOff),
    "cut at the crown": Condition(cut_at_crown),
    "bystander": Condition(_with_a_stranger),
    "busy room": Condition(busy_room),
    "white wall": Condition(white_wall),
    "border": Condition(border, "refused", errors.Framed),
    "upside down": Condition(upside_down, "refused", errors.NotUpright),
    "lower mask": Condition(mask, "refused", errors.MouthCovered),
    "hand at the cheek": Condition(with_hand, "refused", errors.Covered),
}
"""Every condition of a phone by name."""
