"""The row that every run of the suite carries, and the fault that the array was made for."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from render.pipeline import placement
from render.pipeline.contract import Float
from tests.phone import JPEG, Original
from tests.pipeline.selfies import CLOSE

from .carry import carry, seated
from .count import ENDED

pytestmark = pytest.mark.slow

MOVED = Original(CLOSE, focal_length_35mm=26, orientation=6, megapixels=12, container=JPEG)
"""As a phone keeps it; its perspective is undone."""


def test_arrives(record_property: Callable[[str, object], None]) -> None:
    done = carry(MOVED, "rembrandt", ("png", "linkedin", "print35x45"))
    assert done.too_tight == ()
    record_property(ENDED, "+".join(done.files))


def test_an_original_that_is_moved_meets_the_old_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A control: with seven planes at once in OpenCV no such portrait was ever delivered."""

    def old(image: Float, x: Float, y: Float, interpolation: int = cv2.INTER_CUBIC) -> Float:
        at = x - np.float32(0.5), y - np.float32(0.5)
        return np.asarray(cv2.remap(image, *at, interpolation, borderMode=cv2.BORDER_REPLICATE))

    assert seated(MOVED).identity.capture.focal_length_35mm == 26
    monkeypatch.setattr(placement, "sample", old)
    with pytest.raises(cv2.error, match="channels"):
        carry(MOVED, "rembrandt", ())
