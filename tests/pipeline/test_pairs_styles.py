"""Portraits beside four names of styles: drawn fairly, and who is taken for whom is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from render.pipeline.evaluation import pairs, pairs_count, pairs_questions, style_cards
from render.pipeline.recipe import find, load_catalogue

from .blind_pages import Said, answer, asking, contents, make, refused, truth, two_folders

STYLES = [recipe.slug for recipe in load_catalogue()]
MANY = {f"sitter{n}-{style}": f"sitter{n}-{style}.png" for n in range(3) for style in STYLES}
WRONG = dict(zip("ABCD", "BCDA", strict=True))


def own(question: pairs_questions.Question) -> str:
    """The style that the portrait of ``question`` is in."""
    return question.four["ABCD".index(question.right)]


@pytest.mark.parametrize("seed", range(3))
def test_a_portrait_stands_beside_its_style_and_three_others(seed: int) -> None:
    questions, styles = pairs_questions.draw_styles(MANY, MANY, seed, 30)
    for control in (False, True):
        letters = [q.right for q in questions if q.control is control]
        counts = [letters.count(letter) for letter in "ABCD"]
        assert max(counts) - min(counts) <= 1
    for question in questions:
        assert own(question) == pairs_questions.style_of(Path(question.shown[0]).stem)
        assert len(set(question.four)) == 4
    assert styles["noir"] == ("Noir", find("noir").summary)
    assert len({question.four for question in questions if not question.control}) > len(STYLES)


def test_a_page_of_styles_is_written_again_and_is_counted(tmp_path: Path, capsys: Said) -> None:
    folders = two_folders(tmp_path)
    page = make(folders, kind="style")
    key, path = truth(page), page.with_name("page-key.json")
    for question in key.questions:
        with Image.open(page / f"{question.key}-choices.png") as shown:
            drawn = style_cards.board([key.styles[name] for name in question.four])
            assert np.array_equal(np.asarray(shown), drawn)
    assert pairs.main(["--replay", str(path), "--out", str(folders / "again")]) == 0
    assert contents(folders / "again") == contents(page)
    sees = {q.key: WRONG[q.right] if q.control else q.right for q in key.questions}
    errs = {q.key: WRONG[q.right] for q in key.questions}
    given = [answer(key, folders / f"{n}.json", f"R-{n}", one) for n, one in enumerate((sees, errs))]
    for files, confused in ((given[:1], False), (given, True)):
        capsys.readouterr()
        assert pairs.main(["score", "--key", str(path), *map(str, files)]) == 0
        lines = [re.sub(r"\s+", " ", line) for line in capsys.readouterr().out.splitlines()]
        assert lines[0].startswith("style: Which of the four styles")
        assert lines[1].startswith("R-0 8 of 8 100%")
        assert "controls 0 of 3 0%" in lines[1]
        assert any("taken for each other" in line for line in lines) is confused


def test_an_odd_key_and_an_unknown_style_are_refused(tmp_path: Path, capsys: Said) -> None:
    path = make(two_folders(tmp_path), kind="style").with_name("page-key.json")
    broken: list[object] = [{"noir": ["Noir"]}, {"noir": 1}, [1]]
    for styles in broken:
        (tmp_path / "odd.json").write_text(json.dumps(json.loads(path.read_text()) | {"styles": styles}))
        assert "is not a key" in refused(capsys, "score", "--key", tmp_path / "odd.json", path)
    two_folders(tmp_path / "odd", ["ada-beauty", "zoe-beauty", "kim-beauty"])
    words = asking(tmp_path / "odd", kind="style")
    assert "no style called beauty" in refused(capsys, *words, "--out", tmp_path / "new")


def test_only_styles_that_are_taken_for_each_other_are_named() -> None:
    """Two styles are mixed up wherever they stand beside each other; all else is told apart."""
    questions, styles = pairs_questions.draw_styles(MANY, MANY, 1, 3)
    key = pairs_questions.Key("", "style", 1, None, {}, {}, questions, {}, styles)
    first = next(q for q in questions if not q.control)
    one, two = sorted((own(first), next(name for name in first.four if name != own(first))))

    sees = {q.key: q.right for q in questions}
    mixes = dict(sees)
    beside = 0
    for question in questions:
        for mine, other in ((one, two), (two, one)):
            if own(question) == mine and other in question.four:
                mixes[question.key] = "ABCD"[question.four.index(other)]
                beside += not question.control
    assert beside > 0
    assert pairs_count.confusions(key, [sees]) == []
    told = f"{one} and {two}: taken for each other {beside} of {beside} times"
    assert pairs_count.confusions(key, [mixes]) == [told]
    assert pairs_count.confusions(key, [mixes, *[sees] * 9]) == []  # 1 in 10 is not above 1 in 10
    assert len(pairs_count.confusions(key, [mixes, *[sees] * 8])) == 1


def test_every_sentence_of_the_catalogue_fits_its_card() -> None:
    width, height = style_cards.CARD
    for recipe in load_catalogue():
        card = style_cards.board([(recipe.name, recipe.summary)] * 4)[:height, :width]
        assert (card[-8:] == style_cards.CELL).all()
        assert (card[:, -8:] == style_cards.CELL).all()
