"""Files that failed once at some service or library, each with its whole kind."""

from __future__ import annotations

import numpy as np

from render.pipeline import confined
from render.pipeline.errors import FileTooLarge
from render.pipeline.limits import MAX_BYTES
from render.pipeline.stages.decode import decode

from .files import save


def test_case_copy_larger_than_the_limit() -> None:
    """Our own copy may have more bytes than a customer may send."""
    grain = np.random.default_rng(1).integers(0, 256, (5400, 5400, 1), np.uint8)
    sent = save(np.broadcast_to(grain, (5400, 5400, 3)), "JPEG", quality=85)
    assert len(sent) < MAX_BYTES
    copy = confined.copy(sent)
    assert len(copy.data) > MAX_BYTES
    assert decode(copy.data).capture.width == 5400
    assert type(confined.ask(bytes(MAX_BYTES + 1)).refused) is FileTooLarge
