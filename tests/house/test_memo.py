"""What the engine answered is computed once, and only for the same question."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from render.pipeline.recipe import find
from tests import memo


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(memo.FOLDER, str(tmp_path))


def test_the_same_question_is_computed_once_and_tells_its_stages_again() -> None:
    asked: list[int] = []

    def act(value: int, tell: Callable[[str, float], None]) -> int:
        asked.append(value)
        tell("look", 0.5)
        return 2 * value

    ask = memo.kept("act", act)
    told: list[tuple[str, float]] = []
    answers = [ask(value, lambda stage, share: told.append((stage, share))) for value in (1, 1, 2, 1)]
    assert (answers, asked) == ([2, 2, 4, 2], [1, 2])
    assert told == [("look", 0.5)] * 4


def test_whoever_stops_the_work_while_it_is_told_stops_the_answer_too() -> None:
    def act(value: int, tell: Callable[[str, float], None]) -> int:
        tell("look", 0.5)
        return value

    def stop(stage: str, share: float) -> None:
        raise InterruptedError

    ask = memo.kept("act", act)
    with pytest.raises(InterruptedError):  # while it is computed: nothing is kept
        ask(1, stop)
    assert ask(1, lambda stage, share: None) == 1
    with pytest.raises(InterruptedError):  # and while it is told again
        ask(1, stop)


def test_every_bit_of_a_question_counts() -> None:
    picture = np.zeros((2, 3), np.float32)
    other = picture.copy()
    other[1, 2] = np.float32(1e-45)
    questions = [
        picture, other, picture.T, picture.astype(np.float64), b"", "", None, 0, 0.0, False, (1, (2,)),
        (1, 2), {"a": 1}, {"a": 2}, find("rembrandt"), find("noir"),
    ]  # fmt: skip
    assert len({memo.digest(question) for question in questions}) == len(questions)
    assert memo.digest(find("noir")) == memo.digest(find("noir"))


def test_what_has_no_known_hash_is_refused() -> None:
    with pytest.raises(TypeError, match=r"tests/memo\.py"):
        memo.digest(object())
