"""The array holds what it promises, and a fault that it was made for does not pass."""

from collections import Counter

from tests.pipeline.selfies import CLOSE, FIT

from .rows import COPIES, LENSES, NO_COPY, ROWS_OF_A_STYLE, STYLES, held, in_ci, rows, wanted

MOST = 200
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


def test_ci_carries_each_original_once_and_each_style_twice() -> None:
    """Every two things that a file is made of meet there too; what is left out, a style or a copy is in."""
    share = [row for number, row in enumerate(rows()) if in_ci(number)]
    assert len({row.original for row in share}) == len(share) == len({row.original for row in rows()})
    assert Counter(row.style for row in share) == dict.fromkeys(STYLES, 2)
    copies = Counter(name for row in share for name in row.copies or (NO_COPY,))
    assert set(copies) == {*COPIES, NO_COPY}
    assert min(copies.values()) >= 4
    left_out = wanted() - held(share)
    assert left_out
    assert all({"style", "copy"} & {factor for factor, _ in pair} for pair in left_out)
