"""A body that the selfie's frame cut off falls off into the backdrop beyond its sides.

Frames are laid within the photograph (``stages.place``); a wide one around a large head is wider than
it, and there the body would end in a straight cut. As in a studio whose light ends beside the sitter, the
shoulder's outline runs on downward and outward, out of focus at once, and is gone before the widened
picture ends. Nothing within the selfie's frame changes.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from render.pipeline.contract import Float, Landmarks
from render.pipeline.resample import blur

REACH = 0.30  # of the photograph's width, added on each side
STRIP = 0.10  # of the width: where the shoulder's slope is measured
FOLD = 0.06  # of the width: cloth that is repeated, too narrow for a pocket or a button
EDGE = 0.004  # of the width: how soft the continued outline is
FADED = 0.9  # of the reach: where nothing of the body is left
STEEPER = 0.9  # how fast a shoulder falls toward the arm: slope gained per width


def extend(pixels: Float, matte: Float, landmarks: Landmarks) -> tuple[Float, Float, Landmarks]:
    """Widen the picture on both sides, the sitter's shoulders with it.

    Parameters
    ----------
    pixels : (H, W, 3) linear, the person's own color
    matte : (H, W)
    landmarks : Landmarks

    Returns
    -------
    pixels, matte, landmarks
        On a picture ``1 + 2 REACH`` times as wide, the photograph in its middle.
    """
    reach = round(REACH * matte.shape[1])
    right_color, right_matte = _side(pixels[:, ::-1], matte[:, ::-1], reach)
    left_color, left_matte = _side(pixels, matte, reach)
    wide = np.concatenate([left_color[:, ::-1], pixels, right_color], axis=1)
    cover = np.concatenate([left_matte[:, ::-1], matte, right_matte], axis=1)
    move = np.array([reach, 0.0, 0.0])
    moved = replace(landmarks, first=landmarks.first + move, second=landmarks.second + move)
    return np.ascontiguousarray(wide), np.ascontiguousarray(cover), moved


def _side(pixels: Float, matte: Float, reach: int) -> tuple[Float, Float]:
    """What lies beyond column 0, nearest column first: (H, reach, 3) and (H, reach)."""
    height, width = matte.shape
    strip = max(8, round(STRIP * width))
    tops = _tops(matte, strip)
    color = np.repeat(pixels[:, :1], reach, axis=1)
    if tops is None:
        return color, np.zeros((height, reach), np.float32)
    away = np.arange(1, reach + 1, dtype=np.float32)
    # There and back over the strip: a weave keeps its scale, and meets itself without a seam.
    fold = max(8, round(FOLD * width))
    source = fold - np.abs((away - 1) % (2 * fold) - fold)
    slope = max(float(tops[0] - tops[strip]) / strip, 0.2)
    target = tops[0] + slope * away + STEEPER / (2 * width) * away**2
    here = np.interp(source, np.arange(len(tops)), tops).astype(np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None] - (target - here)[None]
    columns = np.repeat(source[None], height, axis=0).astype(np.float32)
    part_color = np.ascontiguousarray(pixels[:, : 2 * strip])
    part_matte = np.ascontiguousarray(matte[:, : 2 * strip])
    rows = rows.astype(np.float32)
    color = cv2.remap(part_color, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.remap(part_matte, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # Haze beside the last column would be drawn out into a ghost, a bump would come again and again:
    # farther out the shoulder ends on its own smooth outline.
    cover = np.clip((cover - 0.3) / 0.4, 0, 1)
    smooth = np.clip((np.arange(height, dtype=np.float32)[:, None] - target) / (EDGE * width) + 0.5, 0, 1)
    cover += np.clip(4 * away / strip, 0, 1) * (smooth - cover)
    gone = np.clip(away / (reach * FADED), 0, 1)
    cover = cover * (1 - gone * gone * (3 - 2 * gone))
    return _soften(color, away, width), np.asarray(cover, np.float32)


def _tops(matte: Float, strip: int) -> Float | None:
    """Height of the body's top in each of the last columns, smoothed; None where none is cut."""
    height = matte.shape[0]
    covered = matte[:, : 2 * strip] > 0.5
    if covered[:, :2].mean() < 0.02:
        return None
    # From the bottom up to the first gap, so that hair above a shoulder is not the shoulder.
    gap = ~covered[::-1]
    tops = height - np.where(gap.any(axis=0), gap.argmax(axis=0), height)
    smooth = cv2.GaussianBlur(
        tops[None].astype(np.float32), (0, 0), strip / 8, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(smooth[0])


def _soften(color: Float, away: Float, width: int) -> Float:
    """Blur more the farther out, so that a repeated fold does not read as a fold."""
    soft = color
    for sigma, start in ((0.006, 0.0), (0.015, 0.03), (0.03, 0.08)):
        blurred = blur(color, sigma * width, cv2.BORDER_REPLICATE)
        share = np.clip((away / width - start) / 0.05, 0, 1)[None, :, None]
        soft = soft + share * (blurred - soft)
    return np.asarray(soft, np.float32)
