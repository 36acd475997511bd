"""The light that the selfie was taken in, found on the face, so that it can be taken away.

In log light, what a face shows is albedo plus illumination. Illumination is smooth in the
surface normal (spherical harmonics, Ramamoorthi & Hanrahan 2001) and not symmetric; albedo
is nearly symmetric at large scale. So: a robust fit of harmonics over the skin, then what
is left, smooth over the surface, split into its mirror-odd part (light) and its mirror-even
part (half of it light: shade in the eye sockets and under the nose).
"""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float, Identity
from render.pipeline.faces import topology

from .relief import Relief, rasterize

ODD_SHARE = 0.9
EVEN_SHARE = 0.45
EVEN_TINT = 0.15  # rosy cheeks and lips are the sitter's own
TINT_SHARE = 0.85


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
    basis = harmonics(relief.normals)
    weights = _fit(basis, luma, skin)
    face_light = basis @ weights
    level = float(np.median(face_light[skin > 0.5])) if (skin > 0.5).any() else 0.0
    face_light += _residual(relief, luma - face_light, skin, EVEN_SHARE)
    far = basis[..., :4] @ _fit(basis[..., :4], luma, skin)
    low, high = np.percentile(far[skin > 0.5], [2, 98]) if (skin > 0.5).any() else (level, level)
    far = np.clip(far, low - 0.25, high + 0.25)
    blend = cv2.GaussianBlur(relief.face, (0, 0), 0.1 * relief.ipd) * relief.face
    light = blend * face_light + (1 - blend) * far - level
    light = np.clip(light, -1.4, 1.1)
    tint = _tint(relief, picture, luma, skin)
    smooth = cv2.GaussianBlur(light.astype(np.float32), (0, 0), 1.0)
    return np.exp(smooth[..., None] + tint).astype(np.float32)


def harmonics(normals: Float) -> Float:
    """The nine real spherical harmonics to order 2, unnormalized, (..., 9)."""
    x, y, z = normals[..., 0], normals[..., 1], normals[..., 2]
    return np.stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1], axis=-1)


def skin_mask(relief: Relief, picture: Float) -> Float:
    """Skin of the face on the grid, (h, w) 0..1.

    The mesh less eyes, brows and lips, less what has not the color of this skin.
    """
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
    if mask.sum() < 20:
        return np.asarray(mask, np.float32)
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


def _fit(basis: Float, luma: Float, skin: Float) -> Float:
    """Iteratively reweighted ridge fit over the skin (Cauchy weights)."""
    chosen = skin > 0.5
    a = basis[chosen].astype(np.float64)
    b = luma[chosen].astype(np.float64)
    weight = np.ones(len(b))
    ridge = np.diag([0.0] + [0.004 * len(b)] * 3 + [0.02 * len(b)] * (a.shape[1] - 4))
    for _ in range(5):
        normal = a.T @ (a * weight[:, None]) + ridge + 1e-6 * np.eye(a.shape[1])
        found = np.linalg.solve(normal, a.T @ (b * weight))
        rest = b - a @ found
        weight = 1 / (1 + (rest / 0.25) ** 2)
    return np.asarray(found, np.float32)


def _residual(relief: Relief, rest: Float, skin: Float, even_share: float) -> Float:
    """The smooth part of what the harmonics left, as far as it is light, (h, w)."""
    count = len(relief.vertices)
    blurred = cv2.GaussianBlur(rest * skin, (0, 0), 0.05 * relief.ipd)
    weight = cv2.GaussianBlur(skin, (0, 0), 0.05 * relief.ipd)
    at = np.round(relief.vertices[:, :2] - 0.5).astype(int)
    x = np.clip(at[:, 0], 0, rest.shape[1] - 1)
    y = np.clip(at[:, 1], 0, rest.shape[0] - 1)
    trust = np.clip(weight[y, x], 0, 1)
    value = blurred[y, x] / np.maximum(weight[y, x], 1e-3)
    smooth = _over_surface(relief.vertices, value, trust, 0.16 * relief.ipd)
    mirrored = smooth[topology.MIRROR]
    odd, even = (smooth - mirrored) / 2, (smooth + mirrored) / 2
    light = ODD_SHARE * odd + even_share * even
    _, field = rasterize(relief.vertices, light[:count], rest.shape)
    return field


def _over_surface(vertices: Double, value: Float, trust: Float, sigma: float) -> Double:
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
        rest = _residual(relief, ratio - fitted, skin, EVEN_TINT)
        if (skin > 0.5).any():
            fitted = fitted - np.median(fitted[skin > 0.5])
        far = TINT_SHARE * np.clip(fitted, -0.2, 0.2)
        near = TINT_SHARE * np.clip(fitted, -0.5, 0.5) + np.clip(rest, -0.5, 0.5)
        blend = cv2.GaussianBlur(relief.face, (0, 0), 0.1 * relief.ipd) * relief.face
        result[..., channel] = cv2.GaussianBlur(blend * near + (1 - blend) * far, (0, 0), 1.0)
    return result
