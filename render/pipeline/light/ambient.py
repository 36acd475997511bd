"""The light that the selfie was taken in, found on the face, so that it can be taken away.

In log light, what a face shows is albedo plus illumination. Illumination is smooth in the
surface normal (spherical harmonics, Ramamoorthi & Hanrahan 2001) and not symmetric; albedo
is nearly symmetric at large scale. So: a robust fit of harmonics over the skin, then what
is left, smooth over the surface. Both are split by the mirror of the face. The odd part can
only be light and is taken whole, in two passes; of the even part some is the face itself
(brows shade, beards and cheeks are darker), so a share of it stays.
"""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float, Identity
from render.pipeline.faces import topology

from .relief import Relief, rasterize

EVEN_FIT = 0.20  # of the harmonics' even part: a face keeps the roundness that its own light drew
EVEN_REST = 0.05  # of what the harmonics left
EVEN_TINT = 0.15  # of its color: rosy cheeks and lips are the sitter's own
TINT_SHARE = 0.3  # of two lights' colors: all of it makes the side that the sky lit red
FAR_TINT = 0.015  # natural log: a white collar shows more of it
PASSES = 2
MILD = 0.5  # natural log: residuals beyond it are the skin's own
DARKEST, BRIGHTEST = -1.8, 1.5  # natural log: beyond it lies a cast shadow's noise or a clipped highlight


def estimate(identity: Identity, relief: Relief) -> Float:
    """Relative illumination of the selfie, (h, w, 3) linear on the relief's grid, median 1 on the face.

    Parameters
    ----------
    identity : Identity
    relief : Relief of the same identity

    Notes
    -----
    The face decides; hair, neck and clothes get the first-order harmonics of the same fit,
    held to the range that the face showed, so that the light does not stop at the jaw.
    """
    size = relief.depth.shape[::-1]
    picture = np.maximum(cv2.resize(identity.pixels, size, interpolation=cv2.INTER_AREA), 1e-4)
    luma = np.log(srgb.luminance(picture))
    skin = skin_mask(relief, picture)
    near = np.zeros_like(luma)
    far = np.zeros_like(luma)
    for again in range(PASSES):
        found = _face_light(relief, luma - near, skin, EVEN_FIT if again == 0 else 0.0)
        near = near + found
        if again == 0:
            far = _far_light(relief, luma, skin)
    blend = cv2.GaussianBlur(relief.face, (0, 0), 0.1 * relief.ipd) * relief.face
    light = blend * near + (1 - blend) * far
    light = np.clip(light - _middle(light, skin), DARKEST, BRIGHTEST)
    tint = _tint(relief, picture, luma, skin)
    smooth = cv2.GaussianBlur(light.astype(np.float32), (0, 0), 1.0)
    return np.exp(smooth[..., None] + tint).astype(np.float32)


def _face_light(relief: Relief, luma: Float, skin: Float, even_share: float) -> Float:
    """Log illumination over the face, (h, w): all of its odd part, ``even_share`` of the even."""
    basis = harmonics(relief.normals)
    fitted = basis @ _fit(basis, luma, skin)
    fitted = fitted - _middle(fitted, skin)
    rest = luma - fitted
    rest = rest - _middle(rest, skin)
    odd_fit, _ = _parity(_at_vertices(fitted, relief))
    odd_rest, even_rest = _parity(_smooth_at_vertices(relief, rest, skin))
    surplus = (1 - even_share) * odd_fit + odd_rest + even_share * EVEN_REST * even_rest
    _, field = rasterize(relief.vertices, surplus, luma.shape)
    return np.asarray(even_share * fitted + field, np.float32)


def _far_light(relief: Relief, luma: Float, skin: Float) -> Float:
    """Log illumination where there is no mesh: first-order harmonics, within the face's own range."""
    basis = harmonics(relief.normals)[..., :4]
    fitted = basis @ _fit(basis, luma, skin)
    fitted = fitted - _middle(fitted, skin)
    if not (skin > 0.5).any():
        return np.zeros_like(luma)
    low, high = np.percentile(fitted[skin > 0.5], [2, 98])
    return np.asarray(EVEN_FIT * np.clip(fitted, low - 0.25, high + 0.25), np.float32)


def _middle(field: Float, skin: Float) -> float:
    """Median over the skin, 0 where there is none."""
    chosen = field[skin > 0.5]
    return float(np.median(chosen)) if chosen.size else 0.0


def _parity(values: Double) -> tuple[Double, Double]:
    """Mirror-odd and mirror-even part of one value per landmark."""
    mirrored = values[topology.MIRROR]
    return (values - mirrored) / 2, (values + mirrored) / 2


def _at_vertices(field: Float, relief: Relief) -> Double:
    """Values of a grid at the landmarks, (478,)."""
    at = np.round(relief.vertices[:, :2] - 0.5).astype(int)
    rows = np.clip(at[:, 1], 0, field.shape[0] - 1)
    columns = np.clip(at[:, 0], 0, field.shape[1] - 1)
    return np.asarray(field[rows, columns], np.float64)


def harmonics(normals: Float) -> Float:
    """The nine real spherical harmonics to order 2, unnormalized, (..., 9)."""
    x, y, z = normals[..., 0], normals[..., 1], normals[..., 2]
    return np.stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1], axis=-1)


def skin_mask(relief: Relief, picture: Float) -> Float:
    """Skin of the face on the grid, (h, w) 0..1.

    The mesh less eyes, brows and lips, less what has not the color of this skin.
    """
    mask = bare(relief)
    if mask.sum() < 20:
        return mask
    logs = np.log(picture)
    chroma = np.stack([logs[..., 0] - logs[..., 1], logs[..., 2] - logs[..., 1]], axis=-1)
    inside = mask > 0.5
    center = np.median(chroma[inside], axis=0)
    spread = 1.48 * np.median(np.abs(chroma[inside] - center), axis=0) + 0.05
    distance = np.sqrt((((chroma - center) / spread) ** 2).sum(axis=-1))
    luma = logs @ srgb.LUMINANCE
    middle = np.median(luma[inside])
    plausible = (distance < 3.5) & (luma > middle - 1.8)
    return np.asarray(mask * plausible, np.float32)


def bare(relief: Relief) -> Float:
    """The mesh less eyes, brows and lips, (h, w) 0 or 1."""
    mask = cv2.erode((relief.face > 0.9).astype(np.float32), np.ones((5, 5), np.uint8))
    for group in (
        topology.LEFT_EYE,
        topology.RIGHT_EYE,
        topology.LIPS_OUTER,
        topology.LEFT_BROW,
        topology.RIGHT_BROW,
    ):
        hole = cv2.convexHull(np.round((relief.vertices[group, :2] - 0.5) * 16).astype(np.int32))
        cv2.fillConvexPoly(mask, hole, 0.0, shift=4)
    return np.asarray(mask, np.float32)


def _fit(basis: Float, luma: Float, skin: Float) -> Float:
    """Iteratively reweighted ridge fit over the skin (Cauchy weights)."""
    chosen = skin > 0.5
    a = basis[chosen].astype(np.float64)
    b = luma[chosen].astype(np.float64)
    weight = np.ones(len(b))
    ridge = np.diag([0.0] + [0.001 * len(b)] * 3 + [0.01 * len(b)] * (a.shape[1] - 4))
    for _ in range(5):
        normal = a.T @ (a * weight[:, None]) + ridge + 1e-6 * np.eye(a.shape[1])
        found = np.linalg.solve(normal, a.T @ (b * weight))
        rest = b - a @ found
        weight = 1 / (1 + (rest / 0.25) ** 2)
    return np.asarray(found, np.float32)


def _smooth_at_vertices(relief: Relief, rest: Float, skin: Float) -> Double:
    """``rest`` at the landmarks, smooth over the surface, trusted where there is skin, (478,)."""
    sigma = (0.05 * relief.ipd,) * 2
    # A birthmark or a scar departs strongly and in one place; light departs mildly over many.
    mild = MILD * np.tanh(rest / MILD)
    blurred = cv2.GaussianBlur(mild * skin, (0, 0), *sigma)
    weight = cv2.GaussianBlur(skin, (0, 0), *sigma)
    trust = np.clip(_at_vertices(weight, relief), 0, 1)
    value = _at_vertices(blurred, relief) / np.maximum(trust, 1e-3)
    return _over_surface(relief.vertices, value, trust, 0.16 * relief.ipd)


def _over_surface(vertices: Double, value: Double, trust: Double, sigma: float) -> Double:
    """Gaussian smoothing of one value per vertex along the face, weighted by trust."""
    gap = ((vertices[:, None, :] - vertices[None, :, :]) ** 2).sum(axis=-1)
    kernel = np.exp(-gap / (2 * sigma * sigma)) * trust[None, :]
    return np.asarray((kernel @ value) / (kernel.sum(axis=1) + 0.3))


def _tint(relief: Relief, picture: Float, luma: Float, skin: Float) -> Float:
    """Color of mixed light: log R/Y, G/Y, B/Y over normal and surface, median 0 on the skin.

    A face lit from a window is paler on that side, because skin mirrors the sky there; the same
    split into mirror-odd and mirror-even parts takes it out with the light that made it.
    """
    basis = harmonics(relief.normals)[..., :4]
    result = np.zeros_like(picture)
    for channel in range(3):
        ratio = np.log(picture[..., channel]) - luma
        weights = _fit(basis, ratio, skin)
        fitted = basis @ weights
        across = basis[..., 1] * weights[1]  # from above and from the front a face is tinted by itself, too
        odd, even = _parity(_smooth_at_vertices(relief, ratio - fitted, skin))
        _, rest = rasterize(relief.vertices, odd + EVEN_TINT * even, ratio.shape)
        fitted = across + EVEN_TINT * (fitted - across)
        fitted = fitted - _middle(fitted, skin)
        far = TINT_SHARE * np.clip(fitted, -FAR_TINT, FAR_TINT)
        near = TINT_SHARE * (np.clip(fitted, -0.5, 0.5) + np.clip(rest, -0.5, 0.5))
        blend = cv2.GaussianBlur(relief.face, (0, 0), 0.1 * relief.ipd) * relief.face
        result[..., channel] = cv2.GaussianBlur(blend * near + (1 - blend) * far, (0, 0), 1.0)
    return result
