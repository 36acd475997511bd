"""The array holds what it promises, and a fault that it was made for does not pass."""

from tests.pipeline.selfies import CLOSE, FIT

from .rows import LENSES, ROWS_OF_A_STYLE, STYLES, held, rows, wanted

MOST = 150
"""Full portraits that a run may take."""


def test_every_pair_stands_in_a_row() -> None:
    assert wanted() - held(rows()) == set()
    assert len(rows()) == ROWS_OF_A_STYLE * len(STYLES) <= MOST


def test_every_value_takes_its_turn() -> None:
    originals = {row.original for row in rows()}
    assert {one.focal_length_35mm for one in originals} == {value for values in LENSES for value in values}
    assert {one.orientation for one in originals} == set(range(1, 9))
    assert {one.sitter for one in originals} == {*FIT, CLOSE}


def test_a_row_less_leaves_a_gap() -> None:
    """There are no more rows than it takes."""
    for left_out in rows():
        assert wanted() - held(row for row in rows() if row is not left_out)
