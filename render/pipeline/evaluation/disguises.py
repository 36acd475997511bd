"""What covers, paints or stretches a face, painted onto a good photograph, so that the right answer is known.

Each is a pure function of a photograph (H, W, 3) uint8 in sRGB and the landmarks of its face. Light is
changed in linear light, and what is put on is lit as the face is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.faces import topology

from .light_conditions import along_the_eyes

# The grid of the face


def _places(face: Landmarks) -> Double:
    """(478, 2): the landmarks on the same axes."""
    right, left = face.points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], :2]
    across = (left - right) / np.linalg.norm(left - right)
    away = (face.points[:, :2] - (left + right) / 2) / face.ipd
    return np.column_stack([away @ across, away @ [-across[1], across[0]]])


def _linear(code: Code) -> Float:
    return srgb.decode(code.astype(np.float32) / 255)


def _code(linear: Float) -> Code:
    return srgb.codes(linear)


def _over(code: Code, cover: Float, color: Float | Double) -> Code:
    """``color``, linear, where ``cover`` (H, W) is 1."""
    light = _linear(code)
    return _code((light + cover[..., None] * (np.asarray(color, np.float32) - light)).astype(np.float32))


def _area(shape: tuple[int, ...], outline: Double, soft: float = 0.0) -> Float:
    """(H, W): 1 within the outline (N, 2), with an edge of sigma ``soft`` px."""
    corners = np.rint((outline - 0.5) * 16).astype(np.int32)
    mask = cv2.fillPoly(np.zeros(shape[:2], np.float32), [corners], (1.0,), cv2.LINE_AA, 4)
    return np.clip(cv2.GaussianBlur(mask, (0, 0), soft) if soft > 0 else mask, 0, 1)


def _lit(code: Code, face: Landmarks, within: Float) -> Float:
    """(H, W): the light that falls on the face, its median ``within`` an area 1."""
    lit = cv2.GaussianBlur(srgb.luminance(_linear(code)), (0, 0), 0.4 * face.ipd)
    return np.clip(lit / max(float(np.median(lit[within > 0.5])), 1e-4), 0.5, 1.5)


# A mask over nose and mouth

MASK_TOP = np.array([93, 123, 117, 118, 119, 120, 196, 197, 419, 349, 348, 347, 346, 352, 323])
MASK_BELOW = np.array([361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132])


@dataclass(frozen=True)
class Cloth:
    """What a mask is made of.

    ``color`` is in sRGB codes; None is the skin's own. ``print`` is how strongly leaves in a second color
    are printed on it, 0 to 1; ``folds`` whether it is pleated.
    """

    color: tuple[int, int, int] | None
    print: float = 0.0
    folds: bool = True


CLOTHS = {
    "surgical, blue": Cloth((158, 199, 221)),
    "surgical, white": Cloth((226, 228, 228)),
    "black": Cloth((34, 34, 37), folds=False),
    "of the skin's color": Cloth(None, folds=False),
    "pleated, of the skin's color": Cloth(None),
    "printed": Cloth((176, 62, 70), print=0.8, folds=False),
}


def mask(code: Code, face: Landmarks, cloth: Cloth = CLOTHS["surgical, blue"]) -> Code:
    """A mask from the bridge of the nose to below the chin, with its straps."""
    points, ipd = face.points[:, :2], face.ipd
    middle = points[topology.UPPER_LIP_MID]
    below = middle + (points[MASK_BELOW] - middle) * 1.06
    cover = _area(code.shape, np.concatenate([points[MASK_TOP], below]) + 0.5, 0.01 * ipd)
    across, down = along_the_eyes(code, face)
    shade = 1.0 - 0.12 * np.clip(np.abs(across), 0, 1.3) ** 2  # it bends around the face
    for fold in (0.75, 1.05, 1.35) if cloth.folds else ():
        away = (down - fold + 0.12 * across**2) / 0.05
        shade -= 0.22 * np.exp(-(np.where(away < 0, 3 * away, 0.7 * away) ** 2))
    if not cloth.folds:  # it hangs from the tip of the nose
        shade += 0.10 * np.exp(-((across / 0.16) ** 2) - ((down - 0.62) / 0.3) ** 2)
        shade -= 0.08 * np.exp(-(((np.abs(across) - 0.30) / 0.12) ** 2) - ((down - 0.75) / 0.4) ** 2)
    color = np.broadcast_to(_cloth_color(code, face, cloth), code.shape)
    if cloth.print:
        leaves = np.sin(9 * across + 3 * np.sin(4 * down)) * np.sin(11 * down + 2 * np.sin(5 * across)) > 0.35
        other = _linear(np.array([[[240, 226, 190]]], np.uint8))
        color = np.where(leaves[..., None], color + cloth.print * (other - color), color)
    lit = _lit(code, face, cover)
    painted = np.clip(color * (shade * lit)[..., None], 0, 1)
    straps = np.zeros(code.shape[:2], np.float32)
    for ear, corners in ((234, (123, 58)), (454, (352, 288))):
        outer = points[ear] + 0.09 * (points[ear] - points[topology.NOSE_BRIDGE])
        for corner in corners:
            start, end = (np.rint(place * 16).astype(int).tolist() for place in (points[corner], outer))
            cv2.line(straps, start, end, (1.0,), max(1, round(0.035 * ipd)), cv2.LINE_AA, 4)
    tied = _over(code, straps, np.float32(0.8) * lit[..., None])
    return _over(tied, cover, painted)


def _cloth_color(code: Code, face: Landmarks, cloth: Cloth) -> Float:
    """(3,) linear."""
    if cloth.color is not None:
        return _linear(np.array([[cloth.color]], np.uint8))[0, 0]
    cheeks = np.concatenate([topology.RIGHT_CHEEK, topology.LEFT_CHEEK])
    x, y = np.clip(face.points[cheeks, :2].T.astype(int), 0, np.array([code.shape[1::-1]]).T - 1)
    return np.asarray(np.median(_linear(code[y, x]), axis=0), np.float32)


# Glasses


@dataclass(frozen=True)
class Lens:
    """``through`` is the share of light that comes through it, linear, for red, green and blue; ``sky`` is
    what it mirrors; ``fade`` how much clearer its lower edge is."""

    through: tuple[float, float, float]
    sky: float = 0.02
    fade: float = 0.0


LENSES = {
    "dark": Lens((0.03, 0.03, 0.03)),
    "brown, fading": Lens((0.06, 0.035, 0.02), fade=0.06),
    "mirrored": Lens((0.02, 0.03, 0.04), sky=0.25),
}
CLEAR = Lens((0.94, 0.94, 0.94), sky=0.03)


def glasses(code: Code, face: Landmarks, lens: Lens) -> Code:
    """Two lenses in a dark frame, with a bridge and temples."""
    places, ipd = _places(face), face.ipd
    across, down = along_the_eyes(code, face)
    light = _linear(code)
    cover, frame = np.zeros(code.shape[:2], np.float32), np.zeros(code.shape[:2], np.float32)
    depth = np.zeros(code.shape[:2], np.float32)
    for eye in (topology.RIGHT_EYE, topology.LEFT_EYE):
        x, y = places[eye].mean(axis=0)
        wide, high = 0.42 * (np.ptp(places[eye, 0]) / 0.45) ** 0.5, 0.35
        y += 0.06
        radius = (np.abs((across - x) / wide) ** 3 + np.abs((down - y) / high) ** 3) ** (1 / 3)
        one = np.clip(0.5 + (1 - radius) * wide * ipd, 0, 1).astype(np.float32)
        rim = np.clip(0.5 + (0.05 - np.abs(radius - 1) * wide) * ipd / 2, 0, 1).astype(np.float32)
        cover, frame = np.maximum(cover, one), np.maximum(frame, rim)
        depth = np.where(one > 0, np.clip((down - y) / high * 0.5 + 0.5, 0, 1), depth)
    ends = {
        topology.RIGHT_EYE_OUTER: topology.RIGHT_EAR_FRONT,
        topology.LEFT_EYE_OUTER: topology.LEFT_EAR_FRONT,
    }
    for inner, outer in ((topology.RIGHT_EYE_INNER, topology.LEFT_EYE_INNER), *ends.items()):
        start, end = (np.rint((face.points[at, :2] - 0.5) * 16).astype(int).tolist() for at in (inner, outer))
        line = np.zeros_like(frame)
        cv2.line(line, start, end, (1.0,), max(1, round(0.05 * ipd)), cv2.LINE_AA, 4)
        frame = np.maximum(frame, line * (1 - cover))
    through = np.array(lens.through, np.float32) + lens.fade * depth[..., None] ** 2
    sky = np.float32(lens.sky) * (1.2 - depth[..., None]) * np.array([0.8, 0.95, 1.1], np.float32)
    level = np.median(srgb.luminance(light)[cover > 0.5]) if (cover > 0.5).any() else 0.3
    seen = light + cover[..., None] * (through * light + sky * (level / 0.3) - light)
    seen += frame[..., None] * (np.array([0.012, 0.012, 0.014], np.float32) - seen)
    return _code(seen.astype(np.float32))


def eye_patch(code: Code, face: Landmarks) -> Code:
    """A black patch over the sitter's right eye, and the band that holds it."""
    places, ipd = _places(face), face.ipd
    across, down = along_the_eyes(code, face)
    x, y = places[topology.RIGHT_EYE].mean(axis=0)
    radius = np.hypot((across - x) / 0.42, (down - y - 0.05) / 0.38)
    cover = np.clip(0.5 + (1 - radius) * 0.4 * ipd, 0, 1).astype(np.float32)
    line = (down - y + 0.25 + 0.6 * (across - x)) / np.hypot(1, 0.6)  # up over the forehead
    shown = (across > x) & (across < 1.0)
    band = np.clip(0.5 + (0.03 - np.abs(line)) * ipd, 0, 1).astype(np.float32) * shown
    return _over(code, np.maximum(cover, band).astype(np.float32), np.array([0.012, 0.012, 0.013]))


# A beard

BEARDS = {"black": (26, 22, 21), "brown": (74, 52, 38), "ginger": (150, 84, 46), "white": (214, 210, 204)}
"""Color of the hair, in sRGB codes."""


def beard(code: Code, face: Landmarks, color: tuple[int, int, int], seed: int = 5) -> Code:
    """A full beard: hair on jaw, chin and lip, up to the cheeks; the lips stay free."""
    ipd = face.ipd
    # from ear to ear over the cheeks' lower half and the lip, then along the jaw, a little below it
    upper = np.array([93, 177, 187, 206, 97, 2, 326, 426, 411, 401, 323])
    middle = face.points[topology.UPPER_LIP_MID, :2]
    below = middle + (face.points[MASK_BELOW, :2] - middle) * 1.10
    area = _area(code.shape, np.concatenate([face.points[upper, :2], below]), 0.05 * ipd)
    lips = face.points[topology.LIPS_OUTER, :2]
    center = lips.mean(axis=0)
    area *= 1 - _area(code.shape, center + 0.98 * (lips - center), 0.015 * ipd)
    draw = np.random.Generator(np.random.PCG64(seed))
    noise = draw.normal(0, 1, code.shape[:2]).astype(np.float32)
    strands = cv2.GaussianBlur(noise, (0, 0), sigmaX=max(0.008 * ipd, 0.6), sigmaY=max(0.05 * ipd, 1.5))
    strands /= strands.std()
    curls = cv2.GaussianBlur(noise, (0, 0), 0.06 * ipd)
    curls /= curls.std()
    cover = np.clip(area * (0.92 + 0.12 * strands), 0, 1)
    hair = _linear(np.array([[color]], np.uint8))[0, 0]
    shade = np.exp(0.35 * strands + 0.2 * curls) * _lit(code, face, area)
    return _over(code, cover, hair * shade[..., None])


# A filter that paints


def cat(code: Code, face: Landmarks) -> Code:
    """Ears over the forehead, a nose and three whiskers on either cheek, as filters draw them."""
    points, ipd = face.points[:, :2], face.ipd
    up = points[topology.FOREHEAD] - points[topology.CHIN]
    up /= np.linalg.norm(up)
    result = code
    for temple, brow in ((54, 109), (284, 338)):
        foot, inner = points[temple], points[brow]
        tip = (foot + inner) / 2 + 0.75 * ipd * up + 0.25 * (foot - inner)
        middle = (foot + inner + tip) / 3
        ear = np.array([foot, tip, inner])
        result = _over(result, _area(code.shape, ear, 0.01 * ipd), np.array([0.05, 0.04, 0.035]))
        pink = _area(code.shape, middle + 0.6 * (ear - middle), 0.02 * ipd)
        result = _over(result, pink, np.array([0.75, 0.35, 0.4]))
    tip = points[topology.NOSE_TIP]
    right, left = points[[98, 327]]
    side = (left - right) / 2
    nose = np.array(
        [tip + 0.1 * ipd * up - 0.8 * side, tip + 0.1 * ipd * up + 0.8 * side, tip - 0.13 * ipd * up]
    )
    result = _over(result, _area(code.shape, nose, 0.02 * ipd), np.array([0.02, 0.015, 0.018]))
    hairs = np.zeros(code.shape[:2], np.float32)
    for sign, cheek in ((-1, 205), (1, 425)):
        for row in (-1, 0, 1):
            start = points[cheek] - 0.12 * row * ipd * up
            end = start + sign * 0.75 * side / np.linalg.norm(side) * ipd - 0.16 * row * ipd * up
            first, last = (np.rint((at - 0.5) * 16).astype(int).tolist() for at in (start, end))
            cv2.line(hairs, first, last, (1.0,), max(1, round(0.025 * ipd)), cv2.LINE_AA, 4)
    return _over(result, hairs, np.array([0.02, 0.02, 0.02]))


# A mouth torn open


def open_mouth(code: Code, face: Landmarks, wide: float) -> Code:
    """The jaw dropped until the lips are ``wide`` IPD apart; 0.3 is a laugh, 0.7 a cry.

    What is below the opening is moved down, the chin with it and the neck less and less; the gap shows
    the mouth's dark inside and, deep in it, a tongue.
    """
    places = _places(face)
    across, down = along_the_eyes(code, face)
    lower = places[topology.LIPS_INNER[:11]]
    order = np.argsort(lower[:, 0])
    edge = np.interp(across, lower[order, 0], lower[order, 1])  # of the lower lip
    half = np.ptp(lower[:, 0]) / 2
    more = max(wide - float(np.linalg.norm(places[13] - places[14])), 0.0)
    chin = places[topology.CHIN, 1] - places[14, 1]
    u, v = across - lower[:, 0].mean(), down - edge
    gap = more * np.sqrt(np.clip(1 - (u / half) ** 2, 0, None))
    jaw = np.clip((1.7 - np.abs(u)) / 0.9, 0, 1)
    jaw = jaw * jaw * (3 - 2 * jaw)

    def shift(source: Double) -> Double:
        ramp = np.clip(source / chin, 0, 1)
        ramp = ramp * ramp * (3 - 2 * ramp)
        fall = np.clip(1 - (source - chin) / 2.2, 0, 1)
        return np.where(source > 0, (gap * (1 - ramp) + more * jaw * ramp) * fall, 0.0)

    source = np.where(v > gap, v - gap, v)
    for _ in range(30):
        source = np.where(v > gap, 0.5 * source + 0.5 * np.maximum(v - shift(source), 1e-6), v)
    moved = (source - v) * face.ipd
    right, left = face.points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], :2]
    step = (left - right) / np.linalg.norm(left - right)
    y, x = np.mgrid[0 : code.shape[0], 0 : code.shape[1]].astype(np.float32)
    at = (x - moved * step[1]).astype(np.float32), (y + moved * step[0]).astype(np.float32)
    stretched = cv2.remap(code, *at, cv2.INTER_CUBIC, None, cv2.BORDER_REPLICATE)
    inside = cv2.GaussianBlur(((v > 0) & (v < gap)).astype(np.float32), (0, 0), 0.012 * face.ipd)
    deep = np.clip(v / np.maximum(gap, 1e-6), 0, 1)
    tongue = np.exp(-(((deep - 0.85) / 0.25) ** 2) - (u / (0.6 * half)) ** 2)[..., None]
    color = np.array([0.012, 0.005, 0.005]) + tongue * np.array([0.06, 0.015, 0.014])
    return _over(np.asarray(stretched, np.uint8), inside, color)
