"""Every two values of what a phone's file is made of are read as they are meant; that takes no portrait.

The array of portraits pairs classes of focal lengths and tags; this one pairs each value with each.
"""

from __future__ import annotations

import pytest
from allpairspy import AllPairs

from tests.phone import ASPECTS, CONTAINERS, Original
from tests.pipeline.selfies import CLOSE

from .carry import opened
from .rows import LENSES, TAGS

pytestmark = [pytest.mark.slow, pytest.mark.delivered]

VALUES = (
    [length for lengths in LENSES for length in lengths],
    [tag for tags in TAGS for tag in tags],
    [1, 3, 12],
    list(CONTAINERS),
    list(ASPECTS),
)
ORIGINALS = [Original(CLOSE, *values) for values in AllPairs(VALUES)]


@pytest.mark.parametrize("original", ORIGINALS, ids=lambda original: original.name)
def test_a_file_is_read_as_it_is_meant(original: Original) -> None:
    opened(original)
