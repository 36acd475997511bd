"""The preview: the proof made small and marked, to be looked at before anything is paid."""

from __future__ import annotations

import numpy as np
from PIL import Image

from render.pipeline.contract import Code, Double

from .watermark import watermark

LONG_SIDE = 800


def preview(proof: Code, points: Double, secret: bytes) -> Code:
    """A proof reduced to 800 px on its long side, with the watermark around its face.

    Parameters
    ----------
    proof : (h, w, 3) uint8
    points : (478, 2 or 3) float64
        Landmarks in pixels of ``proof``.
    secret : bytes
        What only the site knows of this portrait, as `watermark`.

    Returns
    -------
    (h, w, 3) uint8
    """
    return watermark(reduced(proof), scaled(points, proof), secret)


def reduced(proof: Code) -> Code:
    """The proof as large as its preview, without a mark."""
    picture = Image.fromarray(proof)
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def scaled(points: Double, proof: Code) -> Double:
    """Landmarks of ``proof`` in pixels of its preview, (478, 2)."""
    return np.asarray(points)[:, :2] * min(1.0, LONG_SIDE / max(proof.shape[:2]))
