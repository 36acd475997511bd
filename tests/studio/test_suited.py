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


@pytest.mark.slow
def test_what_suits_is_shown_for_the_one_who_is_chosen(cast: Cast) -> None:
    catalogue.load(recipes=[find(slug) for slug in SLUGS])
    before_white, before_black = identity_of(cast.alice), identity_of(cast.alice)
    for identity, behind in ((before_white, 0.25), (before_black, 0.009)):
        facts = rest.open_facts(identity)
        facts["traits"] |= {"behind": behind, "loose": 1.0, "side": 0.0}
        identity.facts = rest.seal_facts(row=identity, owner=identity.owner, facts=facts)
        identity.save(update_fields=["facts"])
    alice, shown = logged_in(cast.alice), {}
    for identity in (before_white, before_black):
        answer = alice.post("/shoots/new/", {"identity": identity.pk, "suits": "yes", "style": ["dusk"]})
        assert answer["Location"] == f"/shoots/new/?identity={identity.pk}"
        page = alice.get(answer["Location"])
        first = page.context["shelves"][0]
        assert first.category.name == "made for this photo"
        shown[identity.pk] = {frame.style.slug for frame in first.frames}
        html = page.content.decode()
        checked = html[: html.index("checked")]
        assert checked.count('name="identity"') == [before_white, before_black].index(identity) + 1
        assert page.context["chosen"] == ["dusk"]
    assert "corporate" in shown[before_white.pk] - shown[before_black.pk]
    assert "mono_split" in shown[before_black.pk] - shown[before_white.pk]
    page = alice.get("/shoots/new/?identity=nobody")
    assert {frame.style.slug for frame in page.context["shelves"][0].frames} == shown[before_black.pk]
