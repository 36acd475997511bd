"""The face models inside the ``mediapipe`` wheel (Apache-2.0): boxes, 478 points, person mask.

Points are averaged over many crops of the same face, because one crop's answer moves
when the crop moves (docs/likeness.md has the measured numbers). Half of the crops are
mirrored, so that the detector's own preference for one side cancels; half are seen in
evened light, so that a lamp's pull on the points is not taken for the face.

The graphs are built at first use, once per process, and called one at a time: a
MediaPipe graph is a single conveyor belt.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np

from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.errors import NoFace

from .crops import (
    View,
    box_of,
    cut,
    distinct,
    evened,
    jitter,
    jittered,
    patch,
    repeatability,
    robust_mean,
    square_of_box,
    square_of_points,
    views,
)
from .detector import FaceBox, Square
from .topology import MIRROR, POINTS

INPUT = 192  # pixels on each side of what the mesh model looks at
OVERSAMPLING = 2  # crops are drawn this much finer, then averaged: no aliasing
MINIMUM_SCORE = 0.5
ROOMS = 2.2, 3.0  # side of what is looked at to see where up is, over the box's
SURER = 0.05  # how much surer the two models must be, together, of a face that they see turned
MASK = 256  # pixels on each side of what the segmentation model looks at

_MESH_GRAPH = """
input_stream: "image"
input_stream: "roi"
input_side_packet: "with_attention"
output_stream: "landmarks"
node {
  calculator: "FaceLandmarkCpu"
  input_stream: "IMAGE:image"
  input_stream: "ROI:roi"
  input_side_packet: "WITH_ATTENTION:with_attention"
  output_stream: "LANDMARKS:landmarks"
}
"""


class Frame(NamedTuple):
    """How a crop lies on its picture: ``x_crop = linear @ x_picture + shift``; depth grows by ``scale``."""

    linear: Double
    shift: Double
    scale: float


class MediaPipeDetector:
    """A ``FaceDetector`` on the CPU; cheap to make, the models load at first use."""

    version = "mediapipe 0.10.21 face_landmark_with_attention, crops 3"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._graphs: dict[str, Any] = {}

    def detect(self, encoded: Code) -> list[FaceBox]:
        """All faces, the largest first; ``encoded`` is (H, W, 3).

        Both of MediaPipe's box models look at the whole picture, at the picture with a
        wide border (for a face that fills the frame) and at overlapping tiles of it (for
        small faces). What they find counts when the mesh model sees a face there too.
        """
        found = []
        for view in views(encoded.shape[1], encoded.shape[0]):
            picture = cut(encoded, view)
            for model in ("short", "full"):
                detections = self._run(model, picture, "detections") or []
                found += [box_of(detection, view) for detection in detections]
        boxes = [replace(box, settled=self._settle(encoded, box)) for box in distinct(found)]
        faces = [box for box in boxes if box.settled is not None]
        return sorted(faces, key=lambda box: -box.area)

    def quarter_turns(self, encoded: Code, box: FaceBox) -> int:
        """Turns by 90 degrees, counter-clockwise, after which the face in ``box`` stands upright: 0 to 3.

        Both box models are surest of a face that stands upright: they look at the face in each of its four
        positions. The mesh model cannot tell, it lays an upright face over one that stands on its head.
        """
        turns = self._turns(encoded, box, ROOMS[0])  # the second look is for the few that seem to be turned
        return turns if turns and self._turns(encoded, box, ROOMS[1]) == turns else 0

    def _turns(self, encoded: Code, box: FaceBox, room: float) -> int:
        """What a square ``room`` times as large as the box says."""
        side = room * max(box.width, box.height)
        x, y = box.center
        part = cut(encoded, View(x - side / 2, y - side / 2, side, side))
        sure = [
            sum(self._surest(model, np.rot90(part, turns)) for model in ("short", "full"))
            for turns in range(4)
        ]
        best = int(np.argmax(sure))
        return best if sure[best] > sure[0] + SURER else 0

    def _surest(self, model: str, picture: Code) -> float:
        """The highest score that a box model gives anything in ``picture``; 0 where it finds nothing."""
        detections = self._run(model, picture, "detections") or []
        return max((float(detection.score[0]) for detection in detections), default=0.0)

    def landmarks(self, encoded: Code, *, crops: int = 64, box: FaceBox | None = None) -> Landmarks:
        """478 points, measured twice with ``crops // 2`` crops each.

        Half of them are mirrored, and half of either kind are in evened light.

        Parameters
        ----------
        encoded : (H, W, 3) uint8
            The photograph.
        crops : int
            A positive multiple of 16.
        box : FaceBox, optional
            Which face; the largest by default.

        Raises
        ------
        NoFace
            When no face is found, or the mesh model does not accept it.
        ValueError
            When ``crops`` is not a positive multiple of 16.
        """
        if crops < 16 or crops % 16:
            raise ValueError("crops must be a positive multiple of 16")
        box = box or next(iter(self.detect(encoded)), None)
        square = (box.settled or self._settle(encoded, box)) if box else None
        if square is None:
            raise NoFace
        part, square, (x, y, scale) = patch(encoded, square, INPUT * OVERSAMPLING)
        looks = (part, evened(part, square.side)) * 2
        seen = [
            self._mean(look, [jittered(square, *offset) for offset in offsets.tolist()]) * scale + [x, y, 0]
            for look, offsets in zip(looks, jitter(crops // 8, len(looks)), strict=True)
        ]
        first, second = (seen[0] + seen[1]) / 2, (seen[2] + seen[3]) / 2
        return Landmarks(first, second, repeatability(first, second))

    def person_masks(self, encoded: Code) -> list[Float]:
        """Each segmentation's probability of "person", (H, W) 0..1; edges are soft over many pixels.

        The general model's, the landscape model's, and the pose model's where that one sees a person.
        """
        small = np.asarray(cv2.resize(encoded, (MASK, MASK), interpolation=cv2.INTER_AREA), np.uint8)
        seen = [self._run(model, small, "segmentation_mask") for model in ("person", "landscape", "pose")]
        full = [
            cv2.resize(np.asarray(mask, np.float32), encoded.shape[1::-1], interpolation=cv2.INTER_LINEAR)
            for mask in seen
            if mask is not None
        ]
        return [np.clip(mask, 0, 1).astype(np.float32) for mask in full]

    def _mean(self, picture: Code, squares: list[Square]) -> Double:
        """Points (478, 3) over all squares, each seen twice, once mirrored; NoFace where most show none."""
        seen = [points for square in squares for points in self._both(picture, square)]
        accepted = [points for points in seen if points is not None]
        if len(accepted) < len(squares):
            raise NoFace
        return robust_mean(np.array(accepted))

    def _settle(self, encoded: Code, box: FaceBox) -> Square | None:
        """The crop that the points themselves ask for, or None where there is no face."""
        square = square_of_box(box)
        part, square, (x, y, scale) = patch(encoded, square, INPUT * OVERSAMPLING)
        for _ in range(3):
            points = self._mesh(part, square)
            if points is None:
                return None
            square = square_of_points(points)
        return Square(square.x * scale + x, square.y * scale + y, square.side * scale, square.turn)

    def _mesh(self, picture: Code, square: Square) -> Double | None:
        """(478, 3) in pixels of ``picture`` as seen in one crop, or None."""
        crop, frame = _crop(picture, square)
        return _placed(self._points(crop), frame)

    def _both(self, picture: Code, square: Square) -> tuple[Double | None, Double | None]:
        """The same from a crop and from its mirror picture."""
        crop, frame = _crop(picture, square)
        twin = self._points(crop[:, ::-1])
        if twin is not None:
            twin = twin[MIRROR] * [-1, 1, 1] + [INPUT * OVERSAMPLING, 0, 0]
        return _placed(self._points(crop), frame), _placed(twin, frame)

    def _points(self, crop: Code) -> Double | None:
        """What the model sees in a crop, (478, 3) in pixels of the finer crop, or None."""
        answer = self._run("mesh", crop, "landmarks")
        if answer is None:
            return None
        return _coordinates(answer.SerializeToString()) * (INPUT * OVERSAMPLING)

    def _run(self, name: str, picture: Code, output: str) -> Any:
        picture = np.ascontiguousarray(picture)
        with self._lock:
            if name not in self._graphs:
                with _quiet():
                    self._graphs[name] = _build(name)
                    _process(self._graphs[name], name, picture)  # the first picture loads the model
            return getattr(_process(self._graphs[name], name, picture), output)


@cache
def shared() -> MediaPipeDetector:
    """The process's detector: its models are loaded once."""
    return MediaPipeDetector()


def _crop(picture: Code, square: Square) -> tuple[Code, Frame]:
    """What the model is shown of a square, (192, 192, 3), and how it lies on ``picture``."""
    size = INPUT * OVERSAMPLING
    scale, cos, sin = size / square.side, math.cos(square.turn), math.sin(square.turn)
    linear = scale * np.array([[cos, sin], [-sin, cos]])
    shift = size / 2 - linear @ [square.x, square.y]
    # OpenCV puts the first pixel's center at (0, 0), the contract at (0.5, 0.5).
    affine = np.column_stack([linear, shift + linear @ [0.5, 0.5] - 0.5])
    crop = cv2.warpAffine(picture, affine, (size, size), flags=cv2.INTER_LINEAR)
    crop = cv2.resize(crop, (INPUT, INPUT), interpolation=cv2.INTER_AREA)
    return np.asarray(crop, np.uint8), Frame(linear, shift, scale)


def _coordinates(message: bytes) -> Double:
    """x, y, z of every point, (478, 3), from the bytes of a ``NormalizedLandmarkList``.

    A point is two bytes, then three times a tag and a float (protobuf's wire format). Point after
    point through Python costs as much as a crop does.
    """
    points = np.frombuffer(message, np.uint8).reshape(POINTS, 2 + 3 * 5)[:, 2:].reshape(POINTS, 3, 5)
    return np.ascontiguousarray(points[..., 1:]).view("<f4")[..., 0].astype(np.float64)


def _placed(seen: Double | None, frame: Frame) -> Double | None:
    """Points of a crop in pixels of the picture that it was cut from."""
    if seen is None:
        return None
    flat = (seen[:, :2] - frame.shift) @ np.linalg.inv(frame.linear).T
    return np.column_stack([flat, seen[:, 2] / frame.scale])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep start-up chatter, which the libraries write straight to descriptor 2, off the terminal."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as sink:
        kept = os.dup(2)
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _build(name: str) -> Any:
    from mediapipe.python.solution_base import SolutionBase
    from mediapipe.python.solutions import face_detection, pose, selfie_segmentation

    if name == "mesh":
        return SolutionBase(
            graph_config=_MESH_GRAPH, side_inputs={"with_attention": True}, outputs=["landmarks"]
        )
    if name in ("person", "landscape"):
        return selfie_segmentation.SelfieSegmentation(model_selection=("person", "landscape").index(name))
    if name == "pose":
        return pose.Pose(static_image_mode=True, enable_segmentation=True, min_detection_confidence=0.1)
    return face_detection.FaceDetection(
        min_detection_confidence=MINIMUM_SCORE, model_selection={"short": 0, "full": 1}[name]
    )


def _process(graph: Any, name: str, picture: Code) -> Any:
    if name != "mesh":
        return graph.process(picture)
    from mediapipe.framework.formats import rect_pb2

    whole = rect_pb2.NormalizedRect(x_center=0.5, y_center=0.5, width=1, height=1)
    return graph.process({"image": picture, "roi": whole})
