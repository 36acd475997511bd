"""Proofs from several processes: the same bytes, in order, and one style's error is its own."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace

import numpy as np
import pytest

from render.pipeline import pool, run
from render.pipeline.errors import NotYourLikeness, UnreadableFile
from render.pipeline.faces.mediapipe import shared
from render.pipeline.identity_file import dump
from render.pipeline.pool import Outcome, Pool
from render.pipeline.recipe import Recipe, find

from . import selfies
from .selfies import CLOSE

STYLES = ("noir", "corporate", "hollywood")


def broken(recipe: Recipe) -> Recipe:
    """A style whose backdrop nobody can draw."""
    return replace(recipe, backdrop=replace(recipe.backdrop, kind="no such thing"))


def die(*_: object) -> None:
    os._exit(1)


def proved(processes: int, recipes: list[Recipe]) -> list[Outcome]:
    with Pool(processes) as workers:
        return list(workers.prove(dump(selfies.identity(CLOSE)), recipes))


@pytest.mark.slow
def test_two_processes_give_the_bytes_of_one_in_order_and_name_the_style_that_fails() -> None:
    recipes = [find(STYLES[0]), broken(find("library")), find(STYLES[1]), find(STYLES[2])]
    told: list[tuple[str, float]] = []
    with Pool(2) as workers:
        workers.wait()
        outcomes = list(
            workers.prove(
                dump(selfies.identity(CLOSE)), recipes, tell=lambda name, share: told.append((name, share))
            )
        )
    assert [outcome.recipe.slug for outcome in outcomes] == [recipe.slug for recipe in recipes]
    assert told == [(recipe.name, number / 4) for number, recipe in enumerate(recipes)]
    failed = outcomes.pop(1)
    assert failed.proved is None
    assert isinstance(failed.error, ValueError)
    assert "library" in " ".join(failed.error.__notes__)
    for outcome in outcomes:
        alone = run.prove(selfies.sitter(CLOSE), outcome.recipe, shared())
        assert outcome.proved is not None
        assert np.array_equal(outcome.proved.code, alone.code)
        assert outcome.proved.report == alone.report()


@pytest.mark.slow
def test_a_process_that_dies_is_an_error_of_every_style_not_yet_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody waits for it for ever."""
    monkeypatch.setattr(pool, "_prove", die)
    outcomes = proved(2, [find(slug) for slug in STYLES])
    assert [outcome.recipe.slug for outcome in outcomes] == list(STYLES)
    assert all(outcome.proved is None and outcome.error is not None for outcome in outcomes)


def test_one_process_is_this_one() -> None:
    """On one core nothing is started."""
    with Pool(1) as workers:
        workers.wait()
        outcomes = list(
            workers.prove(dump(selfies.identity(CLOSE)), [broken(find("library")), find(STYLES[0])])
        )
    assert isinstance(outcomes[0].error, ValueError)
    assert outcomes[1].proved is not None
    assert np.array_equal(outcomes[1].proved.code, selfies.proof(CLOSE, STYLES[0]).code)


@pytest.mark.parametrize(
    "refusal", [NotYourLikeness(), UnreadableFile("One cannot read it.", "Send another.")]
)
def test_a_refusal_comes_back_from_another_process_as_it_was(refusal: Exception) -> None:
    back = pickle.loads(pickle.dumps(refusal))
    assert type(back) is type(refusal)
    assert str(back) == str(refusal)
    assert vars(back) == vars(refusal)
