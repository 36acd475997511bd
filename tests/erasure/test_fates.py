"""Every model is decided about, every decision is kept, and the states meet every constraint on a text."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.test.utils import isolate_apps

from accounts.models import User
from portraitos_site import privacy
from tests.cast import Cast
from tests.erasure.fates import ERASED, KEPT, NOBODYS, USER, texts, undecided
from tests.erasure.states import Furnished, furnished, states

pytestmark = pytest.mark.rows
Model = type[models.Model]


def every() -> list[Model]:
    return apps.get_models(include_auto_created=True)


def test_every_model_is_decided_about() -> None:
    assert undecided(every()) == []
    labels = {model._meta.label for model in every()}
    assert labels == {*ERASED, *KEPT, *NOBODYS}


@isolate_apps("render")
def test_a_new_model_is_noticed() -> None:
    """The negative control: one that points at a user, one through another model, one of nobody's."""

    class Diary(models.Model):  # noqa: DJ008
        owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "render"

    class Page(models.Model):  # noqa: DJ008
        diary = models.ForeignKey(Diary, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "render"

    assert undecided([Diary, Page]) == [
        "render.Diary: nobody has decided what becomes of its rows.",
        "render.Page: nobody has decided what becomes of its rows.",
    ]


def test_what_points_at_a_user_is_not_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    from render.models import Copy

    monkeypatch.setitem(NOBODYS, "render.Copy", "wrong")
    assert undecided([Copy]) == ["render.Copy points at a user, and is said to be nobody's."]


def test_a_new_text_on_a_row_that_stays_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from billing.models import Refund

    monkeypatch.setattr("tests.erasure.fates.texts", lambda model: {*texts(model), "diary"})
    assert undecided([Refund]) == ["billing.Refund: ['diary'] is not decided."]


def paths(model: Model, seen: tuple[Model, ...] = ()) -> Iterator[str]:
    """The look-ups that lead from the model to a user."""
    for field in model._meta.fields:
        there = field.related_model
        if not isinstance(there, type) or there in (*seen, model):
            continue
        if there._meta.label == USER:
            yield field.name
        else:
            yield from (f"{field.name}__{path}" for path in paths(there, (*seen, model)))


def rows(model: Model, of: Sequence[Furnished]) -> int:
    """How many rows lead to these accounts; asked once, as a question an account would be thousands."""
    users = [one.user for one in of]
    return sum(model._base_manager.filter(**{f"{path}__in": users}).count() for path in paths(model))


EMPTY_WHEN_OVER = {"letter_ended_is_empty"}
"""Constraints that ask some rows for no words at all; to blank a text cannot break them."""


def demanded(model: Model) -> Iterator[tuple[models.CheckConstraint, str]]:
    """The constraints of a model that speak of a text that somebody writes, with the text."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint) and constraint.name not in EMPTY_WHEN_OVER:
            told = {lookup.split("__")[0] for lookup in lookups(constraint.condition)}
            yield from ((constraint, field) for field in sorted(told & texts(model)))


def lookups(condition: Any) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, tuple):
            yield child[0]
        else:
            yield from lookups(child)


def refuses(constraint: models.CheckConstraint, row: models.Model, field: str) -> bool:
    """Whether the row would break the constraint without its text."""
    setattr(row, field, "")
    try:
        constraint.validate(type(row), row)
    except ValidationError:
        return True
    return False


@pytest.mark.django_db
def test_what_is_erased_is_gone_and_every_constraint_on_a_text_was_met(cast: Cast) -> None:
    """Some row meets each constraint that asks for words before it is erased: no new one is forgotten."""
    accounts = furnished(cast, every=states())
    pointing = [model for model in every() if model._meta.label in ERASED and any(paths(model))]
    met = {model: rows(model, accounts) for model in pointing}
    assert {model._meta.label for model, count in met.items() if not count} <= {"account.EmailConfirmation"}
    personal = ERASED | {label for label, kept in KEPT.items() if kept.words}
    models_ = [model for model in every() if model._meta.label in personal]
    wanted = [(model, constraint, field) for model in models_ for constraint, field in demanded(model)]
    assert wanted
    unmet = [
        f"{constraint.name}: no state has a row that it refuses without {field}"
        for model, constraint, field in wanted
        if not any(refuses(constraint, row, field) for row in model._base_manager.all()[:200])
    ]
    assert unmet == []
    for of in accounts:
        privacy.erase_account(user=of.user, address="")
    left = {model._meta.label: rows(model, accounts) for model in pointing}
    assert {label: count for label, count in left.items() if count} == {}
