"""The least-squares similarity between two point sets (Procrustes, without reflection)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.pipeline.contract import Double


@dataclass(frozen=True)
class Similarity:
    """``x -> scale * x @ rotation.T + shift`` in D dimensions; the rotation is proper."""

    scale: float
    rotation: Double
    shift: Double

    def __call__(self, points: Double) -> Double:
        """Map (..., D) points."""
        mapped: Double = self.scale * points @ self.rotation.T + self.shift
        return mapped


def fit(source: Double, target: Double, weights: Double | None = None) -> Similarity:
    """The similarity that brings ``source`` nearest to ``target``.

    Parameters
    ----------
    source, target : (K, D)
        Corresponding points, D = 2 or 3, K > D.
    weights : (K,), optional
        Non-negative weights of the squared distances.

    Returns
    -------
    Similarity
        Minimizes ``sum_i w_i |T(source_i) - target_i|^2`` over scale, proper rotation
        and shift: S. Umeyama, "Least-squares estimation of transformation parameters
        between two point patterns", IEEE TPAMI 13 (1991), eq. 40-43.

    Raises
    ------
    ValueError
        When shapes differ or the source is a single point.
    """
    if source.shape != target.shape:
        raise ValueError(f"{source.shape} points cannot be matched with {target.shape}")
    w = np.ones(len(source)) if weights is None else weights
    w = (w / w.sum())[:, None]
    center, aim = (w * source).sum(0), (w * target).sum(0)
    a, b = source - center, target - aim
    variance = float((w * a**2).sum())
    if variance == 0:
        raise ValueError("all points coincide")
    u, s, vt = np.linalg.svd((w * b).T @ a)
    sign = np.ones(len(s))
    sign[-1] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotation = (u * sign) @ vt
    scale = float((s * sign).sum() / variance)
    return Similarity(scale, rotation, aim - scale * rotation @ center)
