"""The array holds what it promises, and a fault that it was made for does not pass."""

from collections import Counter

from tests.pipeline.selfies import CLOSE, FIT

from .rows import COPIES, LENSES, NO_COPY, ROWS_OF_A_STYLE, STYLES, held, in_ci, rows, wanted

MOST = 240
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


def test_ci_carries_each_style_once_and_two_of_three_originals() -> None:
    """Whatever a file is made of is in it; only which two of them meet is left to the whole array."""
    share = [row for number, row in enumerate(rows()) if in_ci(number)]
    assert len({row.original for row in share}) == len(share) == len({row.original for row in rows()}) * 2 / 3
    assert Counter(row.style for row in share) == dict.fromkeys(STYLES, 1)
    copies = Counter(name for row in share for name in row.copies or (NO_COPY,))
    assert set(copies) == {*COPIES, NO_COPY}
    assert min(copies.values()) >= 2
    alone = {level for pair in wanted() for level in pair}
    assert alone <= {level for pair in held(share) for level in pair}
