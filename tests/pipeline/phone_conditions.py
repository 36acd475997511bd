"""Conditions of phones: what near cameras, lamps, rooms and messengers make of a good portrait.

Each is a pure function of a good portrait, so that the truth is known; seeds are fixed. Pictures are
(H, W, 3) uint8, sRGB, a matte is the person's coverage (H, W) on the same grid. Light is changed in linear
light. What moves the face returns where it now lies.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator, RBFInterpolator

from render.pipeline import errors
from render.pipeline.color import srgb
from render.pipeline.color.xyz import XYZ_TO_SRGB, white_xyz
from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.evaluation import disguises
from render.pipeline.evaluation.disguises import along_the_eyes
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import shared

from . import selfies
from .files import save


@dataclass(frozen=True)
class Spoiled:
    """The new picture, and where the face now lies on it."""

    code: Code
    face: Landmarks


# Perspective

FULL_FRAME_DIAGONAL_MM = float(np.hypot(36, 24))
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
    low, high = _extent(face)
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
    exif = selfies.note(focal_length_35mm=focal_length_35mm).tobytes()
    return save(code, "JPEG", exif=exif, quality=quality)


# Light


def _sensor(light: Float, electrons: float, seed: int = 7) -> Float:
    """Photon noise and three electrons of reading: the darker, the more of it relative to the light."""
    draw = np.random.Generator(np.random.PCG64(seed))
    seen = draw.poisson(np.clip(light, 0, 1) * electrons) + draw.normal(0, 3, light.shape)
    return np.asarray(seen / electrons, np.float32)


def backlit(code: Code, matte: Float, stops: float, electrons: float | None = 2500) -> Code:
    """The person ``stops`` darker before a window: the phone exposes for what is bright."""

    def change(light: Float) -> Float:
        behind, cover = np.minimum(0.4 + 1.2 * light, 1), matte[..., None]
        seen = cover * light * np.float32(2**-stops) + (1 - cover) * behind
        return seen if electrons is None else _sensor(seen, electrons)

    return selfies.in_linear_light(code, change)


def lamp(kelvin: float, green: float = 0.0) -> tuple[float, float]:
    """CIE 1931 x, y of a black body, ``green`` above it in the uv of 1960 (the Duv of lamp makers).

    Krystek, An algorithm to calculate correlated colour temperature, Color Res. Appl. 10, 1985.
    """
    t, at = kelvin, np.polyval
    u = at([1.28641212e-7, 1.54118254e-4, 0.860117757], t) / at([7.08145163e-7, 8.42420235e-4, 1], t)
    v = at([4.20481691e-8, 4.22806245e-5, 0.317398726], t) / at([1.61456053e-7, -2.89741816e-5, 1], t)
    v += green
    return float(3 * u / (2 * u - 8 * v + 4)), float(2 * v / (2 * u - 8 * v + 4))


def gains(kelvin: float, green: float = 0.0) -> Double:
    """What a camera balanced for 6500 K makes of that lamp, per linear sRGB channel, the strongest 1."""
    lit, white = (XYZ_TO_SRGB @ white_xyz(one) for one in (lamp(kelvin, green), lamp(6500)))
    return np.asarray(lit / white / (lit / white).max())


def cast(code: Code, kelvin: float, green: float = 0.0) -> Code:
    """The light of a lamp, with no white balance. No channel is raised, so nothing clips."""
    return selfies.tinted(code, tuple(gains(kelvin, green)))


def tube_light(code: Code) -> Code:
    """A cheap fluorescent tube: of daylight's temperature, and as green as lamps are sold."""
    return cast(code, 6000, green=0.025)


def window_light(code: Code, face: Landmarks, side: Literal["left", "right"]) -> Code:
    """A window on the sitter's ``side``: half a stop more there, two and a half less away from it."""
    across, _ = along_the_eyes(code, face)
    toward = np.clip((across if side == "left" else -across) / 2.4 + 0.5, 0, 1)
    stops = -2.5 + 3.0 * (3 * toward**2 - 2 * toward**3)
    return selfies.in_linear_light(code, lambda light: light * np.exp2(stops)[..., None].astype(np.float32))


def sun_patch(code: Code, face: Landmarks, stops: float = 2.5) -> Code:
    """Sun through a window on the sitter's left half of the face: brighter, warmer, with a hard edge.

    The shade is lit by the sky, which the camera takes for white; the sun beside it is yellow. What is
    brighter than white is lost, so the picture must be as dark as a phone takes it in such light.
    """
    across, down = along_the_eyes(code, face)
    width, height = 1.1, 1.45  # a third of a face
    z = (face.points[:, 2] - face.points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], 2].mean()) / face.ipd
    y, x = np.mgrid[0 : code.shape[0], 0 : code.shape[1]] + 0.5
    depth = LinearNDInterpolator(face.points[:, :2], z, fill_value=0.0)(x, y)
    across = across + 0.5 * depth  # it falls in from the side: what stands out bends its edge
    x, y = across - 0.3 - 0.25 * (down - 0.55), down - 0.55 + 0.2 * across
    away = np.maximum(np.abs(x) - width / 2, np.abs(y) - height / 2)  # in IPD
    sun = np.clip(0.5 - away / 0.025, 0, 1)
    hull = cv2.convexHull(np.rint(face.points[topology.FACE_OVAL, :2]).astype(np.int32))
    sun *= cv2.fillConvexPoly(np.zeros(code.shape[:2], np.float64), hull, 1.0)
    color = gains(4800)
    color *= 2**stops / (color @ srgb.LUMINANCE)
    rise = (1 + sun[..., None] * (color - 1)).astype(np.float32)
    return selfies.in_linear_light(code, lambda light: light * rise)


# What phones do to pixels


def night(code: Code) -> Code:
    """A dim warm room: noise, then the phone's smear that takes pores with it, then its bright outlines."""
    warm = (0.4 * gains(4000)).astype(np.float32)
    noise = selfies.in_linear_light(code, lambda light: _sensor(light * warm, 500))
    calm = cv2.fastNlMeansDenoisingColored(noise, None, 15, 25, 5, 15)
    flat = cv2.bilateralFilter(calm, 7, 25, 3).astype(np.float32)
    sharp = flat + 0.9 * (flat - cv2.GaussianBlur(flat, (0, 0), 1.6))
    return np.asarray(np.clip(np.rint(sharp), 0, 255), np.uint8)


def messenger(code: Code, face: Landmarks, side: int = 720, quality: int = 60) -> Spoiled:
    """Sent on twice: reduced to ``side`` pixels, never enlarged, and saved as JPEG each time."""
    scale = min(1.0, side / max(code.shape[:2]))
    size = round(code.shape[1] * scale), round(code.shape[0] * scale)
    small = np.asarray(cv2.resize(code, size, interpolation=cv2.INTER_AREA), np.uint8)
    sent = selfies.jpeg_again(selfies.jpeg_again(small, quality), quality)
    return Spoiled(sent, _moved(face, lambda points: points * scale))


# The frame


def cut_shoulders(code: Code, face: Landmarks) -> Spoiled:
    """The head whole, the shoulders cut on both sides."""
    (left, top), (right, bottom) = _extent(face)
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


def _extent(face: Landmarks) -> tuple[Double, Double]:
    oval = face.points[topology.FACE_OVAL, :2]
    return oval.min(axis=0), oval.max(axis=0)


def _moved(face: Landmarks, change: Callable[[Double], Double]) -> Landmarks:
    return Landmarks(change(face.first), change(face.second), face.noise)


# What stands behind and before the face


def _before(code: Code, matte: Float, behind: Float) -> Code:
    """The person of ``code`` before another room, which is in linear light."""
    return selfies.in_linear_light(code, lambda light: behind + matte[..., None] * (light - behind))


def with_bystander(code: Code, face: Landmarks, matte: Float, other: Code, size: float = 0.3) -> Code:
    """``other`` two steps behind the sitter's left shoulder, which covers a part of them."""
    box = shared().detect(other)[0]
    (_, top), (right, bottom) = _extent(face)
    scale = size * (bottom - top) / box.height
    x0, y0 = right + 0.5 * face.ipd, bottom - 0.5 * face.ipd
    y, x = np.mgrid[0 : code.shape[0], 0 : code.shape[1]].astype(np.float32) + np.float32(0.5)
    x, y = (x - x0) / scale + box.center[0] - 0.5, (y - y0) / scale + box.center[1] - 0.5
    at = np.asarray(x, np.float32), np.asarray(y, np.float32)
    soft = max(0.5 / scale, 0.3)  # nothing finer than the new pixels; whoever is cut below reaches the ground
    them, mask = (
        cv2.remap(cv2.GaussianBlur(image, (0, 0), soft), *at, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
        for image in (srgb.decode(other.astype(np.float32) / 255), shared().person_masks(other)[0])
    )
    mask = (mask * ((x > 0) & (x < other.shape[1] - 1) & (y > 0)))[..., None]
    room = srgb.decode(code.astype(np.float32) / 255)
    return _before(code, matte, np.asarray(mask * them + (1 - mask) * room, np.float32))


def busy_room(code: Code, matte: Float, seed: int = 11) -> Code:
    """A lived-in room: shelves of books, a door frame, a lamp, and a chair's back beside the head."""
    height, width = code.shape[:2]
    person = matte > 0.5
    top = np.flatnonzero(person.any(axis=1))[0] / height
    head = np.flatnonzero(person[: round((top + 0.25) * height)].any(axis=0)) / width
    left, right = head[0], head[-1]
    x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    room = np.empty((height, width, 3), np.float32)
    room[:] = np.array([186, 176, 160]) * (1.05 - 0.25 * x[..., None])
    _shelves(room, left + 0.08, seed)
    for start, color in ((0.90, (120, 96, 72)), (0.885, (226, 222, 214)), (0.91, (150, 145, 138))):
        _box(room, start, 0.0, 0.93 if start > 0.9 else 1.0, 1.0, color)  # a door in its frame
    for upper, lower in ((0.1, 0.45), (0.53, 1.0)):
        _box(room, 0.95, upper, 1.0, lower, (104, 82, 60))
    for start in np.arange(left - 0.07, right + 0.05, 0.05):  # the chair: slats and a top rail
        _box(room, start, top + 0.22, start + 0.018, 1.0, (58, 38, 26))
    _box(room, left - 0.08, top + 0.19, right + 0.08, top + 0.24, (70, 46, 32))
    light = srgb.decode(np.clip(room, 0, 255).astype(np.float32) / 255)
    beside, below = np.abs(x - right - 0.06), y - top  # the lamp: a stand, its light, a shade
    light[(beside < 0.006) & (below > 0)] = 0.02
    glow = 0.9 * np.exp(-(beside**2 + below**2) / 0.02)
    light = (light * (1 + glow[..., None] * [1.6, 1.3, 0.8])).astype(np.float32)
    light[(beside < 0.07 + 0.4 * below) & (np.abs(below) < 0.07)] = (1.0, 0.86, 0.55)
    return _before(code, matte, cv2.GaussianBlur(light, (0, 0), 0.003 * max(code.shape[:2])))


def _shelves(room: Float, end: float, seed: int) -> None:
    draw = np.random.Generator(np.random.PCG64(seed))
    _box(room, 0.0, 0.0, end, 1.0, (74, 58, 46))
    for floor in np.arange(0.17, 1.2, 0.19):
        _box(room, 0.0, floor, end, floor + 0.025, (150, 118, 84))
        left = 0.01
        while left < end - 0.04:
            wide, tall = draw.uniform(0.012, 0.036), draw.uniform(0.09, 0.15)
            color = draw.uniform(40, 190) + draw.uniform(-35, 35, 3)
            _box(room, left, floor - tall, left + wide, floor, color)
            _box(room, left, floor - 0.7 * tall, left + wide, floor - 0.62 * tall, 0.5 * color + 100)
            left += wide + draw.choice([0.002, 0.002, 0.02])


def _box(room: Float, x0: float, y0: float, x1: float, y1: float, color: tuple[int, ...] | Double) -> None:
    """Paint a rectangle; places are shares of the room."""
    size = np.array([*room.shape[1::-1], *room.shape[1::-1]])
    left, top, right, bottom = np.maximum(np.rint(size * [x0, y0, x1, y1]), 0).astype(int).tolist()
    room[top:bottom, left:right] = color


# All of them


@dataclass(frozen=True)
class Condition:
    """How it is made, and what is right: a portrait ("taken"), or "refused" by ``refusal``.

    ``function`` is given what it names of ``code``, ``face`` and ``matte``. ``refusal`` is None too where
    the engine has no class yet for what should be refused.
    """

    function: Callable[..., Code | Spoiled]
    answer: Literal["taken", "refused"] = "taken"
    refusal: type[errors.Refused] | None = None
    focal_length_35mm: int | None = None

    def make(self, code: Code, face: Landmarks, matte: Float) -> Spoiled:
        given = {"code": code, "face": face, "matte": matte}
        asked = inspect.signature(self.function).parameters.keys() & given.keys()
        result = self.function(**{name: given[name] for name in asked})
        return result if isinstance(result, Spoiled) else Spoiled(result, face)

    def file(self, code: Code, face: Landmarks, matte: Float) -> bytes:
        """As the phone stores it."""
        return file(self.make(code, face, matte).code, self.focal_length_35mm)


def _with_a_stranger(code: Code, face: Landmarks, matte: Float) -> Code:
    mirrored = np.ascontiguousarray(selfies.picture(selfies.ASTRONAUT)[:, ::-1])
    return with_bystander(code, face, matte, mirrored)


CONDITIONS: dict[str, Condition] = {
    **{
        f"wide angle, {mm} mm": Condition(partial(wide_angle, focal_length_35mm=mm), focal_length_35mm=mm)
        for mm in (21, 24, 28, 32)
    },
    **{f"backlit by {stops}": Condition(partial(backlit, stops=stops)) for stops in (1, 2, 3)},
    **{f"cast, {kelvin} K": Condition(partial(cast, kelvin=kelvin)) for kelvin in (2700, 4000, 9000)},
    "tube light": Condition(tube_light),
    "window on the left": Condition(partial(window_light, side="left")),
    "window on the right": Condition(partial(window_light, side="right")),
    "sun patch": Condition(lambda code, face: sun_patch(selfies.exposed(code, 2**-1.5), face), "refused"),
    "night": Condition(night),
    "messenger": Condition(messenger),
    "cut shoulders": Condition(cut_shoulders),
    "cut at the chin": Condition(cut_at_chin, "refused", errors.CutOff),
    "cut at the crown": Condition(cut_at_crown),
    "bystander": Condition(_with_a_stranger),
    "busy room": Condition(busy_room),
    "border": Condition(border, "refused", errors.Framed),
    "upside down": Condition(upside_down, "refused", errors.NotUpright),
    "lower mask": Condition(disguises.mask, "refused", errors.MouthCovered),
    "hand at the cheek": Condition(selfies.with_hand, "refused", errors.Covered),
}
"""Every condition of a phone by name."""
