"""Every row of the covering array arrives: `make delivered`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pipeline.selfies import CLOSE

from .carry import carry
from .count import ENDED, REFUSED
from .rows import SHARED, Row, in_ci, rows

pytestmark = [pytest.mark.slow, pytest.mark.delivered]


def cases() -> list[object]:
    """The rows of an original stay in one process, which analyzes it once. CI carries those in its share."""
    return [
        pytest.param(
            row,
            id=f"{number:03}, {row.name}",
            marks=[
                pytest.mark.xdist_group(f"{number // SHARED:02}"),
                *([] if row.original.sitter == CLOSE else [pytest.mark.faces]),
                *([] if in_ci(number) else [pytest.mark.wide]),
            ],
        )
        for number, row in enumerate(rows())
    ]


@pytest.mark.parametrize("row", cases())
def test_arrives(row: Row, record_property: Callable[[str, object], None]) -> None:
    done = carry(row.original, row.style, row.copies)
    record_property(ENDED, "+".join(done.files))
    for name in done.too_tight:
        record_property(REFUSED, f"{name} of {row.name}: the head does not fit into this crop")
