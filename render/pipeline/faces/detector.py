"""What the engine asks of a face detector, whichever library answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from render.pipeline.contract import Code, Float, Landmarks


class Square(NamedTuple):
    """A square to cut: its center and side in pixels, turned by ``turn`` radians (clockwise)."""

    x: float
    y: float
    side: float
    turn: float


@dataclass(frozen=True)
class FaceBox:
    """One face: its box and both eyes in pixels of the photograph, and a score in 0..1.

    The box is the detector's: from the brows to the chin and from cheek to cheek. ``settled`` is the square
    that its points ask to be looked at in, where the detector has found it out already.
    """

    left: float
    top: float
    width: float
    height: float
    right_eye: tuple[float, float]
    left_eye: tuple[float, float]
    score: float
    settled: Square | None = None

    @property
    def center(self) -> tuple[float, float]:
        return self.left + self.width / 2, self.top + self.height / 2

    @property
    def area(self) -> float:
        return self.width * self.height


class FaceDetector(Protocol):
    """Finds faces, measures their points, and tells the person from the background.

    ``encoded`` is always (H, W, 3) uint8, sRGB, upright, of any size.
    """

    @property
    def version(self) -> str:
        """Names the models, so that stored measurements can be told from newer ones."""
        ...

    def detect(self, encoded: Code) -> list[FaceBox]:
        """All faces of the picture, the largest first."""
        ...

    def quarter_turns(self, encoded: Code, box: FaceBox) -> int:
        """Turns by 90 degrees, counter-clockwise, after which the face in ``box`` stands upright: 0 to 3."""
        ...

    def landmarks(self, encoded: Code, *, crops: int = 64, box: FaceBox | None = None) -> Landmarks:
        """The points of the face in ``box`` (the largest face by default), measured twice.

        Raises
        ------
        NoFace
            When there is none.
        """
        ...

    def person_masks(self, encoded: Code) -> list[Float]:
        """Several opinions, (H, W) of 0..1: how sure each is that a pixel shows the person; soft, no
        mattes."""
        ...
