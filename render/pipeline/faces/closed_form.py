"""Closed-form matting of the undecided places: what the photograph's colors say of an edge.

The colors of person and background near by correct the outline that is believed in
(``color_models``); closed-form matting (Levin et al. 2008, in pymatting) settles the undecided band; a guided
filter (He et al. 2013) carries the result to the photograph's own pixels.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from pymatting import cf_laplacian, cg, ichol
from scipy import sparse

from render.pipeline.contract import Double, Float, Landmarks

from . import topology
from .color_models import log_odds, signed_distance

Mask = NDArray[np.bool_]

COLOR_SIDE = 320
"""Long side, px, on which undecided places are told apart by color."""

SURE = 2.0
"""Log odds from which a place is decided."""

WITHIN = 0.05
"""How far inside the face's outline, IPD, the face is sure."""

HEAD = 1.5
"""Half the width, IPD, of a head, and of a hat's crown that leans."""

PRIOR, FAINTEST = 0.02, 0.25
SHIFTS = (0.0, 1e-4, 1e-3, 1e-2, 0.1, 1.0)
"""Tried in turn until the incomplete Cholesky factor exists."""


def person_odds(
    picture: Float, mask: Float, landmarks: Landmarks, scale: float, agreed: tuple[Mask, Mask]
) -> Float:
    """Log odds of "the sitter", (h, w): one whole person, its face included.

    Parameters
    ----------
    picture : (h, w, 3) sRGB-encoded 0..1
    mask : (h, w) rough probability of "person", 0..1
    landmarks : Landmarks
        On a grid that ``picture`` is ``scale`` times as large as.
    agreed : pair of (h, w) bool
        What is the person, and what is not, whatever the colors say.
    """
    odds = log_odds(picture, _by_color(picture, mask), landmarks.ipd * scale)
    within, without = agreed
    odds = np.where(within, np.maximum(odds, 2 * SURE), np.where(without, np.minimum(odds, -2 * SURE), odds))
    return _whole(np.where(face(landmarks, odds.shape, scale), np.maximum(odds, 2 * SURE), odds))


def face(landmarks: Landmarks, shape: tuple[int, ...], scale: float) -> Mask:
    """Where the face lies, (h, w), a little within its outline: glasses and skin may hold the background's
    colors.

    Parameters
    ----------
    landmarks : Landmarks
        On a grid that the result is ``scale`` times as large as.
    """
    oval = np.zeros(shape, np.uint8)
    cv2.fillPoly(oval, [np.round(landmarks.points[topology.FACE_OVAL, :2] * scale).astype(np.int32)], 1)
    return signed_distance(oval > 0) > WITHIN * landmarks.ipd * scale


def above(landmarks: Landmarks, shape: tuple[int, ...], scale: float) -> Mask:
    """What lies straight above the eyes, (h, w): forehead, hair and hat.

    Parameters
    ----------
    landmarks : Landmarks
        On a grid that the result is ``scale`` times as large as.
    """
    right, left = landmarks.points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], :2] * scale
    x, y = (right + left) / 2
    along = (left - right) / np.maximum(np.linalg.norm(left - right), 1e-6)
    along *= 1 if along[0] >= 0 else -1  # the picture may be a mirror's
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32) + 0.5
    beside = (columns - x) * along[0] + (rows - y) * along[1]
    up = (columns - x) * along[1] - (rows - y) * along[0]
    return np.asarray((up > 0) & (np.abs(beside) < HEAD * landmarks.ipd * scale))


def solved(picture: Float, odds: Float, ipd: float) -> Float:
    """Coverage, (h, w), by closed-form matting within the band that ``odds`` leave undecided."""
    return _settle(_solve(picture, _trimap(odds, ipd), odds))


def _by_color(picture: Float, mask: Float) -> Float:
    """Decide what the segmentation left open by color: GrabCut (Rother et al. 2004).

    A sleeve out of focus before leaves puzzles the network, not its color. Only places that are
    neither surely person nor surely background change.
    """
    open_question = (mask > 0.06) & (mask < 0.94)
    scale = min(1.0, COLOR_SIDE / max(mask.shape))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    share = cv2.resize(mask, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    labels = np.select(
        [share > 0.94, share > 0.5, share > 0.06],
        [cv2.GC_FGD, cv2.GC_PR_FGD, cv2.GC_PR_BGD],
        cv2.GC_BGD,
    ).astype(np.uint8)
    if not ((labels == cv2.GC_FGD).any() and (labels == cv2.GC_BGD).any()):
        return mask
    cv2.setRNGSeed(1)  # its color clusters start at random
    code = np.round(small * 255).astype(np.uint8)
    cv2.grabCut(code, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    person = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    decided = cv2.GaussianBlur(cv2.resize(person, mask.shape[::-1]), (0, 0), 1.5)
    return np.where(open_question, decided, mask).astype(np.float32)


def _whole(odds: Float) -> Float:
    """``odds`` (h, w) of one person without holes.

    What looks like background is background only where it continues the sure background, so an
    earring may have any color; and nothing floats beside the person.
    """
    person = largest(odds > 0)
    _, labels = cv2.connectedComponents((~person).astype(np.uint8), connectivity=4)
    outside = np.zeros(labels.max() + 1, bool)
    outside[labels[(odds < -SURE) & ~person]] = True
    person |= ~outside[labels]
    return np.where((odds > 0) == person, odds, np.where(person, 1, -1) * np.minimum(np.abs(odds), 1)).astype(
        np.float32
    )


def largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected part of ``mask``."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return mask if count < 3 else np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _trimap(odds: Float, ipd: float) -> Double:
    """1 surely person, 0 surely not, 0.5 undecided: a band wide enough for hair, wider where in doubt."""
    depth = signed_distance(odds > 0) / ipd
    trimap = np.full(odds.shape, 0.5)
    # Fly-away hair reaches outward; inward the outline is reliable sooner.
    trimap[(depth > 0.10) & (odds > SURE) | (depth > 0.32)] = 1
    trimap[(depth < -0.17) & (odds < -SURE) | (depth < -0.42)] = 0
    return trimap


def _solve(picture: Float, trimap: Double, odds: Float) -> Float:
    """Closed-form matting with a weak pull toward the likelier side in the undecided band.

    With L the matting Laplacian of ``picture``, U the undecided and K the decided places, it
    solves (L_UU + W) a_U = W p_U - L_UK a_K, p the probability of ``odds`` and W = PRIOR (2 p - 1)^2
    (Wang & Cohen 2007): where colors leave a doubt, the Laplacian alone decides. Without the pull, a
    background of the same color as the cloth before it is smeared over the edge.
    """
    undecided = (trimap == 0.5).ravel()
    if not undecided.any():
        return trimap.astype(np.float32)
    laplacian = cf_laplacian(picture.astype(np.float64), is_known=~undecided)[undecided]
    wanted = 1 / (1 + np.exp(-2 * odds.ravel()[undecided].astype(np.float64)))
    weight = PRIOR * np.maximum((2 * wanted - 1) ** 2, FAINTEST)
    system = (laplacian[:, undecided] + sparse.diags(weight)).tocsc()
    target = weight * wanted - laplacian[:, ~undecided] @ trimap.ravel()[~undecided]
    result = trimap.ravel().copy()
    factor = ichol(system, discard_threshold=1e-3, shifts=SHIFTS)
    result[undecided] = cg(system, target, M=factor, rtol=1e-6)
    return np.clip(result, 0, 1).reshape(trimap.shape).astype(np.float32)


def _settle(alpha: Float) -> Float:
    """Push nearly-opaque and nearly-clear to the ends, drop islands that float off the person."""
    alpha = np.clip((alpha - 0.04) / 0.92, 0, 1).astype(np.float32)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.05).astype(np.uint8))
    if len(stats) > 2:
        keep = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        alpha[(labels != keep)] = 0
    return alpha


def enlarged(alpha: Float, small: Float, encoded: Float, radius: int) -> Float:
    """Carry ``alpha`` to the photograph's pixels along the photograph's own edges.

    The guided filter's linear coefficients are found small and applied large (He & Sun 2015).
    """
    height, width = encoded.shape[:2]
    if alpha.shape == (height, width):
        return alpha
    k = (2 * max(radius, 1) + 1,) * 2
    guide = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    mean_g, mean_a = cv2.blur(guide, k), cv2.blur(alpha, k)
    variance = cv2.blur(guide * guide, k) - mean_g * mean_g
    slope = (cv2.blur(guide * alpha, k) - mean_g * mean_a) / (variance + 1e-3)
    offset = cv2.blur(mean_a - slope * mean_g, k)
    slope = cv2.blur(slope, k)
    size = (width, height)
    large = cv2.cvtColor(encoded, cv2.COLOR_RGB2GRAY)
    guided = cv2.resize(slope, size, interpolation=cv2.INTER_LINEAR) * large
    guided += cv2.resize(offset, size, interpolation=cv2.INTER_LINEAR)
    # Only the fine part comes from the guide: the matte itself stays the matte.
    plain = cv2.resize(alpha, size, interpolation=cv2.INTER_CUBIC)
    coarse = cv2.resize(
        cv2.resize(guided, small.shape[1::-1], interpolation=cv2.INTER_AREA),
        size,
        interpolation=cv2.INTER_CUBIC,
    )
    edge = 4 * np.clip(plain, 0, 1) * (1 - np.clip(plain, 0, 1))
    return np.clip(plain + edge * (guided - coarse), 0, 1).astype(np.float32)
