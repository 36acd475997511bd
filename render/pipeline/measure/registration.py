"""Did any feature move? Dense registration of a portrait against its selfie.

For an engine that relights and must not move a pixel of the face. The selfie is given
on the portrait's own pixel grid, so the honest answer is zero everywhere: no similarity
is fitted and none is forgiven.

Light is divided out first: both pictures are band-passed and divided by their local
contrast, so that a smooth change of light, a tone curve or a change of saturation
leaves nearly nothing. Then the displacement is estimated by iterated least squares over
Gaussian windows (B. Lucas, T. Kanade, "An iterative image registration technique",
IJCAI 1981), coarse to fine. Where a window holds edges of one direction only, just the
component across them is known (the aperture problem), and only it is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.compiled import compiled
from render.pipeline.contract import Double, Float

from .face_area import extent, face_mask, interpupil

WORKING_IPD = 250.0  # pixels that both pictures are brought to
FINE, COARSE = 0.004, 0.009  # band that is compared: sigmas of its ends, in IPD
CONTRAST = 0.04  # sigma of the window that local contrast is measured over, in IPD
FLOOR = 0.015  # local contrast, encoded units, below which there is only noise
WINDOW = 0.12  # sigma of the window that one displacement is estimated over, in IPD
LEVELS = (4, 2, 1)  # coarse to fine: the picture is made smaller by this
ITERATIONS = (3, 3, 4)
CELL = 4  # pixels of a level per node of the displacement field
RIDGE = 0.0002  # keeps directions without texture at rest, (normalized contrast per pixel)^2
TEXTURE = 0.0015  # the larger eigenvalue of the structure tensor from which a place counts as textured
OUTLIER = 0.3  # residual, in local contrasts, that counts half
PER_OUTLIER = np.float32(1 / OUTLIER)
INDEPENDENT = 40.0  # pixels for each independent value of the residual: it is as wide as the band
CONFIDENCE = 0.0004  # largest standard error of a displacement that is reported, in IPD
LIMIT = 0.0015  # p95 of the displacement that passes, in IPD
LEAST_MATCHED = 0.25
MATCH = 0.6  # correlation after registration from which a place counts as found again


@dataclass(frozen=True)
class Registration:
    """Residual displacement of the face's texture. Lengths are fractions of the IPD."""

    points: Double  # (N, 2) pixels of the pictures' grid
    displacement: Double  # (N, 2) portrait minus selfie, as fractions of the IPD
    correlation: Double  # (N,) of the texture after registration, -1..1
    p50: float
    p95: float
    largest: float
    matched: float  # fraction of the textured places that were found again, surely

    def passed(self, limit: float = LIMIT, least: float = LEAST_MATCHED) -> bool:
        """Whether the texture was found again, and where it was."""
        return self.p95 <= limit and self.matched >= least

    def as_dict(self) -> dict[str, float | int | None]:
        """For JSON, without the points; None where nothing was found again."""
        found = len(self.points) > 0
        return {
            "points": len(self.points),
            "p50": self.p50 if found else None,
            "p95": self.p95 if found else None,
            "max": self.largest if found else None,
            "matched": self.matched,
        }


def register(selfie: Float, portrait: Float, points: Double, *, matte: Float | None = None) -> Registration:
    """Measure how far the portrait's face texture lies from the selfie's.

    Parameters
    ----------
    selfie, portrait : (H, W, 3) float32
        Encoded, 0..1, on one pixel grid.
    points : (478, 2 or 3)
        The face's landmarks on that grid.
    matte : (H, W), optional
        The person's coverage: keeps the silhouette against the backdrop out. Without it
        only what lies inside the face's oval is looked at.

    Returns
    -------
    Registration

    Raises
    ------
    ValueError
        When the pictures differ in size, or no texture is found.
    """
    if selfie.shape != portrait.shape:
        raise ValueError(f"pictures of {selfie.shape} and {portrait.shape} cannot be registered")
    x0, y0, x1, y1 = extent(points, selfie.shape[:2])
    window = np.s_[y0:y1, x0:x1]
    zoom = WORKING_IPD / interpupil(points)
    size = round((x1 - x0) * zoom), round((y1 - y0) * zoom)
    ratio = np.array([size[0] / (x1 - x0), size[1] / (y1 - y0)])
    local = (points[:, :2] - [x0, y0]) * ratio
    weight = face_mask(local, size, None if matte is None else _resize(matte[window], size))
    a, b = (_resize(_gray(picture[window]), size) for picture in (selfie, portrait))
    a, b, weight = _whole_cells(a), _whole_cells(b), _whole_cells(weight)
    flow = _flow(a, b, weight)
    found = flow.known_displacement()
    textured = (_cells(weight) > 0.5) & (flow.texture > TEXTURE)
    if not textured.any():
        raise ValueError("the face holds no texture to register")
    sure = textured & flow.known.any(axis=(-2, -1))
    matched = float((sure & (flow.correlation >= MATCH)).sum() / textured.sum())
    rows, columns = np.nonzero(sure)
    length = np.linalg.norm(found[sure], axis=1)
    nodes = (np.column_stack([columns, rows]) + 0.5) * CELL
    return Registration(
        points=nodes / ratio + [x0, y0],
        displacement=found[sure].astype(np.float64),
        correlation=flow.correlation[sure].astype(np.float64),
        p50=_percentile(length, 50),
        p95=_percentile(length, 95),
        largest=_percentile(length, 100),
        matched=matched,
    )


def _percentile(length: Float, percent: float) -> float:
    """Infinite where nothing was found again."""
    return float(np.percentile(length, percent)) if len(length) else float("inf")


def normalize_light(gray: Float) -> Float:
    """Texture without its light: a band of the picture over its local contrast.

    ``gray`` is (H, W) encoded; the band is that of ``WORKING_IPD``, in pixels.
    """
    band = _blur(gray, FINE * WORKING_IPD) - _blur(gray, COARSE * WORKING_IPD)
    contrast = np.sqrt(_blur(band * band, CONTRAST * WORKING_IPD) + np.float32(FLOOR**2))
    return np.asarray(band / contrast, np.float32)


@dataclass(frozen=True)
class _Flow:
    """Per node of the field: displacement in pixels (h, w, 2), which part of it is known
    (h, w, 2, 2), the larger eigenvalue of the structure tensor and the correlation (h, w)."""

    field: Float
    known: Float
    texture: Float
    correlation: Float

    def known_displacement(self) -> Float:
        """(h, w, 2), fractions of the IPD."""
        return np.asarray(np.einsum("yxij,yxj->yxi", self.known, self.field) / WORKING_IPD, np.float32)


def _flow(a: Float, b: Float, weight: Float) -> _Flow:
    """Of ``b`` against ``a``, both (H, W) with ``weight`` 0..1; the sides are whole cells at every level."""
    field = np.zeros((1, 1, 2), np.float32)
    for level, rounds in zip(LEVELS, ITERATIONS, strict=True):
        size = a.shape[1] // level, a.shape[0] // level
        one, two = (normalize_light(_resize(plane, size)) for plane in (a, b))
        mask = _resize(weight, size)
        sigma = WINDOW * WORKING_IPD / np.sqrt(level) / CELL
        mass = _blur(_cells(mask), sigma) + np.float32(1e-6)
        columns, rows = np.meshgrid(
            np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32)
        )
        field = _enlarge(field, mass.shape) / np.float32(level)
        for _ in range(rounds):
            x, y = (_enlarge(axis, one.shape) for axis in cv2.split(field))
            moved = cv2.remap(two, np.add(x, columns, out=x), np.add(y, rows, out=y), cv2.INTER_CUBIC)
            gx, gy = _gradient((one + moved) / 2)
            means = cv2.split(_means(one, moved, gx, gy, mask))
            xx, xy, yy, bx, by = (_blur(plane, sigma) / mass for plane in means[:5])
            det: Float = (xx + RIDGE) * (yy + RIDGE) - xy * xy
            step = np.stack([(yy + RIDGE) * bx - xy * by, (xx + RIDGE) * by - xy * bx], -1) / det[..., None]
            length = np.linalg.norm(step, axis=-1, keepdims=True)
            field = (field + step * np.minimum(1, 2 / np.maximum(length, 1e-6))).astype(np.float32)
        field = field * np.float32(level)
    trust, rest, ones, both, others = (_blur(plane, sigma) / mass for plane in means[5:])
    independent = 4 * np.pi * (WINDOW * WORKING_IPD) ** 2 / INDEPENDENT
    noise = rest / (trust + np.float32(1e-6))
    known, texture = _known(xx, xy, yy, noise / independent / (CONFIDENCE * WORKING_IPD) ** 2)
    return _Flow(field, known, texture, both / np.sqrt(ones * others + np.float32(1e-12)))


@compiled
def _means(one: Float, moved: Float, gx: Float, gy: Float, mask: Float) -> Float:
    """Weighted means over each cell, (h, w, 10): the normal equations of its displacement and their
    right-hand side, then trust and residual, then the products that make a correlation."""
    means = np.zeros((one.shape[0] // CELL, one.shape[1] // CELL, 10), np.float32)
    share = np.float32(1 / CELL**2)
    for y in range(CELL * means.shape[0]):
        for x in range(CELL * means.shape[1]):
            weight = mask[y, x] * share
            if weight > 0:
                p, q, u, v = one[y, x], moved[y, x], gx[y, x], gy[y, x]
                left = p - q
                # Shadow edges and sheen are in one picture only: what does not fit counts less.
                trust = weight / (np.float32(1) + (left * PER_OUTLIER) * (left * PER_OUTLIER))
                cell = means[y // CELL, x // CELL]
                cell[0] += trust * u * u
                cell[1] += trust * u * v
                cell[2] += trust * v * v
                cell[3] += trust * u * left
                cell[4] += trust * v * left
                cell[5] += trust
                cell[6] += trust * left * left
                cell[7] += weight * p * p
                cell[8] += weight * p * q
                cell[9] += weight * q * q
    return means


def _known(xx: Float, xy: Float, yy: Float, least: Float) -> tuple[Float, Float]:
    """Projection onto the directions whose eigenvalue is at least ``least``, and the larger eigenvalue.

    The variance of a least-squares displacement along an eigenvector is the residual's
    over the eigenvalue and the number of independent pixels in the window.
    """
    half, mean = np.hypot((xx - yy) / 2, xy), (xx + yy) / 2
    angle = np.arctan2(xy, (xx - yy) / 2) / 2
    axis = np.stack([np.cos(angle), np.sin(angle)], -1)
    first = axis[..., :, None] * axis[..., None, :]
    least = np.maximum(least, TEXTURE / 2)[..., None, None]
    second = (np.eye(2) - first) * ((mean - half)[..., None, None] > least)
    return np.asarray(first * ((mean + half)[..., None, None] > least) + second, np.float32), mean + half


def _gray(encoded: Float) -> Float:
    return np.asarray(encoded, np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)


def _resize(plane: Float, size: tuple[int, int]) -> Float:
    smaller = size[0] < plane.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(plane.astype(np.float32), size, interpolation=how), np.float32)


def _blur(plane: Float, sigma: float) -> Float:
    """Gaussian blur; wide ones on a smaller grid, where they cost nothing and change nothing."""
    if sigma > 8:
        shrink = int(sigma / 4)
        small = _resize(plane, (max(1, plane.shape[1] // shrink), max(1, plane.shape[0] // shrink)))
        return _enlarge(_blur(small, sigma / shrink), plane.shape)
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), float(sigma)), np.float32)


def _cells(plane: Float) -> Float:
    """Mean over cells of ``CELL`` x ``CELL`` pixels; the sides are rounded."""
    size = max(1, round(plane.shape[1] / CELL)), max(1, round(plane.shape[0] / CELL))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _enlarge(plane: Float, shape: tuple[int, ...]) -> Float:
    larger = cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(larger, np.float32)


def _gradient(plane: Float) -> tuple[Float, Float]:
    return (
        np.asarray(cv2.Scharr(plane, cv2.CV_32F, 1, 0, scale=1 / 32), np.float32),
        np.asarray(cv2.Scharr(plane, cv2.CV_32F, 0, 1, scale=1 / 32), np.float32),
    )


def _whole_cells(plane: Float) -> Float:
    """The plane with its last row and column repeated until every level of it is made of whole cells."""
    unit = CELL * max(LEVELS)
    height, width = plane.shape
    return np.pad(plane, ((0, -height % unit), (0, -width % unit)), mode="edge")
