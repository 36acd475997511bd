"""The catalogue's pages, for anybody: what they show, whom they refuse, what they cost."""

import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from render.pipeline.recipe import load_catalogue
from studio import catalogue, sitter
from studio.catalogue_models import Demonstration, Style
from tests.cast import Cast, logged_in
from tests.catalogue.texts import filed, recipe, show, text

pytestmark = [pytest.mark.rows, pytest.mark.django_db]


@pytest.fixture
def rembrandt() -> Demonstration:
    sitter.place()
    catalogue.load(recipes=[filed(), filed("noir")])
    version = Style.objects.with_recipes().get(pk="rembrandt").current
    assert version is not None
    return show(version, files=True)


def picture(row: Demonstration, size: str = "large") -> str:
    return f"/styles/{row.version.style_id}/{row.key}-{size}.webp"


@pytest.mark.parametrize("address", ["/styles/", "/styles/rembrandt/"])
def test_anybody_may_look(client: Client, rembrandt: Demonstration, cast: Cast, address: str) -> None:
    for visitor in (client, logged_in(cast.alice), logged_in(cast.bob)):
        assert visitor.get(address).status_code == 200
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200


@pytest.mark.parametrize("slug", ["no-such-style", "REMBRANDT", "a" * 300])
def test_no_such_style(client: Client, rembrandt: Demonstration, slug: str) -> None:
    assert client.get(f"/styles/{slug}/").status_code == 404


def test_a_withdrawn_style_has_no_page_and_no_picture(client: Client, rembrandt: Demonstration) -> None:
    assert client.get(picture(rembrandt)).status_code == 200
    catalogue.offer(slug="rembrandt", offered=False)
    assert client.get("/styles/rembrandt/").status_code == 404
    assert client.get(picture(rembrandt)).status_code == 404
    assert "Rembrandt" not in client.get("/styles/").content.decode()


def test_the_sheet_shows_renders_and_says_what_stands_for_the_others(
    client: Client, rembrandt: Demonstration
) -> None:
    page = client.get("/styles/").content.decode()
    assert picture(rembrandt, "small") in page
    assert f"{picture(rembrandt, 'large')} 1024w" in page
    assert 'width="1024"' in page
    assert "Rembrandt light, key 48° left" in page
    assert "85 mm at f/4" in page
    assert page.count("In the darkroom. This picture is being made.") == 1
    assert "Neither NASA nor the sitter endorses this site." in page
    assert page.index("Cinematic") < page.index("Classic painting")


def test_a_refused_render_is_said_and_not_faked(client: Client, rembrandt: Demonstration) -> None:
    noir = Style.objects.with_recipes().get(pk="noir").current
    assert noir is not None
    show(noir, refusal="The portrait did not pass our own likeness check, so it is not shown.")
    page = client.get("/styles/noir/").content.decode()
    assert "did not pass our own likeness check" in page
    assert "<img" not in page.split("Beside it")[0]


def test_a_style_page_shows_light_lens_and_promises(client: Client, rembrandt: Demonstration) -> None:
    page = client.get("/styles/rembrandt/").content.decode()
    for said in (
        picture(rembrandt),
        '<title id="plan-title">The light from above</title>',
        "48° left, 38° up",
        "3.3 stops under, 4000 K",
        "22°, octagon",
        "US 4,396,256",
        "moderate",
        "76 %",
        "Nothing is retouched",
        "A painted canvas, 1.5 m behind the sitter",
        "6,144 × 7,680 pixels",
    ):
        assert said in page, said
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)


def test_the_published_version_is_what_the_page_draws(
    client: Client, rembrandt: Demonstration, cast: Cast
) -> None:
    version = catalogue.write(slug="rembrandt", text=text(azimuth=33), by=cast.alice)
    show(version)
    assert "48° left" in client.get("/styles/rembrandt/").content.decode()
    catalogue.publish(version=version)
    page = client.get("/styles/rembrandt/").content.decode()
    assert "33° right" in page
    assert "48° left" not in page


def test_every_shipped_style_has_a_page(client: Client) -> None:
    call_command("load_catalogue")
    for made in load_catalogue():
        assert client.get(f"/styles/{made.slug}/").status_code == 200, made.slug


def test_a_picture_is_kept_for_ever_and_answers_304(client: Client, rembrandt: Demonstration) -> None:
    first = client.get(picture(rembrandt))
    assert b"".join(first.streaming_content) == b"large picture"  # type: ignore[attr-defined]
    assert first["Content-Type"] == "image/webp"
    assert "immutable" in first["Cache-Control"]
    again = client.get(picture(rembrandt), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(picture(rembrandt, "small"), headers={"If-None-Match": first["ETag"]})
    assert other.status_code == 200
    assert client.post(picture(rembrandt)).status_code == 405


@pytest.mark.parametrize(
    "address",
    [
        "/styles/noir/{key}-large.webp",
        "/styles/rembrandt/{other}-large.webp",
        "/styles/rembrandt/{key}-huge.webp",
        "/styles/rembrandt/..%2F{key}-large.webp",
    ],
)
def test_no_other_address_leads_to_a_picture(client: Client, rembrandt: Demonstration, address: str) -> None:
    assert client.get(address.format(key=rembrandt.key, other="0" * 24)).status_code == 404


def test_a_draft_is_seen_by_who_looks_after_the_catalogue_only(
    client: Client, rembrandt: Demonstration, cast: Cast
) -> None:
    draft = show(catalogue.write(slug="rembrandt", text=text(azimuth=33), by=cast.alice), files=True)
    for stranger in (client, logged_in(cast.alice), logged_in(cast.bob), logged_in(cast.dora)):
        answer = stranger.get(picture(draft))
        assert answer.status_code == 404
        assert b"picture" not in answer.content
    cast.bob.is_superuser = True
    cast.bob.save()
    answer = logged_in(cast.bob).get(picture(draft))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")


def test_a_lost_file_is_no_fault_of_the_page(client: Client, rembrandt: Demonstration) -> None:
    version = Style.objects.with_recipes().get(pk="noir").current
    assert version is not None
    assert client.get(picture(show(version))).status_code == 404
    assert client.get("/styles/noir/").status_code == 200


@pytest.mark.parametrize("address", ["/", "/styles/", "/styles/s1/"])
def test_pages_cost_the_same_however_many_styles_there_are(client: Client, address: str) -> None:
    counts = []
    for many in (1, 20):
        catalogue.load(
            recipes=[recipe(f"s{n}", category=("business", "editorial")[n % 2]) for n in range(1, many + 1)]
        )
        for style in Style.objects.with_recipes().filter(current__demonstrations__isnull=True):
            assert style.current is not None
            show(style.current)
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(address).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    if address != "/":
        assert counts[0] == 2


def test_an_empty_catalogue_says_what_fills_it(client: Client) -> None:
    assert "manage.py load_catalogue" in client.get("/styles/").content.decode()
