"""Nothing beautified, first half: spots painted into a selfie must be found in its portrait.

Moles and freckles of known place, size and depth are painted on the skin of the selfie; the
same detector looks for them in the selfie and in the portrait. A spot that the selfie's own skin
hides from the detector proves nothing and is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float, Landmarks
from render.pipeline.faces.patch import skin_region

DIAMETERS = (0.005, 0.03)  # of the IPD
DEPTHS = (0.35, 0.55, 0.75)  # what the spot's center reflects over the skin around it
HUE = (0.8, 1.0, 1.25)  # melanin: blue sinks deepest; powers of the depth per channel
APART = 0.11  # least distance of two spots, IPD
SURE = 4.5  # response over the local spread from which the selfie shows a spot beyond doubt
FOUND = 2.5  # from which a spot at a known place counts as found again
BESIDE = 0.05  # IPD from each spot at which nothing was painted, for the control
NEIGHBORHOOD = 0.16  # radius that the local spread is read in, IPD


@dataclass(frozen=True)
class Spots:
    """Places (N, 2) in pixels of the selfie, radii (N,) in the same pixels, depths (N,) 0..1."""

    places: Double
    radii: Double
    depths: Double


@dataclass(frozen=True)
class Recall:
    """How many spots were painted, are sure in the selfie, and of those were found in the portrait.

    ``false`` of ``control`` places beside the spots, where nothing was painted and the selfie
    shows nothing, would have been taken for a spot too.
    """

    painted: int
    visible: int
    found: int
    control: int
    false: int

    @property
    def share(self) -> float | None:
        return self.found / self.visible if self.visible else None


def choose(landmarks: Landmarks, shape: tuple[int, ...], count: int, seed: int) -> Spots:
    """``count`` spots on random skin, the same for the same seed."""
    random = np.random.Generator(np.random.PCG64(seed))
    ipd = landmarks.ipd
    radius = max(1, round(0.05 * ipd))
    skin = cv2.erode(skin_region(landmarks, shape), np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))
    rows, columns = np.nonzero(skin > 0.5)
    places: list[Double] = []
    for index in random.permutation(len(rows)):
        place = np.array([columns[index] + 0.5, rows[index] + 0.5])
        if all(np.hypot(*(place - other)) > APART * ipd for other in places):
            places.append(place)
        if len(places) == count:
            break
    number = len(places)
    sizes = np.exp(random.uniform(np.log(DIAMETERS[0]), np.log(DIAMETERS[1]), number)) * ipd / 2
    return Spots(np.array(places).reshape(-1, 2), sizes, np.resize(DEPTHS, number))


def paint(pixels: Float, spots: Spots) -> Float:
    """``pixels`` (H, W, 3) linear with the spots on them: soft discs that multiply the skin."""
    result = pixels.copy()
    for (x, y), radius, depth in zip(spots.places, spots.radii, spots.depths, strict=True):
        reach = int(np.ceil(2.5 * radius + 2))
        x0, y0 = max(int(x) - reach, 0), max(int(y) - reach, 0)
        part = result[y0 : int(y) + reach + 1, x0 : int(x) + reach + 1]
        cover = _disc(part.shape, x - x0, y - y0, float(radius))[..., None]
        part *= (1 - cover) + cover * np.power(depth, HUE).astype(np.float32)
    return result


def recall(selfie: Float, portrait: Float, places: Double, radii: Double, ipd: float) -> Recall:
    """Of the spots that ``selfie`` shows, how many does ``portrait`` show?

    Parameters
    ----------
    selfie, portrait : (H, W, 3)
        Encoded 0..1, on one grid: the painted selfie placed on the portrait's canvas.
    places : (N, 2)
        Of the spots, pixels of that grid; those outside it are left out.
    radii : (N,)
        In the same pixels.
    ipd : float
        Of the face on that grid.
    """
    height, width = portrait.shape[:2]
    edge = 0.2 * ipd
    inside = ((places > edge) & (places < [width - edge, height - edge])).all(axis=1)
    places, radii = places[inside], radii[inside]
    before = response(selfie, places, radii, ipd) > SURE
    after = response(portrait, places, radii, ipd) > FOUND
    aside = places + BESIDE * ipd * np.array([0.6, 0.8])
    plain = response(selfie, aside, radii, ipd) < FOUND
    false = response(portrait, aside, radii, ipd) > FOUND
    return Recall(
        painted=len(places),
        visible=int(before.sum()),
        found=int((before & after).sum()),
        control=int(plain.sum()),
        false=int((plain & false).sum()),
    )


def response(encoded: Float, places: Double, radii: Double, ipd: float) -> Double:
    """How far each spot stands out of its neighborhood, (N,), in robust spreads of that.

    The picture is filtered with a difference of Gaussians of the spot's own size, the matched
    filter of a blob (T. Lindeberg, "Feature detection with automatic scale selection", 1998).
    """
    gray = srgb.luminance(encoded)
    answers = np.zeros(len(places))
    for number, ((x, y), radius) in enumerate(zip(places, radii, strict=True)):
        sigma = max(0.7 * float(radius), 0.6)
        reach = int(NEIGHBORHOOD * ipd + 8 * sigma)
        x0, y0 = max(int(x) - reach, 0), max(int(y) - reach, 0)
        part = gray[y0 : int(y) + reach + 1, x0 : int(x) + reach + 1]
        blob = cv2.GaussianBlur(part, (0, 0), 2.2 * sigma) - cv2.GaussianBlur(part, (0, 0), sigma)
        rows, columns = np.mgrid[0 : part.shape[0], 0 : part.shape[1]] + 0.5
        distance = np.hypot(columns - (x - x0), rows - (y - y0))
        around = blob[(distance < NEIGHBORHOOD * ipd) & (distance > 3.5 * sigma + 1)]
        spread = 1.4826 * float(np.median(np.abs(around - np.median(around))))
        answers[number] = float(blob[distance < 1.2].max()) / max(spread, 2e-4)
    return answers


def _disc(shape: tuple[int, ...], x: float, y: float, radius: float) -> Float:
    """Coverage of a soft-edged disc, anti-aliased by drawing it four times finer."""
    rows, columns = np.mgrid[0 : 4 * shape[0], 0 : 4 * shape[1]].astype(np.float32)
    distance = np.hypot((columns + 0.5) / 4 - x, (rows + 0.5) / 4 - y) / max(radius, 1e-3)
    cover = np.clip((1.15 - distance) / 0.3, 0, 1).astype(np.float32)
    return np.asarray(cv2.resize(cover, shape[1::-1], interpolation=cv2.INTER_AREA), np.float32)
