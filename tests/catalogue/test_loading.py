"""The catalogue's files become rows, as often as one likes, and never undo what staff did."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.models import User
from render.pipeline.recipe import load_catalogue
from render.pipeline.recipe_rules import CATEGORIES
from studio.catalogue import Loaded, NameTaken, NoFile, NotSeen, load, offer, publish, reset, write
from studio.models import Category, Immutable, Style, StyleVersion
from studio.recipes import BadRecipe
from tests.catalogue.texts import filed, recipe, show, text

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


@pytest.fixture
def ann() -> User:
    return User.objects.create_superuser("ann@example.org")


@pytest.mark.dialect
def test_loading_twice_changes_nothing() -> None:
    catalogue = [recipe("corporate"), recipe("noir")]
    assert load(recipes=catalogue) == Loaded(added=2)
    before = list(StyleVersion.objects.values())
    assert load(recipes=catalogue) == Loaded(same=2)
    assert list(StyleVersion.objects.values()) == before


def test_a_changed_file_is_a_new_version_and_a_gone_one_is_withdrawn() -> None:
    load(recipes=[recipe("corporate"), recipe("noir")])
    changed = recipe("corporate", azimuth=-30)
    assert load(recipes=[changed]) == Loaded(changed=1, withdrawn=1)
    corporate = Style.objects.with_recipes().get(slug="corporate")
    assert corporate.current is not None
    assert (corporate.current.number, corporate.current.recipe) == (2, changed.toml)
    assert corporate.versions.count() == 2
    assert not Style.objects.offered().filter(slug="noir").exists()
    assert load(recipes=[changed, recipe("noir")]) == Loaded(same=1, changed=1)
    assert Style.objects.get(slug="noir").versions.count() == 1


def test_a_file_that_goes_back_goes_back_to_its_version() -> None:
    first = recipe("corporate")
    for step in (first, recipe("corporate", azimuth=-30), first):
        load(recipes=[step])
    corporate = Style.objects.with_recipes().get()
    assert (corporate.current and corporate.current.number, corporate.versions.count()) == (1, 2)


def test_the_shipped_catalogue_loads() -> None:
    call_command("load_catalogue")
    stored = set(Style.objects.offered().values_list("slug", "current__digest"))
    assert stored == {(found.slug, found.digest) for found in load_catalogue()}
    assert list(Category.objects.values_list("name", flat=True)) == list(CATEGORIES)


def test_what_staff_wrote_survives_the_load_until_it_is_reset(ann: User) -> None:
    load(recipes=[filed()])
    version = write(slug="rembrandt", text=text("Rembrandt", azimuth=-40), by=ann)
    show(version)
    publish(version=version)
    assert load(recipes=[filed()]) == Loaded(kept=1)
    edited = Style.objects.with_recipes().get()
    assert edited.current == version
    assert (version.number, version.origin, version.created_by) == (2, "staff", ann)
    reset(slug="rembrandt")
    assert load(recipes=[filed()]) == Loaded(same=1)
    assert Style.objects.get().current_id != version.pk
    assert StyleVersion.objects.filter(pk=version.pk).exists()


def test_a_draft_alone_does_not_stop_the_file(ann: User) -> None:
    load(recipes=[filed()])
    write(slug="rembrandt", text=text(azimuth=-40), by=ann)
    assert load(recipes=[filed()]) == Loaded(same=1)


def test_a_new_text_of_the_file_waits_as_a_version_of_what_staff_keep(ann: User) -> None:
    load(recipes=[recipe("corporate")])
    version = write(slug="corporate", text=text("Corporate", azimuth=-20), by=ann)
    show(version)
    publish(version=version)
    assert load(recipes=[recipe("corporate", azimuth=-30)]) == Loaded(kept=1)
    corporate = Style.objects.get()
    assert (corporate.current_id, corporate.versions.count()) == (version.pk, 3)


def test_what_staff_withdrew_is_not_offered_again_by_a_load() -> None:
    load(recipes=[filed()])
    offer(slug="rembrandt", offered=False)
    assert load(recipes=[filed()]) == Loaded(kept=1)
    assert not Style.objects.offered().exists()
    reset(slug="rembrandt")
    assert Style.objects.offered().exists()


def test_the_name_and_place_that_staff_gave_a_category_stay() -> None:
    load(recipes=[recipe("corporate")])
    Category.objects.filter(slug="business").update(name="Work", order=7)
    load(recipes=[recipe("corporate", azimuth=-30)])
    assert list(Category.objects.values_list("name", "order")) == [("Work", 7)]


def test_the_same_text_again_is_the_same_version(ann: User) -> None:
    load(recipes=[filed()])
    assert write(slug="rembrandt", text=filed().toml, by=ann).number == 1
    assert StyleVersion.objects.count() == 1


def test_a_version_is_written_once() -> None:
    load(recipes=[filed()])
    version = StyleVersion.objects.get()
    version.recipe = text()
    with pytest.raises(Immutable):
        version.save()
    with pytest.raises(Immutable):
        version.delete()
    with pytest.raises(Immutable):
        StyleVersion.objects.update(recipe="")
    with pytest.raises(Immutable):
        StyleVersion.objects.all().delete()
    assert StyleVersion.objects.get().recipe == filed().toml


def test_a_version_keeps_its_text_when_its_author_is_deleted(ann: User) -> None:
    version = write(slug="own", text=text("Own"), by=ann)
    ann.delete()
    kept = StyleVersion.objects.get(pk=version.pk)
    assert (kept.created_by, kept.origin, kept.recipe) == (None, "staff", text("Own"))


def test_nothing_is_published_unseen(ann: User) -> None:
    load(recipes=[filed()])
    version = write(slug="rembrandt", text=text(azimuth=-40), by=ann)
    with pytest.raises(NotSeen):
        publish(version=version)
    assert Style.objects.get().current_id != version.pk


def test_what_the_engine_refused_to_show_was_looked_at_too(ann: User) -> None:
    load(recipes=[filed()])
    version = write(slug="rembrandt", text=text(azimuth=-40), by=ann)
    show(version, refusal="The portrait did not pass our own likeness check.")
    publish(version=version)
    assert Style.objects.get().current_id == version.pk


def test_a_style_without_a_file_has_nothing_to_go_back_to(ann: User) -> None:
    write(slug="own", text=text("Own"), by=ann)
    with pytest.raises(NoFile):
        reset(slug="own")
    assert not Style.objects.offered().exists()
    assert load(recipes=[filed()]) == Loaded(added=1)


def test_two_styles_cannot_have_one_name(ann: User) -> None:
    load(recipes=[filed()])
    with pytest.raises(NameTaken):
        write(slug="own", text=text("REMBRANDT"), by=ann)
    assert not Style.objects.filter(slug="own").exists()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("name = ", "This is not TOML"),
        (text().replace('role = "key"', 'role = "sun"'), "exactly one lamp must be the key"),
        (text().replace("elevation = 38", "elevation = 380"), "lamp elevations must lie in -90..90"),
        (text().replace('name = "Rembrandt"\n', ""), "name is missing"),
        (text() + "falof = 3\n", "unknown keys in backdrop: ['falof']"),
        (text().replace("azimuth = -48", 'azimuth = "left"'), "The engine cannot use this"),
        (text().replace("[relight]", "[relite]"), "relight is missing"),
    ],
)
def test_a_bad_recipe_is_refused_in_one_sentence(ann: User, bad: str, says: str) -> None:
    load(recipes=[filed()])
    with pytest.raises(BadRecipe) as refused:
        write(slug="rembrandt", text=bad, by=ann)
    assert says in refused.value.sentence
    assert "style 'rembrandt'" not in refused.value.sentence
    assert StyleVersion.objects.count() == 1


@pytest.mark.dialect
def test_the_database_itself_refuses_what_cannot_be() -> None:
    load(recipes=[filed()])
    version = StyleVersion.objects.get()
    impossible: list[Callable[[], object]] = [
        lambda: Style.objects.update(current=None),
        lambda: StyleVersion(style=version.style, number=1, digest="0" * 64, origin="file").save(),
        lambda: StyleVersion(style=version.style, number=2, digest=version.digest, origin="file").save(),
        lambda: StyleVersion(style=version.style, number=2, digest="no", origin="file").save(),
        lambda: StyleVersion(style=version.style, number=2, digest="0" * 64, origin="moon").save(),
    ]
    for act in impossible:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    StyleVersion(style=version.style, number=2, digest="0" * 64, origin="file").save()
