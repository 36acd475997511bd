"""The picker's first shelf: what is made for this photograph, and why."""

import pytest

from render.pipeline.recipe import find
from studio import catalogue, rest, suited
from tests.cast import Cast, logged_in

from .sitting import identity_of

pytestmark = [pytest.mark.rows, pytest.mark.django_db]

SLUGS = ("on_location", "dusk", "corporate", "mono_split")


@pytest.mark.slow
def test_what_suits_a_sitter_is_shown_first_and_once(cast: Cast) -> None:
    catalogue.load(recipes=[find(slug) for slug in SLUGS])
    identity = identity_of(cast.alice)
    assert {one.slug for one in suited.ranked(identity)} == set(SLUGS)
    assert all(one.reasons or one.doubts for one in suited.ranked(identity))
    first, *others = suited.shelves(identity)
    assert first.category.name == "made for this photo"
    assert all(frame.why for frame in first.frames)
    shown = [frame.style.slug for shelf in (first, *others) for frame in shelf.frames]
    assert sorted(shown) == sorted(SLUGS)
    assert [one.name for one in suited.categories([first, *others])] == [
        "on location",
        "business",
        "black and white",
    ]
    page = logged_in(cast.alice).get("/shoots/new/").content.decode()
    assert page.index("Made for this photo") < page.index("Black and white</h2>")
    assert first.frames[0].why in page.replace("&#x27;", "'")
    facts = rest.open_facts(identity)
    del facts["traits"]
    identity.facts = rest.seal_facts(row=identity, owner=identity.owner, facts=facts)
    identity.save(update_fields=["facts"])
    assert suited.ranked(identity) == []
    assert "Made for this photo" not in logged_in(cast.alice).get("/shoots/new/").content.decode()
