"""Nothing beautified, second half: skin of known reflectance comes back as it was.

Patches of skin colors, one for each skin-tone group, are painted into the selfie under the
selfie's own local light. In the portrait the style's print is undone and the patch is divided by
what a gray card at the same place shows there: the photographer's way to take the light out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.color import lab, srgb
from render.pipeline.contract import Double, Float, Landmarks
from render.pipeline.recipe import Lens, Tone
from render.pipeline.stages.tone import curve, tint

SKINS: dict[str, tuple[float, float, float]] = {
    "very light": (72.0, 8.0, 14.0),
    "light": (67.0, 10.0, 16.0),
    "intermediate": (62.0, 12.0, 19.0),
    "tan": (55.0, 13.0, 19.0),
    "brown": (44.0, 13.0, 17.0),
    "dark": (33.0, 10.0, 11.0),
}
"""Lab of one skin color in the middle of each group of individual typology angles."""

SCENE = (1e-6, 8.0)  # linear range in which a print is traced back
CARD = 0.18  # the gray card's reflectance
PLACES = (108, 337, 50, 280, 207, 427)  # mesh points: forehead, cheeks and lower cheeks, right and left
DIAMETER = 0.16  # of a patch, IPD
READ = 0.5  # share of the diameter that is averaged: the lens softens the rim
SHADE = 0.08  # sigma of the selfie's local light, IPD
WHITEST = 0.80  # linear: the brightest patch of a selfie that is not overexposed
DEEPEST, HIGHEST = 20 / 255, 250 / 255  # encoded: a print's tones between which 8 bits tell a color
LEAST_CHANNEL = 4 / 255  # encoded: below it a color was pulled into the print's gamut


@dataclass(frozen=True)
class Shift:
    """One patch: its group, CIEDE2000 between what was painted and what came back, and both colors.

    A patch whose print, or whose card's, is too deep, too bright or out of gamut is not measured:
    its difference is None.
    """

    group: str
    difference: float | None
    painted: tuple[float, float, float]  # Lab
    returned: tuple[float, float, float]


def groups(turn: int) -> tuple[str, ...]:
    """The group at each of ``PLACES``: every other group, each on both sides of the face.

    ``turn`` moves them on, so that over the faces each group is tried everywhere. Mirror places
    carry one color, because skin does: a face with a different color on each side is another test.
    """
    names = list(SKINS)
    return tuple(names[(2 * (i // 2) + turn) % len(names)] for i in range(len(PLACES)))


def paint(pixels: Float, landmarks: Landmarks, reflectances: Double) -> Float:
    """``pixels`` (H, W, 3) linear with a patch of each reflectance (6, 3) at ``PLACES``.

    A patch shows its reflectance times the selfie's light there: the local mean luminance over the
    skin's median, so a patch of the sitter's own color would vanish.
    """
    result, ipd = pixels.copy(), landmarks.ipd
    luma = cv2.GaussianBlur(srgb.luminance(pixels), (0, 0), SHADE * ipd)
    points = landmarks.points[list(PLACES), :2]
    level = float(np.median([luma[_at(point, luma.shape)] for point in points]))
    colors = lab.to_linear(list(SKINS.values()))
    typical = float(np.median(colors @ srgb.LUMINANCE))
    brightest = max(luma[_at(point, luma.shape)] for point in points) / level * float(colors.max())
    scale = min(1.0, level / typical, WHITEST / brightest)
    rows, columns = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]].astype(np.float32) + 0.5
    for (x, y), reflectance in zip(points, reflectances, strict=True):
        distance = np.hypot(columns - np.float32(x), rows - np.float32(y)) / np.float32(DIAMETER * ipd / 2)
        cover = np.clip((1 - distance) / 0.12 + 0.5, 0, 1)[..., None]
        light = (luma / level * scale)[..., None]
        result += cover * (light * np.asarray(reflectance, np.float32) - result)
    return result


def reflectances(names: tuple[str, ...]) -> Double:
    """Linear color of each named group, (N, 3)."""
    return np.array([lab.to_linear(SKINS[name]) for name in names])


def read(encoded: Float, places: Double, ipd: float) -> Double:
    """Mean linear color of the patches at ``places`` (N, 2) of a picture, encoded 0..1, (N, 3)."""
    linear = srgb.decode(encoded)
    radius = max(READ * DIAMETER * ipd / 2, 1.0)
    found = []
    for x, y in places:
        reach = int(np.ceil(radius)) + 1
        x0, y0 = max(int(x) - reach, 0), max(int(y) - reach, 0)
        part = linear[y0 : int(y) + reach + 1, x0 : int(x) + reach + 1]
        rows, columns = np.mgrid[0 : part.shape[0], 0 : part.shape[1]] + 0.5
        inside = np.hypot(columns - (x - x0), rows - (y - y0)) <= radius
        found.append(part[inside].mean(axis=0) if inside.any() else np.full(3, np.nan))
    return np.array(found, np.float64)


def shifts(
    patches: Double, cards: Double, names: tuple[str, ...], spec: Tone, veil: Double | None = None
) -> list[Shift]:
    """What became of each painted color.

    Parameters
    ----------
    patches, cards : (N, 3)
        Linear print colors of the patches, and of gray cards at the same places in the same style.
    names : tuple of str
        The patches' groups.
    spec : Tone
        The style's print, which is undone. In a monochrome one only lightness is compared.
    veil : (3,), optional
        Scene light that the style's lens scatters over everything (``scattered``); taken off both.
    """
    flare = np.zeros(3) if veil is None else veil
    scene, card = (np.maximum(undo(print_, spec) - flare, 1e-6) for print_ in (patches, cards))
    weights = np.array(spec.filter) if spec.monochrome else None
    result = []
    told = _told(patches, spec) & _told(cards, spec)
    for name, one, gray, sure in zip(names, scene, card, told, strict=True):
        painted = lab.to_linear(SKINS[name])
        returned = CARD * one / np.maximum(gray, 1e-6)
        if weights is not None:
            painted = np.full(3, painted @ weights)
        first, second = lab.from_linear(painted), lab.from_linear(returned)
        apart = float(lab.difference(first, second)) if sure else None
        result.append(Shift(name, apart, _triple(first), _triple(second)))
    return result


def _told(printed: Double, spec: Tone) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which print colors (N, 3), linear, can be traced back."""
    code = srgb.encode(printed.astype(np.float32))
    luma = srgb.encode(srgb.luminance(printed.astype(np.float32)))
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]] = (luma >= DEEPEST) & (code.max(axis=1) <= HIGHEST)
    return inside if spec.monochrome else inside & (code.min(axis=1) >= LEAST_CHANNEL)


def _triple(color: Double) -> tuple[float, float, float]:
    return float(color[0]), float(color[1]), float(color[2])


def scattered(encoded: Float, lens: Lens, spec: Tone) -> Double:
    """The lens's veil in a portrait (H, W, 3), encoded 0..1: a share of the frame's mean light, (3,).

    The frame is undone on a small copy; its clipped highlights make the veil a little too small.
    """
    small = cv2.resize(srgb.decode(encoded), (48, 48), interpolation=cv2.INTER_AREA)
    return np.asarray(lens.veil * undo(small.reshape(-1, 3).astype(np.float64), spec).mean(axis=0))


def undo(printed: Double, spec: Tone) -> Double:
    """Scene colors (N, 3) that the style prints as ``printed`` (N, 3), both linear.

    `tone` backward: the gray under the split tone by bisection (its tints keep luminance only of grays), then
    tints, saturation and curve off. A monochrome print gives back gray; a color that was led into the gamut
    has no inverse and gives back the one on its edge.
    """
    table = np.geomspace(*SCENE, 4096)
    shown = curve(table.astype(np.float32), spec).astype(np.float64)
    if spec.monochrome:
        luma = srgb.luminance(printed.astype(np.float32))
        return np.repeat(np.interp(luma, shown, table)[:, None], 3, axis=1)
    low, high = np.zeros((len(printed), 1)), np.full((len(printed), 1), 2.0)
    for _ in range(40):
        gray = (low + high) / 2
        darker = (printed / tint(gray, spec)) @ srgb.LUMINANCE < gray[:, 0]
        low, high = np.where(darker[:, None], low, gray), np.where(darker[:, None], gray, high)
    plain = printed / tint(gray, spec)
    below = gray - max(spec.black, 0)  # what lifts the blacks has no color
    color = below + (plain - gray) / max(spec.saturation, 1e-3)
    return np.asarray(np.maximum(color, 0) * np.interp(gray, shown, table) / np.maximum(below, 1e-6))


def _at(point: Double, shape: tuple[int, ...]) -> tuple[int, int]:
    return min(max(int(point[1]), 0), shape[0] - 1), min(max(int(point[0]), 0), shape[1] - 1)
