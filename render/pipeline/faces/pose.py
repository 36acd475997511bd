"""Where the head looks, from its points in three dimensions."""

from __future__ import annotations

import math

import numpy as np

from render.pipeline.contract import Double, Landmarks, Pose
from render.pipeline.measure.similarity import fit

from .topology import MIRROR

# A mean face that looks into the lens, in inter-pupil distances from the middle of the
# pupils, axes of the contract (x right, y up, z to the camera): point, x, y, z of the
# right half and of the midline. The mean of eleven sitters and their mirror pictures,
# each brought onto the mean by its similarity; x = 0 is the plane of symmetry, so zero
# yaw and roll are facts. Zero pitch is a convention: the sitters' median. Only points
# that speech and expression leave in place.
_SHAPE = """
    33 -0.701 -0.008 -0.085
    50 -0.803 -0.507 -0.011
    54 -0.941 0.553 -0.285
    67 -0.554 0.784 0.101
    68 -0.868 0.434 -0.096
    71 -0.971 0.295 -0.273
    93 -1.092 -0.523 -0.961
    98 -0.304 -0.692 0.199
    109 -0.301 0.826 0.207
    116 -1.012 -0.266 -0.293
    117 -0.836 -0.253 -0.099
    123 -1.016 -0.472 -0.278
    127 -1.108 -0.053 -0.862
    129 -0.361 -0.584 0.143
    133 -0.274 -0.043 -0.002
    162 -1.089 0.186 -0.693
    227 -1.100 -0.290 -0.591
    234 -1.102 -0.285 -0.944
    1 0.000 -0.671 0.577
    2 0.000 -0.752 0.325
    4 0.000 -0.566 0.614
    5 0.000 -0.427 0.581
    6 0.000 -0.087 0.339
    8 0.000 0.152 0.283
    9 0.000 0.287 0.308
    10 0.000 0.835 0.235
    151 0.000 0.574 0.277
    168 0.000 0.037 0.274
    195 0.000 -0.311 0.495
    197 0.000 -0.203 0.413
"""


def _reference() -> tuple[list[int], Double]:
    rows = np.array(_SHAPE.split(), np.float64).reshape(-1, 4)
    index = rows[:, 0].astype(np.intp)
    sides = rows[rows[:, 1] != 0]
    twins = MIRROR[sides[:, 0].astype(np.intp)]
    shape = np.concatenate([rows[:, 1:], sides[:, 1:] * [-1, 1, 1]])
    return [*index.tolist(), *twins.tolist()], shape


RIGID, SHAPE = _reference()
"""The points that pose is read from, and where they lie on the mean face, (42, 3)."""


def rotation(landmarks: Landmarks) -> Double:
    """(3, 3): turns directions of the mean face into directions of this one (contract axes)."""
    seen = landmarks.points[RIGID] * [1, -1, -1]
    return fit(SHAPE, seen).rotation


def pose(landmarks: Landmarks) -> Pose:
    """Yaw, pitch and roll in degrees.

    Yaw > 0: the nose points to the camera's right. Pitch > 0: it points up. Roll > 0:
    the head leans counter-clockwise in the picture. The rotation of the mean face is
    ``Ry(yaw) Rx(-pitch) Rz(roll)``: yaw and pitch are those of the line of sight.
    """
    r = rotation(landmarks)
    yaw, pitch = math.atan2(r[0, 2], r[2, 2]), math.asin(max(-1.0, min(1.0, r[1, 2])))
    level = compose(Pose(math.degrees(yaw), math.degrees(pitch), 0.0))
    rest = level.T @ r
    return Pose(math.degrees(yaw), math.degrees(pitch), math.degrees(math.atan2(rest[1, 0], rest[0, 0])))


def compose(angles: Pose) -> Double:
    """(3, 3): the rotation that ``pose`` takes apart."""
    yaw, pitch, roll = (math.radians(a) for a in (angles.yaw, angles.pitch, angles.roll))
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), math.sin(pitch)], [0, -math.sin(pitch), math.cos(pitch)]]
    )
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    turned: Double = about_y @ about_x @ about_z
    return turned
