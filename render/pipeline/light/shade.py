"""What a soft fill does to small shade: it reaches under the eyes and into the folds beside the mouth.

A phone is held above the face or below a ceiling lamp, and its picture draws each hollow darker than anybody
sees it across a table. The relief is measured to about a millimeter, too coarse to say how deep a hollow is,
so its shade is read from the picture: in the places where every face has one, what is darker than the skin
around it, broader than any mole or freckle and milder than a nostril. A birthmark on a cheek is no hollow.
"""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Float
from render.pipeline.faces import topology

from .relief import Relief
from .shine import Skin

HOLLOW, AROUND = 0.05, 0.16
"""IPD (one sigma): how finely the shade is read, and how far around it the skin."""

MILD, DEEP = 0.03, 0.45
"""Natural log under the skin around from which there is shade, and beyond which it is no hollow but an
opening, an edge or hair."""

REACH = 0.10
"""IPD (one sigma) around the landmarks of a hollow."""


def hollows(relief: Relief, skin: Skin) -> Float:
    """How much darker the hollows of the ``skin`` are than what lies around them, natural log, (h, w), 0 and
    more, on the relief's `around_face`."""
    color = np.maximum(relief.color[relief.around_face], np.float32(1e-3))
    if not skin.any():
        return np.zeros(color.shape[:2], np.float32)
    there, logs = skin.astype(np.float32), np.log(srgb.luminance(color))
    near, around = (_mean(logs, there, share * relief.ipd) for share in (HOLLOW, AROUND))
    dark = np.maximum(around - near - np.float32(MILD), 0)
    dark *= np.exp(-((dark / np.float32(DEEP)) ** 2)) * cv2.GaussianBlur(there, (0, 0), 0.03 * relief.ipd)
    return np.asarray(dark * _places(relief.close_up), np.float32)


def _places(face: Relief) -> Float:
    """Where faces have hollows, (h, w) 0..1, without an edge."""
    away = np.ones(face.depth.shape, np.float32)
    for x, y in face.vertices[topology.HOLLOWS, :2]:
        away[min(max(int(y), 0), away.shape[0] - 1), min(max(int(x), 0), away.shape[1] - 1)] = 0
    far = cv2.distanceTransform((away > 0).astype(np.uint8), cv2.DIST_L2, 5) / np.float32(REACH * face.ipd)
    return np.asarray(np.exp(-(np.maximum(far - np.float32(0.5), 0) ** 2)), np.float32)


def _mean(field: Float, there: Float, sigma: float) -> Float:
    amount = np.maximum(cv2.GaussianBlur(there, (0, 0), sigma), np.float32(0.05))
    return np.asarray(cv2.GaussianBlur(field * there, (0, 0), sigma) / amount, np.float32)
