"""A stranger who judges likeness: dlib's face embedding, which had no part in making the portrait."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from render.pipeline.contract import Code, Double
from render.pipeline.faces import topology
from render.pipeline.networks import register, weights

SAME = 0.6
"""The distance below which dlib's authors say "the same person"; ours have to be far below it."""

AROUND = 0.1
"""What the box of a face is larger than its oval, of its side: dlib's own detector frames faces like that."""


def embedding(code: Code, points: Double) -> Double:
    """What the network says of one face.

    Parameters
    ----------
    code : (H, W, 3) uint8
        sRGB code values.
    points : (478, 2 or 3) float64
        Landmarks in pixels of ``code``; their oval says where the face is, and dlib finds its points there.

    Returns
    -------
    (128,) float64

    Raises
    ------
    NoWeights
        Where a network is not installed.

    References
    ----------
    dlib, ``face_recognition_model_v1``; King, High quality face recognition with deep metric learning, 2017.
    """
    dlib, predictor, model = _networks()
    oval = np.asarray(points)[topology.FACE_OVAL, :2]
    low, high = oval.min(axis=0), oval.max(axis=0)
    middle, reach = (low + high) / 2, (0.5 + AROUND) * float((high - low).max())
    left, top = (round(float(value)) for value in middle - reach)
    right, bottom = (round(float(value)) for value in middle + reach)
    picture = np.ascontiguousarray(code)
    shape = predictor(picture, dlib.rectangle(left, top, right, bottom))
    return np.asarray(model.compute_face_descriptor(picture, shape), np.float64)


def distance(first: Double, second: Double) -> float:
    """Euclidean distance of two embeddings; 0 for the same picture, about 0.6 where strangers begin."""
    return float(np.linalg.norm(first - second))


@cache
def _networks() -> tuple[Any, Any, Any]:
    import dlib

    alignment = weights.path(register.find("face-alignment"))
    model = weights.path(register.find("face-embedding"))
    return dlib, dlib.shape_predictor(str(alignment)), dlib.face_recognition_model_v1(str(model))
