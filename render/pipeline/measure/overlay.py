"""The lock drawn: where the selfie had its features, and how far the portrait's texture lies from it."""

from __future__ import annotations

import numpy as np

from render.pipeline.contract import Double, Landmarks
from render.pipeline.faces import topology

from .registration import LIMIT, Registration

OUTLINES = (
    topology.FACE_OVAL,
    topology.RIGHT_BROW,
    topology.LEFT_BROW,
    topology.RIGHT_EYE,
    topology.LEFT_EYE,
    topology.RIGHT_IRIS,
    topology.LEFT_IRIS,
    topology.LIPS_OUTER,
    topology.LIPS_INNER,
)
"""Closed curves through landmarks."""

SPACING = 0.3
"""IPD between the places that are drawn: wider than a window of the measure, so each speaks for itself."""


def overlay(marks: Landmarks, found: Registration) -> dict[str, object]:
    """What can be drawn over a portrait, for its report.

    Parameters
    ----------
    marks : Landmarks
        The selfie's, in proof pixels.
    found : Registration
        Of the proof, on the same grid.

    Returns
    -------
    dict
        ``outlines``, closed curves of [x, y]; ``places``, rows of [x, y, dx, dy] with the displacement that
        was measured there; ``ipd`` and ``limit``: all in proof pixels.
    """
    chosen = _spread(found.points, SPACING * marks.ipd)
    shifts = found.displacement[chosen] * marks.ipd
    return {
        "outlines": [np.round(marks.points[line, :2], 1).tolist() for line in OUTLINES],
        "places": [
            [*np.round(place, 1).tolist(), *np.round(shift, 4).tolist()]
            for place, shift in zip(found.points[chosen], shifts, strict=True)
        ],
        "ipd": round(marks.ipd, 1),
        "limit": round(LIMIT * marks.ipd, 4),
    }


def _spread(points: Double, spacing: float) -> Double:
    """Indices of one point, the most central, in each cell of a grid of ``spacing``."""
    if not len(points):
        return np.empty(0, np.intp)
    cells = np.floor(points / spacing)
    off_center = np.abs(points / spacing - cells - 0.5).max(axis=1)
    order = np.lexsort((off_center, cells[:, 0], cells[:, 1]))
    _, first = np.unique(cells[order], axis=0, return_index=True)
    return np.sort(order[first])
