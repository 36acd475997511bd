"""The styles of the first release become categories and versions, and nothing of theirs is lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = [
    pytest.mark.rows,
    pytest.mark.dialect,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

OLD = [("studio", "0001_initial")]
DIGEST = "ab" * 32


def moved(to: list[tuple[str, str]] | None = None) -> Any:
    """The models as they are at a migration; without one, as they are now."""
    executor = MigrationExecutor(connection)
    to = to or executor.loader.graph.leaf_nodes("studio")
    executor.migrate(to)
    return MigrationExecutor(connection).loader.project_state(to).apps


@pytest.fixture
def _back_to_now() -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


@pytest.mark.usefixtures("_back_to_now")
def test_styles_keep_their_text_number_shelf_and_offer() -> None:
    old = moved(OLD).get_model("studio", "Style").objects
    old.create(slug="noir", category="cinematic", name="Noir", recipe="a = 1", digest=DIGEST, version=3)
    old.create(slug="gone", category="cinematic", name="Gone", recipe="b = 2", digest="0" * 64, active=False)
    before = list(old.order_by("slug").values())

    new = moved()
    styles = new.get_model("studio", "Style").objects.select_related("current", "category").order_by("slug")
    assert [
        (style.slug, style.name, style.category.name, style.offered, style.follows_file) for style in styles
    ] == [("gone", "Gone", "cinematic", False, True), ("noir", "Noir", "cinematic", True, True)]
    assert [(s.current.number, s.current.recipe, s.current.digest, s.current.origin) for s in styles] == [
        (1, "b = 2", "0" * 64, "file"),
        (3, "a = 1", DIGEST, "file"),
    ]
    assert new.get_model("studio", "Category").objects.count() == 1

    assert list(moved(OLD).get_model("studio", "Style").objects.order_by("slug").values()) == before


@pytest.mark.usefixtures("_back_to_now")
def test_business_makes_room_for_on_location_once() -> None:
    before = [("studio", "0009_ages")]
    old = moved(before).get_model("studio", "Category").objects
    old.all().delete()
    for slug, order in (("on-location", 0), ("business", 0), ("creative", 12)):
        old.create(slug=slug, name=slug, order=order)
    wanted = {"on-location": 0, "business": 1, "creative": 13}
    for _ in range(2):
        shelves = moved().get_model("studio", "Category").objects
        assert dict(shelves.values_list("slug", "order")) == wanted
        moved(before)
