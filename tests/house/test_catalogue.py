"""The catalogue's files become rows, as often as one likes."""

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command

from render.pipeline.recipe import load_catalogue
from studio.catalogue import Loaded, load
from studio.models import Style

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


def recipe(slug: str, toml: str = "") -> Any:
    digest = hashlib.sha256(toml.encode()).hexdigest()
    return SimpleNamespace(slug=slug, name=slug.title(), category="business", toml=toml, digest=digest)


def test_loading_twice_changes_nothing() -> None:
    catalogue = [recipe("corporate"), recipe("noir")]
    assert load(recipes=catalogue) == Loaded(added=2)
    assert load(recipes=catalogue) == Loaded(same=2)


def test_a_changed_recipe_is_a_new_version_and_a_gone_one_is_withdrawn() -> None:
    load(recipes=[recipe("corporate"), recipe("noir")])
    assert load(recipes=[recipe("corporate", "key = 1")]) == Loaded(changed=1, withdrawn=1)
    corporate = Style.objects.get(slug="corporate")
    assert (corporate.version, corporate.recipe) == (2, "key = 1")
    assert not Style.objects.offered().filter(slug="noir").exists()
    assert load(recipes=[recipe("corporate", "key = 1"), recipe("noir")]) == Loaded(same=1, changed=1)
    assert Style.objects.get(slug="noir").version == 1


def test_the_shipped_catalogue_loads() -> None:
    call_command("load_catalogue")
    stored = set(Style.objects.offered().values_list("slug", "digest"))
    assert stored == {(found.slug, found.digest) for found in load_catalogue()}
